"""What must not be copied: every run of eight notes of every training tune, in a Bloom filter.

A run is seven intervals and seven distances between onsets, the latter as ratios: neither another key nor another
tempo hides a copy. The filter (Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970) never misses
a run it holds; models/invent.md tells how often it suspects an innocent one.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.compose.invent.tokens import TICKS, Event
from core.music import Note

PATH = Path(__file__).resolve().parents[3] / "models" / "invent_runs.npz"
NOTES = 8
PROBES = 6
_WORD = (1 << 64) - 1


def run_hash(onsets: Sequence[int], pitches: Sequence[int]) -> int:
    """64 bits of one run: NOTES onsets in ticks, and their pitches."""
    distances = [b - a for a, b in pairwise(onsets)]
    unit = math.gcd(*distances) or 1
    value = 0x9E3779B97F4A7C15
    for (low, high), distance in zip(pairwise(pitches), distances, strict=True):
        value ^= (high - low + 64) ^ (distance // unit << 8)
        value = (value * 0xBF58476D1CE4E5B9 + 0x2545F4914F6CDD1D) & _WORD
        value ^= value >> 29
    return value


def runs_of(onsets: Sequence[int], pitches: Sequence[int]) -> Iterator[int]:
    """Hashes of all runs of a line."""
    for start in range(len(onsets) - NOTES + 1):
        yield run_hash(onsets[start:start + NOTES], pitches[start:start + NOTES])


def last_run(events: Sequence[Event]) -> int | None:
    """The hash of the last NOTES events that sound; None while there are fewer."""
    onsets: list[int] = []
    pitches: list[int] = []
    for event in reversed(events):
        if event.sounds:
            onsets.append(event.onset)
            pitches.append(event.pitch)
            if len(onsets) == NOTES:
                return run_hash(onsets[::-1], pitches[::-1])
    return None


def note_runs(notes: Sequence[Note]) -> frozenset[int]:
    """Hashes of all runs of a melody."""
    return frozenset(runs_of([round(n.onset_beats * TICKS) for n in notes], [n.pitch for n in notes]))


@dataclass(frozen=True)
class Filter:
    """A Bloom filter over run hashes: ``bits`` packed in bytes."""

    bits: NDArray[np.uint8]

    def __contains__(self, value: int) -> bool:
        size = len(self.bits) * 8
        step = (value >> 32) | 1
        for probe in range(PROBES):
            place = (value + probe * step) % size
            if not self.bits[place >> 3] >> (place & 7) & 1:
                return False
        return True

    @classmethod
    def of(cls, values: frozenset[int], bits_each: int = 10) -> "Filter":
        """A filter that holds the values."""
        size = -(-len(values) * bits_each // 8) * 8 or 8
        bits = np.zeros(size // 8, np.uint8)
        for value in values:
            step = (value >> 32) | 1
            for probe in range(PROBES):
                place = (value + probe * step) % size
                bits[place >> 3] |= 1 << (place & 7)
        return cls(bits)


@cache
def known_runs() -> Filter:
    """The runs of the training tunes."""
    with np.load(PATH) as stored:
        return Filter(stored["bits"])


def copied(notes: Sequence[Note]) -> int:
    """How many runs of a melody the filter holds."""
    known = known_runs()
    return sum(value in known for value in note_runs(notes))
