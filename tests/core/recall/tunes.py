"""Tunes for the tests, and somebody who sings them badly."""

import numpy as np

from core.recall.match import Query
from core.recall.tune import Tune


def random_tune(number: int, *, notes: int = 40) -> Tune:
    """A tune like no other: a walk over a scale in quarters and eighths."""
    rng = np.random.default_rng(number)
    degree = np.clip(np.cumsum(rng.integers(-3, 4, notes)), -8, 8)
    pitch = 67 + degree // 7 * 12 + np.array([0, 2, 4, 5, 7, 9, 11])[degree % 7]
    duration = rng.choice([0.5, 1.0, 1.0, 1.5, 2.0], notes)
    onset = np.concatenate([[0.0], np.cumsum(duration)[:-1]])
    return Tune(f"tune-{number}", f"Tune {number}", onset, duration, pitch.astype(float))


def sung(tune: Tune, start: int = 0, notes: int = 18, *, seed: int = 1, transpose: float = 3.3, tempo: float = 0.6,
         error: float = 0.25, unsteady: float = 0.1) -> Query:
    """Some of its notes as an untrained person sings them: off key, in a tempo of their own."""
    rng = np.random.default_rng(seed)
    part = slice(start, start + notes)
    ioi = np.diff(tune.onset_beats[part], append=tune.onset_beats[part][-1] + 1.0)
    ioi = ioi * tempo * np.exp2(rng.normal(0, unsteady, len(ioi)))
    onset = np.concatenate([[0.0], np.cumsum(ioi)[:-1]])
    return Query(onset, 0.9 * ioi, tune.pitch_midi[part] + transpose + rng.normal(0, error, len(ioi)))
