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

from core.recall.align import COSTS, Costs, align
from core.recall.encoder import embed
from core.recall.found import Match
from core.recall.index import HOP, Candidates, TuneIndex
from core.recall.tune import TICKS_PER_BEAT
from core.recall.verdict import KNOWN, calibrated
from core.recall.windows import MIN_IOI, SIZE, cut, log_ioi

FloatArray = NDArray[np.floating[Any]]

GROUPS = 3  # of query windows
FEWEST = 6  # notes of the tune's that a query's window must hold, where the query has as many
CANDIDATES = 3_000
HITS = 2  # places of a tune that are looked at
TAKEN = -2.0  # below any cosine
PIECE = 40  # notes of a query that are aligned at once; of a longer one the likeliest piece counts
MAX_PIECES = 4
CLOSELY = 200  # places that are aligned with every kind of error in mind
ROUGH = replace(COSTS, keys=5, band=3, steps=((1, 1), (1, 2), (2, 1)))
APART = 4  # notes between two places of a tune


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
        places = Places.of(candidates, starts)
        assumed = places.key_and_tempo(index, query, starts)
        if len(places.tunes) > CLOSELY:
            roughly = places.aligned(index, query, assumed, ROUGH)
            close = np.argpartition(-roughly, CLOSELY)[:CLOSELY]
            places, assumed = places.some(close), assumed[:, close]
        for tune, score in zip(places.tunes.tolist(), places.aligned(index, query, assumed, COSTS).tolist(),
                               strict=True):
            scores[which, tune] = max(score, scores.get((which, tune), -np.inf))
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


@dataclass(frozen=True, eq=False)
class Places:
    """Where in tunes a query may lie, (places,) each: the tunes' numbers, the running note that lies under the
    query's first, and the window (of tune and query) that speaks for it: its note and the number of the query's."""

    tunes: NDArray[np.int64]
    begins: NDArray[np.int64]
    notes: NDArray[np.int64]
    windows: NDArray[np.int64]

    @classmethod
    def of(cls, candidates: Candidates, starts: NDArray[np.int64]) -> "Places":
        """Of each tune the place whose windows are most alike, and the best ones elsewhere, HITS in all."""
        begins, cosines, row = candidates.notes - starts, candidates.cosines.copy(), np.arange(len(candidates.tunes))
        rows, windows = [], []
        for _ in range(HITS):
            best = cosines.argmax(1)
            rows.append(np.flatnonzero(cosines[row, best] > TAKEN))
            windows.append(best[rows[-1]])
            cosines[np.abs(begins - begins[row, best][:, None]) <= APART] = TAKEN
        row, window = np.concatenate(rows), np.concatenate(windows)
        return cls(candidates.tunes[row], begins[row, window], candidates.notes[row, window], window)

    def some(self, places: NDArray[np.integer[Any]]) -> "Places":
        """Only these of them."""
        return Places(self.tunes[places], self.begins[places], self.notes[places], self.windows[places])

    def key_and_tempo(self, index: TuneIndex, query: Query, starts: NDArray[np.int64]) -> NDArray[np.float32]:
        """What the windows speak for (2, places): semitones from tune to query, log2 of seconds a beat."""
        at = self.notes[:, None] + np.arange(SIZE)
        mine = starts[self.windows][:, None] + np.arange(SIZE)
        there = (at < index.first_note[self.tunes + 1][:, None]) & (mine < len(query) - 1)
        there[:, 0] = True
        at, mine = np.minimum(at, index.first_note[-1] - 1), np.minimum(mine, len(query) - 1)
        key = query.pitch[mine] - index.arrays["pitch_cents"][at] / 100.0
        ioi = np.maximum(index.arrays["ioi_ticks"][at] / TICKS_PER_BEAT, MIN_IOI)
        tempo = log_ioi(query.onset, query.duration)[mine] - np.log2(ioi)
        return np.stack([_middle(np.where(there, values, np.nan)) for values in (key, tempo)])

    def stretches(self, index: TuneIndex, notes: int, band: int) -> tuple[FloatArray, FloatArray]:
        """(pitch, onset in beats) of the tunes there, (places, notes + 2 * band) each; pitch nan beyond a tune."""
        at = self.begins[:, None] + np.arange(-band, notes + band)
        there = (at >= index.first_note[self.tunes][:, None]) & (at < index.first_note[self.tunes + 1][:, None])
        at = np.clip(at, 0, index.first_note[-1] - 1)
        beats = np.where(there, index.arrays["ioi_ticks"][at], 0).astype(np.float32) / TICKS_PER_BEAT
        pitch = np.where(there, index.arrays["pitch_cents"][at].astype(np.float32) / 100, np.nan)
        return pitch, np.cumsum(beats, 1) - beats

    def aligned(self, index: TuneIndex, query: Query, assumed: NDArray[np.float32],
                costs: Costs) -> NDArray[np.float32]:
        """Scores (places,), in nats, of the query laid over the tunes there."""
        pitch, onset = self.stretches(index, len(query), costs.band)
        return align(query.pitch, query.onset, pitch, onset, assumed[0], assumed[1], costs)


def _middle(values: FloatArray) -> NDArray[np.float32]:
    """The median of each row's numbers; np.nanmedian, but quick for many short rows."""
    ordered = np.sort(values, 1)  # nan last
    count = np.maximum(np.isfinite(values).sum(1), 1)
    row = np.arange(len(values))
    return ((ordered[row, (count - 1) // 2] + ordered[row, count // 2]) / 2).astype(np.float32)
