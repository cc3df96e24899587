"""Many tunes in one file: their notes, their names, and a vector for every window of notes."""

import itertools
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import errors
from core.music import Key, Meter
from core.recall.encoder import SCALE
from core.recall.store import read_arrays
from core.recall.tune import TICKS_PER_BEAT, Tune
from core.recall.windows import SIZE

FORMAT = 1
HOP = 3  # notes between a tune's windows
MODES = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian")
NOTE_ARRAYS = ("pitch_cents", "ioi_ticks", "duration_ticks")
TUNE_ARRAYS = ("bpm", "signs")
ARRAYS = (*NOTE_ARRAYS, *TUNE_ARRAYS, "first_note", "text", "text_at", "first_window", "vectors")
_CHUNK = 1 << 11  # windows multiplied at once: of more OpenBLAS copies parts and starts threads, which takes longer
_PART = 1 << 15  # windows compared at once
_FINE = 1 << 20  # steps of a cosine
_BITS = 40  # of the number of a window


@dataclass(frozen=True, eq=False)
class Candidates:
    """Tunes worth a closer look, likeliest first: their numbers (n,) and likeness (n,), and for each window of the
    query the first (running) note of the tune's window most like it and their cosine (n, query windows)."""

    tunes: NDArray[np.int64]
    likeness: NDArray[np.float32]
    notes: NDArray[np.int64]
    cosines: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TuneIndex:
    """An opened index, its arrays mapped from the file.

    Of the notes of all tunes one after the other: ``pitch_cents`` int16, ``ioi_ticks`` (to the next onset; of a
    tune's last note its duration) and ``duration_ticks`` uint16, 48 ticks a quarter. ``first_note`` and
    ``first_window`` (tunes + 1,) say where each tune begins. ``signs`` (tunes, 5) int16: first onset in ticks, meter
    (0/0: unknown), tonic (-1: unknown), mode. ``text`` holds id, title, id, title ... cut at ``text_at``.
    ``vectors`` (windows, VECTOR) int8.
    """

    path: Path
    arrays: dict[str, np.ndarray]
    encoder: str = ""

    @classmethod
    def open(cls, path: Path) -> "TuneIndex":
        """Map an index. Raises Missing, Unreadable."""
        arrays, facts = read_arrays(path)
        if facts.get("format") != FORMAT or any(name not in arrays for name in ARRAYS):
            raise errors.Unreadable("This index of tunes was built by another version. Please build it again.")
        return cls(path, arrays, str(facts.get("encoder")))

    def __len__(self) -> int:
        return len(self.arrays["first_note"]) - 1

    def name(self, tune: int) -> tuple[str, str]:
        """(id, title) of one tune."""
        text, (a, b, c) = self.arrays["text"], self.arrays["text_at"][2 * tune:2 * tune + 3].tolist()
        return bytes(text[a:b]).decode("utf-8", "replace"), bytes(text[b:c]).decode("utf-8", "replace")

    def names(self) -> list[tuple[str, str]]:
        """(id, title) of every tune."""
        return [self.name(tune) for tune in range(len(self))]

    def number(self, tune_id: str) -> int | None:
        """The number of the tune with this id, or None."""
        return next((tune for tune in range(len(self)) if self.name(tune)[0] == tune_id), None)

    @cached_property
    def first_note(self) -> NDArray[np.int64]:
        """The running number of each tune's first note, and of the end. (tunes + 1,)"""
        return self.arrays["first_note"].astype(np.int64)

    @cached_property
    def first_window(self) -> NDArray[np.int64]:
        """The number of each tune's first window, and of the end. (tunes + 1,)"""
        return self.arrays["first_window"].astype(np.int64)

    def tune(self, number: int) -> Tune:
        """One tune with all its notes."""
        part = slice(*self.first_note[number:number + 2].tolist())
        tune_id, title = self.name(number)
        first, numerator, denominator, tonic, mode = self.arrays["signs"][number].tolist()
        ioi = self.arrays["ioi_ticks"][part].astype(float) / TICKS_PER_BEAT
        onset = first / TICKS_PER_BEAT + np.concatenate([[0.0], np.cumsum(ioi[:-1])])
        return Tune(tune_id, title, onset, self.arrays["duration_ticks"][part].astype(float) / TICKS_PER_BEAT,
                    self.arrays["pitch_cents"][part].astype(float) / 100, float(self.arrays["bpm"][number]) or None,
                    Key(tonic, MODES[mode]) if tonic >= 0 else None,
                    Meter(numerator, denominator) if numerator > 0 else None)

    def candidates(self, queries: NDArray[np.float32], count: int) -> Candidates:
        """The ``count`` likeliest tunes for query vectors (windows, VECTOR), in groups of HOP.

        A tune's likeness is the sum over the groups of the largest cosine of their windows and its own. The search is
        exact: a matrix product over the mapped vectors, chunk by chunk (models/melody_encoder.md).
        """
        total = self._likeness(queries)
        count = min(count, len(total))
        likeliest = np.argpartition(-total, max(count - 1, 0))[:count] if count else np.zeros(0, np.int64)
        likeliest = likeliest[np.argsort(-total[likeliest], kind="stable")]
        first, counts = self.first_window[likeliest], np.diff(self.first_window)[likeliest]
        before = np.cumsum(counts) - counts
        windows = np.repeat(first - before, counts) + np.arange(counts.sum())
        cosines = queries @ self.arrays["vectors"][windows].astype(np.float32).T / SCALE
        if not count:
            return Candidates(likeliest, total, likeliest.reshape(0, len(queries)), cosines.T)
        # the largest of each tune and where it is, in one pass: the number of the window below the cosine
        marked = (np.round(cosines * _FINE).astype(np.int64) << _BITS) + np.arange(len(windows))
        where = np.maximum.reduceat(marked, before, axis=1) & ((1 << _BITS) - 1)
        begin, end = self.first_note[likeliest], self.first_note[likeliest + 1]
        notes = begin + np.minimum((where - before) * HOP, np.maximum(end - begin - SIZE, 0))  # as window_notes cuts
        return Candidates(likeliest, total[likeliest], notes.T, np.take_along_axis(cosines, where, 1).T)

    def _likeness(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """The likeness (tunes,) of every tune."""
        vectors, first = self.arrays["vectors"], self.first_window
        total = np.empty(len(self), np.float32)
        groups = len(queries) // HOP
        # the first windows of all groups, then the second ones ...: the largest of each is that of three blocks
        rows = np.ascontiguousarray(queries.reshape(groups, HOP, -1).swapaxes(0, 1).reshape(len(queries), -1))
        ends = np.searchsorted(first, np.arange(0, len(vectors), _PART)).tolist()
        for a, b in itertools.pairwise(dict.fromkeys([*ends, len(self)])):
            low, high = first[a], first[b]
            best = np.empty((groups, high - low), np.float32)
            for at in range(low, high, _CHUNK):
                end = min(at + _CHUNK, high)
                cosines = (rows @ vectors[at:end].astype(np.float32).T).reshape(HOP, groups, -1)
                np.maximum.reduce(cosines, axis=0, out=best[:, at - low:end - low])
            total[a:b] = np.maximum.reduceat(best, first[a:b] - low, axis=1).sum(0)
        return total / SCALE
