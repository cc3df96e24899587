"""A line of notes to the names of the tunes it may be. The door of this room.

Windows of the query are embedded (``encoder``) and compared with those of every tune of every index; the likeliest
tunes are aligned note by note (``align``); the alignment, beside that of the others, gives one calibrated score
(``verdict``).
"""

from collections.abc import Collection, Sequence
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
HITS = 3  # places of a tune that are looked at
APART = 4  # notes between them
TAKEN = -2.0  # below any cosine
ALIKE = 20  # tunes among which the best one may stand again
SAME_MELODY = 0.7  # share of what a melody scores on itself that makes another one the same
PIECE = 24  # notes of a query that are aligned at once; of a longer one the likeliest piece counts
MAX_PIECES = 4
CLOSELY = 150  # places that are aligned with every kind of error in mind
ROUGH = replace(COSTS, keys=3, key_step=0.5, band=3, steps=((1, 1), (1, 2), (2, 1)))


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


def find(indices: Sequence[TuneIndex], query: Query, limit: int = 10, *,
         hidden: Collection[str] = ()) -> list[Match]:
    """The ``limit`` likeliest tunes of some indices, best first; fewer where there are not as many.

    A tune id that stands in several indices is named once, where it fits best; ``hidden`` ids are not there at all.
    """
    scores: dict[tuple[int, int], float] = {}
    for piece in pieces(query):
        ranking = ranked(indices, piece, hidden)
        marks = calibrated(ranking.nats, ranking.same, len(piece))
        for place, mark in zip(ranking.tunes, marks.tolist(), strict=True):
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


@dataclass(frozen=True, eq=False)
class Ranking:
    """Tunes worth a look, best first: (index, tune) of each, the ``nats`` (n,) of its alignment, and whether it is
    the ``same`` (n,) melody as the best one, under another name perhaps."""

    tunes: list[tuple[int, int]]
    nats: NDArray[np.float32]
    same: NDArray[np.bool_]


def ranked(indices: Sequence[TuneIndex], query: Query, hidden: Collection[str] = ()) -> Ranking:
    """The tunes of some indices in the order in which a query of at most PIECE notes fits them, but for ``hidden``."""
    vectors, starts = query_windows(query)
    tunes: list[tuple[int, int]] = []
    blocks = []
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
        nats = places.aligned(index, query, assumed, COSTS)
        best = np.argsort(-nats, kind="stable")
        best = best[np.sort(np.unique(places.tunes[best], return_index=True)[1])]  # one place of each tune
        if hidden:
            best = best[[index.name(tune)[0] not in hidden for tune in places.tunes[best].tolist()]]
        tunes += [(which, tune) for tune in places.tunes[best].tolist()]
        blocks.append((nats[best], assumed[:, best], *places.some(best).stretches(index, len(query), COSTS.band)))
    if not tunes:
        return Ranking([], np.zeros(0, np.float32), np.zeros(0, bool))
    nats, key_and_tempo, pitch, onset = (np.concatenate(part, axis=axis)
                                         for part, axis in zip(zip(*blocks, strict=True), (0, 1, 0, 0), strict=True))
    order = np.argsort(-nats, kind="stable")
    same = np.zeros(len(nats), bool)
    front = order[:ALIKE]
    same[:ALIKE] = like_the_first(pitch[front], onset[front], *key_and_tempo[:, front])
    return Ranking([tunes[i] for i in order.tolist()], nats[order], same)


def like_the_first(pitch: FloatArray, onset: FloatArray, key: FloatArray, tempo: FloatArray) -> NDArray[np.bool_]:
    """Which stretches (stretches, notes + 2 * band) hold the melody that the first has where the query lies."""
    band = COSTS.band
    notes = np.flatnonzero(np.isfinite(pitch[0, band:-band]))
    if not len(notes):
        return np.arange(len(pitch)) == 0
    part = slice(notes[0], notes[-1] + 1 + 2 * band)
    mine = slice(notes[0] + band, notes[-1] + 1 + band)
    nats = align(pitch[0, mine], onset[0, mine], pitch[:, part], onset[:, part], key - key[0], tempo - tempo[0])
    return nats >= SAME_MELODY * nats[0]


@dataclass(frozen=True, eq=False)
class Places:
    """Where in tunes a query may lie, (places,) each: the tunes' numbers, the running note that lies under the
    query's first, and the window of both that speaks for it: its note in the tune and its number in the query."""

    tunes: NDArray[np.int64]
    begins: NDArray[np.int64]
    notes: NDArray[np.int64]
    windows: NDArray[np.int64]

    @classmethod
    def of(cls, candidates: Candidates, starts: NDArray[np.int64]) -> "Places":
        """Of each tune the HITS places where its windows are most like one of the query's: phrases come again."""
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
