"""One player's part as the synth reads it: a MIDI file of one track, written straight to bytes.

pretty_midi writes the songs that people get; for a part that only the synth reads, once a render, this takes a tenth
of its time and gives the same events.
"""

import struct

from core.music import PITCH_BEND, Track
from core.perform.midi import DRUM_CHANNEL, TICKS_PER_BEAT, controllers, playable


def part_to_midi(track: Track, bpm: float, slowing: tuple[tuple[float, float], ...] = ()) -> bytes:
    """The track alone, from the song's beginning, as a Standard MIDI File of format 0."""
    channel = DRUM_CHANNEL if track.is_drum else 0
    events: list[tuple[int, int, bytes]] = []  # tick, what comes first at one tick, message
    for note in playable(track.notes):
        start, end = (round(beats * TICKS_PER_BEAT) for beats in (note.onset_beats, note.end_beats))
        events.append((start, 3, bytes((0x90 | channel, note.pitch, note.velocity))))
        events.append((end, 2, bytes((0x80 | channel, note.pitch, 0))))
    for control in track.controls:
        at = round(control.onset_beats * TICKS_PER_BEAT)
        if control.number == PITCH_BEND:
            bend = control.value + 8192
            events.append((at, 1, bytes((0xE0 | channel, bend & 0x7F, bend >> 7))))
        else:
            events.append((at, 1, bytes((0xB0 | channel, control.number, control.value))))
    for beat, share in slowing:
        events.append((round(beat * TICKS_PER_BEAT), 0, _tempo(bpm * share)))
    events.sort()
    out = bytearray(b"\x00" + _tempo(bpm))
    out += bytes((0, 0xC0 | channel, track.program))
    for number, value in controllers(track):
        out += bytes((0, 0xB0 | channel, number, value))
    now = 0
    for tick, _, message in events:
        out += _length(tick - now) + message
        now = tick
    out += b"\x00\xff\x2f\x00"
    return struct.pack(">4sLHHH", b"MThd", 6, 0, 1, TICKS_PER_BEAT) + struct.pack(">4sL", b"MTrk", len(out)) + out


def _tempo(bpm: float) -> bytes:
    return b"\xff\x51\x03" + round(60e6 / bpm).to_bytes(3, "big")


def _length(ticks: int) -> bytes:
    """A delta time: seven bits a byte, the last without the high bit."""
    out = bytes((ticks & 0x7F,))
    while ticks := ticks >> 7:
        out = bytes((ticks & 0x7F | 0x80,)) + out
    return out
