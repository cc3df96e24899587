"""A line of notes to the names of the tunes it may be. The door of this room.

Windows of the query are embedded (``encoder``) and compared with those of every tune of every index; the likeliest
tunes are aligned note by note (``align``); the alignment, beside that of the others, gives one calibrated score
(``verdict``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recall.align import COSTS, Alignment, Costs, align
from core.recall.encoder import embed
from core.recall.found import Match
from core.recall.index import HOP, Candidates, TuneIndex
from core.recall.tune import TICKS_PER_BEAT
from core.recall.verdict import KNOWN, calibrated
from core.recall.windows import MIN_IOI, SIZE, cut, log_ioi

FloatArray = NDArray[np.floating[Any]]

GROUPS = 3  # of query windows
FEWEST = 6  # notes of the tune's that a query's window must hold, where the query has as many
CANDIDATES = 100
HITS = 2  # places of a tune that are looked at
PIECE = 40  # notes of a query that are aligned at once; of a longer one the likeliest piece counts
MAX_PIECES = 4
CLOSELY = 70  # places that are aligned with every kind of error in mind
ROUGH = replace(COSTS, keys=5, steps=((1, 1), (1, 2), (2, 1)))
MARGIN = 8  # notes of the tune before and after the place found


@dataclass(frozen=True, eq=False)
class Query:
    """The notes of a query, (notes,) each: seconds (or beats of any length) and fractional MIDI pitches."""

    onset: FloatArray
    duration: FloatArray
    pitch: FloatArray

    def __len__(self) -> int:
        return len(self.pitch)

    def piece(self, start: int, end: int) -> "Query":
        """Some of its notes."""
        return Query(self.onset[start:end], self.duration[start:end], self.pitch[start:end])


def find(indices: Sequence[TuneIndex], query: Query, limit: int = 10) -> list[Match]:
    """The ``limit`` likeliest tunes of some indices, best first; fewer where there are not as many.

    A tune id that stands in several indices is named once, where it fits best.
    """
    scores: dict[tuple[int, int], float] = {}
    for piece in pieces(query):
        raw = _aligned(indices, piece)
        marks = calibrated(np.array(list(raw.values())), len(piece))
        for place, mark in zip(raw, marks.tolist(), strict=True):
            scores[place] = max(mark, scores.get(place, 0.0))
    found: dict[str, Match] = {}
    for (which, tune), score in sorted(scores.items(), key=lambda item: -item[1]):
        tune_id, title = indices[which].name(tune)
        found.setdefault(tune_id, Match(tune_id, title, score, score >= KNOWN))
        if len(found) == limit:
            break
    return list(found.values())


def pieces(query: Query) -> list[Query]:
    """A query whole, or the pieces of a long one, spread evenly."""
    if len(query) <= PIECE:
        return [query]
    count = min(MAX_PIECES, -(-len(query) // PIECE))
    return [query.piece(start, start + PIECE)
            for start in np.linspace(0, len(query) - PIECE, count).round().astype(int).tolist()]


def query_windows(query: Query) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(vectors (windows, VECTOR), first notes (windows,)) in groups of HOP windows a note apart, so that one of each
    group begins where one of the tune's windows does."""
    last = max(len(query) - FEWEST, 0)
    first = np.linspace(0, max(min(last, len(query) - SIZE) - HOP + 1, 0), GROUPS).round().astype(np.int64)
    starts = np.minimum(np.unique(first)[:, None] + np.arange(HOP), last).ravel()
    return embed(cut(query.pitch, log_ioi(query.onset, query.duration), starts, len(query))), starts


def _aligned(indices: Sequence[TuneIndex], query: Query) -> dict[tuple[int, int], float]:
    """The alignment score, in nats, of every tune worth a look: (index, tune) -> score, best first."""
    vectors, starts = query_windows(query)
    scores: dict[tuple[int, int], float] = {}
    for which, index in enumerate(indices):
        candidates = index.candidates(vectors, CANDIDATES)
        if not len(candidates.tunes):
            continue
        stretches = Stretches.of(index, candidates, query, starts)
        if len(stretches.tunes) > CLOSELY:
            roughly = stretches.aligned(query, ROUGH).score
            stretches = stretches.some(np.argpartition(-roughly, CLOSELY)[:CLOSELY])
        alignment = stretches.aligned(query, COSTS)
        for tune, score in zip(stretches.tunes.tolist(), alignment.score.tolist(), strict=True):
            scores[which, tune] = max(score, scores.get((which, tune), -np.inf))
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


@dataclass(frozen=True, eq=False)
class Stretches:
    """Parts of tunes to align with a query: ``pitch`` (n, length), nan beyond a tune's ends, ``onset`` in beats, and
    for each the ``tunes`` it is of and the ``key`` (semitones) and ``tempo`` (log2) that its windows speak for."""

    tunes: NDArray[np.int64]
    pitch: NDArray[np.float32]
    onset: NDArray[np.float32]
    key: NDArray[np.float32]
    tempo: NDArray[np.float32]

    def some(self, rows: NDArray[np.integer[Any]]) -> "Stretches":
        """Only these of them."""
        return Stretches(self.tunes[rows], self.pitch[rows], self.onset[rows], self.key[rows], self.tempo[rows])

    def aligned(self, query: Query, costs: Costs) -> Alignment:
        """The query laid over each."""
        return align(query.pitch, query.onset, self.pitch, self.onset, self.key, self.tempo, costs)

    @classmethod
    def of(cls, index: TuneIndex, candidates: Candidates, query: Query, starts: NDArray[np.int64]) -> "Stretches":
        """Around the windows most like the query's: of each tune the best, and the best at another place."""
        begins = candidates.notes - starts  # where the query's first note would lie
        row = np.arange(len(begins))
        best = candidates.cosines.argmax(1)
        elsewhere = np.abs(begins - begins[row, best][:, None]) > MARGIN
        second = np.where(elsewhere, candidates.cosines, -2).argmax(1)
        other = np.flatnonzero(elsewhere.any(1))
        rows, hits = np.concatenate([row, other]), np.concatenate([best, second[other]])
        tunes = candidates.tunes[rows]
        low, high = index.first_note[tunes][:, None], index.first_note[tunes + 1][:, None]
        pitch_cents, ioi_ticks = index.arrays["pitch_cents"], index.arrays["ioi_ticks"]

        at = (candidates.notes[rows, hits])[:, None] + np.arange(SIZE)
        mine = np.minimum(starts[hits][:, None] + np.arange(SIZE), len(query) - 1)
        there = (at < high) & (starts[hits][:, None] + np.arange(SIZE) < len(query) - 1)
        there[:, 0] = True
        at = np.minimum(at, len(pitch_cents) - 1)
        key = np.where(there, query.pitch[mine] - pitch_cents[at] / 100.0, np.nan)
        ioi = np.maximum(ioi_ticks[at] / TICKS_PER_BEAT, MIN_IOI)
        tempo = np.where(there, log_ioi(query.onset, query.duration)[mine] - np.log2(ioi), np.nan)

        at = begins[rows, hits][:, None] + np.arange(-MARGIN, len(query) + MARGIN)
        there = (at >= low) & (at < high)
        at = np.clip(at, 0, len(pitch_cents) - 1)
        ticks = np.where(there, ioi_ticks[at], 0)
        onset = (np.cumsum(ticks, 1) - ticks) / TICKS_PER_BEAT
        pitch = np.where(there, pitch_cents[at] / 100.0, np.nan)
        return cls(tunes, pitch.astype(np.float32), onset.astype(np.float32), _middle(key), _middle(tempo))


def _middle(values: FloatArray) -> NDArray[np.float32]:
    """The median of each row's numbers; np.nanmedian, but quick for many short rows."""
    ordered = np.sort(values, 1)  # nan last
    count = np.maximum(np.isfinite(values).sum(1), 1)
    row = np.arange(len(values))
    return ((ordered[row, (count - 1) // 2] + ordered[row, count // 2]) / 2).astype(np.float32)
