"""MIDI of a performance: notes where they were played, bars and a tempo map that follow them."""

import io
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.music import Key, Meter, Track
from core.perform.midi import DRUM_CHANNEL, TICKS_PER_BEAT, playable

if TYPE_CHECKING:
    import mido

_RESPELT = {"A#": "Bb", "D#": "Eb", "G#": "Ab", "Db": "C#", "Gb": "F#", "Ab": "G#", "Bb": "A#", "Eb": "D#"}
Pedal = tuple[float, float]
"""Beats at which the sustain pedal goes down and up."""


def timed_midi(tracks: Sequence[Track], beats_s: Sequence[float], meter: Meter, key: Key, *, bpm: float,
               pedal: Sequence[Pedal] = (), end_s: float | None = None,
               changes: Sequence[tuple[float, Meter]] = ()) -> bytes:
    """A MIDI file whose beat i (a quarter) is at ``beats_s[i]`` seconds, the first at 0.0 and on a bar line.

    ``meter`` holds until the first of ``changes``: (beat, the meter from there on).

    ``tracks`` are in those beats, as played; after the last beat known it goes on at ``bpm``. ``pedal`` is pressed on
    every track; ``end_s`` is where the file ends, if that is later than its last note.
    """
    import mido

    file = mido.MidiFile(ticks_per_beat=TICKS_PER_BEAT)
    conductor = mido.MidiTrack()
    file.tracks.append(conductor)
    conductor.append(mido.MetaMessage("key_signature", key=_signature(key)))
    events = [(round(beat * TICKS_PER_BEAT),
               mido.MetaMessage("time_signature", numerator=m.numerator, denominator=m.denominator))
              for beat, m in ((0.0, meter), *changes)]
    tempo = None
    for index, length_s in enumerate([b - a for a, b in itertools.pairwise(beats_s)] + [60.0 / bpm]):
        wanted = max(1_000, round(length_s * 1e6))
        if tempo is None or abs(wanted - tempo) > 1:  # a microsecond a beat adds up to nothing one hears
            events.append((index * TICKS_PER_BEAT, mido.MetaMessage("set_tempo", tempo=wanted)))
            tempo = wanted
    if end_s is not None:
        after = max(0.0, end_s - beats_s[-1]) * bpm / 60 + len(beats_s) - 1
        events.append((max(round(after * TICKS_PER_BEAT), *(tick for tick, _ in events)),
                       mido.MetaMessage("end_of_track")))
    _append(conductor, sorted(events, key=lambda event: event[0]))
    channels = [c for c in range(16) if c != DRUM_CHANNEL]
    for number, track in enumerate(tracks):
        file.tracks.append(_player(track, channels[number % len(channels)], pedal))
    data = io.BytesIO()
    file.save(file=data)
    return data.getvalue()


def _player(track: Track, channel: int, pedal: Sequence[Pedal]) -> "mido.MidiTrack":
    """A track of events: name, program, pedal and notes, with ticks since the one before."""
    import mido

    player = mido.MidiTrack()
    player.append(mido.MetaMessage("track_name", name=track.role))
    player.append(mido.Message("program_change", channel=channel, program=track.program))
    events = []  # (tick, order at one tick, message)
    for note in playable(track.notes):
        on, off = (round(beat * TICKS_PER_BEAT) for beat in (note.onset_beats, note.end_beats))
        events.append((on, 2, mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)))
        events.append((off, 0, mido.Message("note_off", channel=channel, note=note.pitch, velocity=64)))
    for down, up in pedal:
        for beat, value in ((down, 127), (up, 0)):
            events.append((round(max(0.0, beat) * TICKS_PER_BEAT), 1,
                           mido.Message("control_change", channel=channel, control=64, value=value)))
    _append(player, [(at, message) for at, _, message in sorted(events, key=lambda event: event[:2])])
    return player


def _append(track: "mido.MidiTrack", events: Sequence[tuple[int, "mido.Message | mido.MetaMessage"]]) -> None:
    """(tick, message) in order of time, each with the ticks since the one before."""
    tick = 0
    for at, message in events:
        track.append(message.copy(time=at - tick))
        tick = at


def _signature(key: Key) -> str:
    """The key as MIDI names it: one of fifteen signatures a mode, so D# major is written as Eb."""
    import mido

    tonic = str(key).split()[0]
    for name in (tonic, _RESPELT.get(tonic, tonic)):
        text = name + ("m" if key.is_minor else "")
        try:
            mido.MetaMessage("key_signature", key=text)
        except ValueError:
            continue
        return text
    return "C"
