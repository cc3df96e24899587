"""Swing: played long and short, written even, with one word at the head of the page."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.music import Note

EVEN = 0.5
SWUNG_FROM, SWUNG_TO = 0.565, 0.725   # share of a beat at which swung eighths come
TRIPLET_FROM, TRIPLET_TO = 0.27, 0.40  # a note there makes it triplets, not swing
MOST_TRIPLETS, FEWEST, SHARE = 0.12, 10, 0.72


def swing_of(notes: Sequence[Note]) -> float:
    """The share of a beat that the first eighth takes where off-beats are plainly swung, else EVEN.

    Swung: of the notes inside beats nearly all come late, and hardly any where the second of three would be.
    """
    places = np.array([note.onset_beats % 1 for note in notes])
    inside = places[(places > 0.15) & (places < 0.85)]
    late = inside[(inside > SWUNG_FROM) & (inside < SWUNG_TO)]
    triplets = ((inside > TRIPLET_FROM) & (inside < TRIPLET_TO)).sum()
    if len(late) < FEWEST or len(late) < SHARE * len(inside) or triplets > MOST_TRIPLETS * len(inside):
        return EVEN
    return float(np.median(late))


def straight(notes: Sequence[Note], swing: float) -> tuple[Note, ...]:
    """Notes played with this swing (share of a beat its first eighth takes) moved to where they are written."""
    return _moved(notes, swing, EVEN)


def swung(notes: Sequence[Note], swing: float) -> tuple[Note, ...]:
    """The inverse of :func:`straight`."""
    return _moved(notes, EVEN, swing)


def _moved(notes: Sequence[Note], old: float, new: float) -> tuple[Note, ...]:
    """Notes with the middle of every beat moved from one share of it to another."""
    if abs(old - new) < 0.01:
        return tuple(notes)

    def at(beats: float) -> float:
        beat, share = divmod(beats, 1.0)
        return beat + (share * new / old if share < old else new + (share - old) * (1 - new) / (1 - old))

    return tuple(replace(note, onset_beats=at(note.onset_beats),
                         duration_beats=max(0.01, at(note.end_beats) - at(note.onset_beats))) for note in notes)
