"""The key of a melody that lies on its grid."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.music import Key, Melody
from core.understand.grid import TABLES

MODES = ("major", "minor")


@cache
def _profiles() -> dict[str, NDArray[np.float64]]:
    with np.load(TABLES) as tables:
        return {name: tables[name].astype(float) for name in tables.files if name.startswith("key_")}


def rank_keys(melody: Melody) -> list[tuple[Key, float]]:
    """All keys with their probability, best first."""
    if not melody.notes:
        return [(Key(), 1.0)]
    profiles = _profiles()
    weights = note_weights(melody)
    classes = np.array([note.pitch % 12 for note in melody.notes])
    keys, scores = [], []
    for index, mode in enumerate(MODES):
        for tonic in range(12):
            degrees = (classes - tonic) % 12
            score = float((weights * profiles["key_degree"][index][degrees]).sum())
            score += float(profiles["key_last"][index][degrees[-1]] + profiles["key_first"][index][degrees[0]])
            keys.append(Key(tonic, mode))
            scores.append(score + float(profiles["key_mode"][index]))
    probability = np.exp(np.array(scores) - max(scores))
    probability /= probability.sum()
    order = np.argsort(-probability, kind="stable")
    return [(keys[i], float(probability[i])) for i in order]


def note_weights(melody: Melody) -> NDArray[np.float64]:
    """How much each note says: longer notes and notes on the beat more, shape (notes,)."""
    pulse = melody.meter.pulse_beats
    out = []
    for note in melody.notes:
        on_beat = abs(note.onset_beats / pulse - round(note.onset_beats / pulse)) < 0.01
        out.append(min(max(note.duration_beats, 0.25), 3.0) ** 0.5 * (1.0 if on_beat else 0.6))
    return np.array(out)
