"""The drums of anybody's MIDI file."""

import math
from typing import NamedTuple

from core.music import Note
from core.perform.midi import DRUM_CHANNEL, _main_tempo, _parse

HIT_BEATS = 0.25  # drums are struck, not held: every hit is given the same length


class DrumPart(NamedTuple):
    """Hits of General MIDI drum keys in beats from the file's start (a bar line), and the tempo they are played at."""

    hits: tuple[Note, ...]
    bpm: float


def drums_from_midi(data: bytes) -> DrumPart:
    """All that is struck on channel 10, in order; no hits where the file has no drums.

    Raises Unreadable, TooLarge, BadMusic.
    """
    midi = _parse(data)
    hits: list[Note] = []
    tempos: list[tuple[float, float]] = []
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            at = tick / midi.ticks_per_beat
            if message.type == "note_on" and message.velocity and message.channel == DRUM_CHANNEL:
                hits.append(Note(at, HIT_BEATS, message.note, message.velocity))
            elif message.type == "set_tempo":
                tempos.append((at, 60_000_000 / max(1, message.tempo)))
    hits.sort(key=lambda hit: (hit.onset_beats, hit.pitch))
    bpm = _main_tempo(tempos, hits[0].onset_beats, hits[-1].end_beats) if hits else 120.0
    return DrumPart(tuple(hits), bpm if math.isfinite(bpm) and bpm > 0 else 120.0)
