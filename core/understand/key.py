"""The key of a melody that lies on its grid.

A log-linear model: how the tune's notes, its long, strong, first, last, highest and lowest notes, and its steps from
note to note fall on the degrees of a scale, weighed as learned from lead sheets (models/key.npz); a learned heir of the
key profiles of Krumhansl & Kessler (1982) and Temperley (1999). The votes of core.understand.barlines are added.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.music import Key, Melody
from core.understand import barlines

WEIGHTS = Path(__file__).resolve().parents[2] / "models" / "key.npz"
MODES = ("major", "minor")
VOTES_WEIGHT = 0.25  # of the network's votes beside the log-linear model
MINOR_BONUS = 0.5  # people hum in minor more often than the lead sheets it learned from are written in it

Floats = NDArray[np.float64]


def rank_keys(melody: Melody) -> list[tuple[Key, float]]:
    """All major and minor keys with their probability, best first."""
    if not melody.notes:
        return [(Key(), 1.0)]
    onsets, durations, pitches = columns(melody)
    ticks = np.round(onsets * 12).astype(np.int64)
    votes = barlines.judge(ticks - ticks[0] // 12 * 12, durations * 12.0, pitches).keys
    scores = key_scores(key_features(onsets, durations, pitches)).ravel() + VOTES_WEIGHT * votes
    scores[12:] += MINOR_BONUS
    chance = np.exp(scores - scores.max())
    chance /= chance.sum()
    order = np.argsort(-chance, kind="stable")
    return [(Key(int(i) % 12, MODES[int(i) // 12]), float(chance[i])) for i in order]


def columns(melody: Melody) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """(onsets, durations, pitches), beats and MIDI numbers, shape (notes,) each."""
    notes = melody.notes
    return (np.array([n.onset_beats for n in notes]), np.array([n.duration_beats for n in notes]),
            np.array([n.pitch for n in notes]))


def key_features(onsets: Floats, durations: Floats, pitches: NDArray[np.int64]) -> Floats:
    """What a melody (in beats) says of each pitch class as a tonic, shape (12 tonics, features)."""
    count = len(pitches)
    classes = pitches % 12
    length = np.clip(durations, 0.25, 4.0)
    steps = np.append(np.diff(onsets), durations[-1])
    place = np.arange(count)
    on_beat = np.abs(onsets - np.round(onsets)) < 0.01
    aspects = [np.ones(count), np.sqrt(length), length, on_beat * np.sqrt(length), place == count - 1, place == 0,
               steps >= 1.9, length == length.max(), pitches == pitches.min(), pitches == pitches.max()]
    rows = [np.bincount(classes, aspect, 12) / max(float(np.sum(aspect)), 1.0) for aspect in aspects]
    often = np.bincount(classes, minlength=12)
    profile = np.stack([*rows, often > 0, often > 1])  # (aspects, class)
    moves = np.zeros((12, 12))
    np.add.at(moves, (classes[:-1], classes[1:]), 1 / max(count - 1, 1))
    return np.stack([np.concatenate([np.roll(profile, -tonic, 1).ravel(),
                                     np.roll(moves, (-tonic, -tonic), (0, 1)).ravel()]) for tonic in range(12)])


def key_scores(features: Floats) -> Floats:
    """Logits, shape (2 modes, 12 tonics)."""
    weights = _weights()
    return weights["weights"] @ features.T + weights["bias"][:, None]


@cache
def _weights() -> dict[str, Floats]:
    with np.load(WEIGHTS) as stored:
        return {name: stored[name].astype(float) for name in stored.files}
