"""What the network of core.understand.barlines sees of a tune whose notes lie on a tick grid.

Everything is relative: moving all pitches by the same interval changes nothing, nor does moving all ticks by
whole beats.
"""

import numpy as np
from numpy.typing import NDArray

from core.understand.quantize import PLACES, TICKS

LAGS = (12, 18, 24, 36, 48, 72, 96, 144, 192)  # ticks at which a tune may repeat itself
STEP_EDGES = (4, 7, 10, 13, 19, 25, 37, 49)  # classes of note steps: up to a sixteenth, an eighth, ...
# Key profiles of Temperley (1999), "What's Key for Key?": only a first idea of the scale degree for the network
MAJOR = np.array([5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0])
MINOR = np.array([5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0])

FEATURES = len(PLACES) + 2 * (len(STEP_EDGES) + 2) + 2 + 7 + 24 + 4 * len(LAGS)
_RHYTHM = slice(len(PLACES), len(PLACES) + 2 * (len(STEP_EDGES) + 2))
_LINE = slice(_RHYTHM.stop + 2, _RHYTHM.stop + 9)
BAR_LAGS = (24, 36, 48, 72, 96, 144, 192)
_TRIADS_AND_SEVENTHS = np.array([[(pc - root) % 12 in shape for shape in ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10))
                                  for root in range(12)] for pc in range(12)], float)  # (class, chord)


def note_features(ticks: NDArray[np.int64], held: NDArray[np.float64], pitches: NDArray[np.int64]) -> NDArray:
    """Features of every note, shape (notes, FEATURES), float32.

    ``ticks`` (notes,) increasing, 12 to the quarter; ``held`` (notes,) sounding ticks; ``pitches`` (notes,) MIDI.
    """
    count = len(ticks)
    place = (ticks[:, None] % TICKS == PLACES[None, :]).astype(np.float32)
    step = np.diff(ticks).astype(float)
    after = np.append(step, np.nan)
    before = np.insert(step, 0, np.nan)
    room = np.where(np.isnan(after), held, after)
    kept = np.stack([np.clip(held / room, 0, 1.2), np.clip((room - held) / TICKS, -0.5, 3)], 1)
    interval = np.diff(pitches).astype(float)
    rise, fall = np.insert(interval, 0, 0.0), np.append(interval, 0.0)
    line = np.stack([np.clip(rise, -12, 12) / 6, np.clip(fall, -12, 12) / 6, np.abs(np.clip(rise, -12, 12)) / 6,
                     rise == 0, (rise > 0) & (fall < 0), (rise < 0) & (fall > 0),
                     np.clip(pitches - pitches.mean(), -12, 12) / 6], 1)
    out = np.concatenate([place, _step_class(after), _step_class(before), kept, line, degrees(pitches, room),
                          _repeats(ticks, pitches)], 1).astype(np.float32)
    assert out.shape == (count, FEATURES)
    return out


def _step_class(step: NDArray[np.float64]) -> NDArray[np.float64]:
    """One-hot class of a step; the last class says there is none."""
    index = np.where(np.isnan(step), len(STEP_EDGES) + 1, np.searchsorted(STEP_EDGES, np.nan_to_num(step), "right"))
    return np.eye(len(STEP_EDGES) + 2)[index]


def degrees(pitches: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected scale degree of every note, shape (notes, 24): one-hot degrees weighted with each key's likelihood,
    major keys first."""
    weights = np.sqrt(np.clip(weights / TICKS, 0.25, 4.0))
    histogram = np.bincount(pitches % 12, weights, 12)
    profiles = np.stack([np.log(MAJOR / MAJOR.sum()), np.log(MINOR / MINOR.sum())])
    rotated = np.stack([np.roll(profiles, tonic, axis=1) for tonic in range(12)], 1)  # (mode, tonic, class)
    score = rotated @ histogram
    chance = np.exp(score - score.max())
    chance /= chance.sum()
    spread = chance[:, (pitches[:, None] - np.arange(12)[None, :]) % 12]  # (mode, note, degree)
    return np.concatenate(list(spread), 1)


def _repeats(ticks: NDArray[np.int64], pitches: NDArray[np.int64]) -> NDArray[np.float64]:
    """For every lag: is there a note that far back or ahead, and does it have the same pitch, (notes, 4 * lags)."""
    gap = ticks[None, :] - ticks[:, None]
    same = pitches[None, :] == pitches[:, None]
    columns = []
    for lag in LAGS:
        for sign in (-1, 1):
            there = np.abs(gap - sign * lag) <= 1
            columns += [there.any(1), (there & same).any(1)]
    return np.stack(columns, 1).astype(float)


def in_context(features: NDArray) -> NDArray:
    """Every note's features, and the rhythm and line of the notes before and after, (notes, FEATURES + 54)."""
    near = np.concatenate([features[:, _RHYTHM], features[:, _LINE]], 1)
    none = np.zeros((1, near.shape[1]), features.dtype)
    return np.concatenate([features, np.concatenate([none, near[:-1]]), np.concatenate([near[1:], none])], 1)


def long_notes(ticks: NDArray[np.int64]) -> tuple[int, int]:
    """Indices of the first longest of the second to tenth notes, and of the first longest of all but the last."""
    room = np.diff(ticks, append=ticks[-1])
    return (int(room[1:10].argmax()) + 1 if len(ticks) > 1 else 0), int(room.argmax())


def repetition(ticks: NDArray[np.int64], pitches: NDArray[np.int64]) -> NDArray:
    """How much a tune repeats its rhythm and its pitches after each of BAR_LAGS ticks, (2 * lags,), 0 about average."""
    gap = ticks[None, :] - ticks[:, None]
    same = pitches[None, :] == pitches[:, None]
    out = []
    for lag in BAR_LAGS:
        there = np.abs(gap - lag) <= 1
        asked = int((ticks + lag <= ticks[-1]).sum())
        out += [there.any(1).sum() / asked - 0.5, (there & same).any(1).sum() / asked - 0.2] if asked >= 4 else [0, 0]
    return np.array(out, np.float32)


def bar_fit(ticks: NDArray[np.int64], pitches: NDArray[np.int64], bins: tuple[int, ...]) -> NDArray:
    """How well each bar, and each half bar, fits one chord, for every meter (of ``bins`` half beats) and shift.

    Shape (sum(bins), 2): the share of the melody on the chord tones of its bar's best triad or dominant seventh.
    """
    room = np.append(np.diff(ticks), max(12, ticks[-1] - ticks[-2]) if len(ticks) > 1 else 12)
    cell = ticks // 6
    origin = int(cell[0])
    cells = int((ticks[-1] + room[-1]) // 6 - origin + 1)
    weight = np.sqrt(np.clip(room / TICKS, 0.25, 4)) / 2
    classes = np.zeros((cells + 30, 12))
    start = cell - origin
    np.add.at(classes, (start, pitches % 12), weight)  # half at the onset, half in the middle of the note
    np.add.at(classes, (np.minimum(start + room // 12, len(classes) - 1), pitches % 12), weight)
    so_far = np.concatenate([np.zeros((1, 12)), np.cumsum(classes, 0)])
    out = []
    for size in bins:
        for shift in range(size):
            row = []
            for length in (size, size // 2):
                edges = np.arange(-((origin + shift) % size), cells + length, length)
                segments = np.diff(so_far[np.clip(edges, 0, len(so_far) - 1)], axis=0)
                row.append((segments @ _TRIADS_AND_SEVENTHS).max(1).sum() / segments.sum())
            out.append(row)
    return np.array(out, np.float32)
