"""What each part of the search finds alone: every one scores (tunes,) all tunes of an index for a query."""

from collections.abc import Callable

import numpy as np

from core.recall.index import HOP, TuneIndex
from core.recall.match import ROUGH, Places, Query, query_windows
from core.recall.tune import TICKS_PER_BEAT
from core.recall.windows import window_notes

SAMPLES = 24  # of a contour
STRETCHES = (0.8, 1.0, 1.25)  # notes of the tune for each of the query
TAILS = 2.0  # semitones apart beyond which a sample counts no more
_PART = 1 << 14  # places looked at together


def linear_scaling(index: TuneIndex, query: Query) -> np.ndarray:
    """Less the mean distance of the query's contour from each window's, stretched to one length and moved to one
    height (Jang & Gao 2000, "A query-by-singing system based on dynamic programming", their linear scaling)."""
    ends = query.onset + np.append(np.diff(query.onset), query.duration[-1:])
    share = (np.arange(SAMPLES) + 0.5) / SAMPLES
    at = query.onset[0] + share * (ends[-1] - query.onset[0])
    mine = query.pitch[np.searchsorted(query.onset, at, side="right") - 1]
    mine = mine - np.median(mine)
    pitch = index.arrays["pitch_cents"].astype(np.float32) / 100
    onset = np.concatenate([[0.0], np.cumsum(index.arrays["ioi_ticks"].astype(float) / TICKS_PER_BEAT)])
    starts = window_notes(np.diff(index.first_note), HOP)[0]
    tune_end = np.repeat(index.first_note[1:], np.diff(index.first_window))
    scores = np.full(len(starts), -np.inf, np.float32)
    for stretch in STRETCHES:
        end = np.minimum(starts + round(len(query) * stretch), tune_end)
        for a in range(0, len(starts), _PART):
            part = slice(a, a + _PART)
            low, high = onset[starts[part]], onset[end[part]]
            notes = np.searchsorted(onset, low[:, None] + share * (high - low)[:, None], side="right") - 1
            theirs = pitch[notes]
            theirs = theirs - np.median(theirs, 1, keepdims=True)
            apart = np.minimum(np.abs(theirs - mine), TAILS).mean(1)
            np.maximum(scores[part], -apart, out=scores[part])
    return np.maximum.reduceat(scores, index.first_window[:-1])


def alignment(index: TuneIndex, query: Query) -> np.ndarray:
    """The alignment in nats at the best of all places, every third note of every tune, with no embedding before it."""
    tunes = np.repeat(np.arange(len(index)), np.diff(index.first_window))
    scores = np.empty(len(tunes), np.float32)
    begins, starts = window_notes(np.diff(index.first_note), HOP)[0], np.zeros(1, np.int64)
    for a in range(0, len(tunes), _PART):
        part = slice(a, a + _PART)
        notes = begins[part]
        places = Places(tunes[part], notes, notes, np.zeros(len(notes), np.int64))
        scores[part] = places.aligned(index, query, places.key_and_tempo(index, query, starts), ROUGH)
    return np.maximum.reduceat(scores, index.first_window[:-1])


def embedding(index: TuneIndex, query: Query) -> np.ndarray:
    """The likeness of the windows' vectors."""
    found = index.candidates(query_windows(query)[0], len(index))
    scores = np.empty(len(index), np.float32)
    scores[found.tunes] = found.likeness
    return scores


BASELINES: dict[str, Callable[[TuneIndex, Query], np.ndarray]] = {
    "linear scaling": linear_scaling, "alignment alone": alignment, "embedding alone": embedding}
