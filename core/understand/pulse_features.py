"""What the beat network sees of music in many voices: every moment at which notes begin, with its surroundings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.music import SungNote

SAME_MOMENT_S = 0.035
LAGS_S = np.geomspace(0.24, 4.0, 28)             # distances at which music may repeat itself
BLUR_S = 0.03                                    # of an onset in the curves that are looked up at those distances
STEP_S, LOCAL_S = 0.01, 12.0                     # of the curves; of the tempogram's windows, to either side
HARMONY_S = (0.4, 0.8, 1.6, 3.2)                 # before and after: how much the harmony moves
OWN = 18                                         # features of a moment alone
COUNT = OWN + 5 * len(LAGS_S)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Notes that begin together: ``onsets_s`` (n,), ``weights`` (n,), and ``of`` (notes,), the moment of each note."""

    onsets_s: Floats
    weights: Floats
    of: npt.NDArray[np.int64]


def note_rows(notes: Sequence[SungNote]) -> Floats:
    """(notes, 4) in order of onset: onset_s, offset_s, pitch_midi, weight (1 for the loudest, its root in between)."""
    loudest = max((note.loudness_db for note in notes), default=0.0)
    rows = [(n.onset_s, max(n.offset_s, n.onset_s), round(n.pitch_midi),
             10 ** (max(n.loudness_db - loudest, -40.0) / 40)) for n in notes]
    return np.array(sorted(rows), float).reshape(-1, 4)


def moments_of(rows: Floats) -> Moments:
    """The moments of notes as :func:`note_rows` gives them; loud and low notes weigh more."""
    of = np.zeros(len(rows), np.int64)
    first, index = -1.0, -1
    for i, onset in enumerate(rows[:, 0].tolist()):
        if onset - first >= SAME_MOMENT_S:
            first, index = onset, index + 1
        of[i] = index
    weight = rows[:, 3] * np.where(rows[:, 2] < 52, 1.3, 1.0)
    total = np.bincount(of, weight, minlength=index + 1).astype(float)
    return Moments(np.bincount(of, weight * rows[:, 0], minlength=index + 1) / np.maximum(total, 1e-9), total, of)


def features_of(rows: Floats, moments: Moments) -> npt.NDArray[np.float32]:
    """(moments, COUNT): each moment's own features, how strong onsets (all, and of the bass) are at LAGS_S before and
    after it, and how well the music repeats itself there."""
    onsets = moments.onsets_s
    low = np.bincount(moments.of, _outer(rows)[0] * np.sqrt(rows[:, 3]), minlength=len(onsets)).astype(float)
    curves = [_curve(onsets, np.sqrt(moments.weights)), _curve(onsets, low)]
    looked = [_at(curve, onsets[:, None] + sign * LAGS_S) for curve in curves for sign in (-1, 1)]
    return np.concatenate([_own(rows, moments), *looked, _repeats(curves[0], onsets)], 1).astype(np.float32)


def _own(rows: Floats, moments: Moments) -> Floats:
    """(moments, OWN) of each moment alone, and of what has changed since the one before."""
    onsets, of, count = moments.onsets_s, moments.of, len(moments.onsets_s)
    gaps = np.diff(onsets, prepend=onsets[0] - 0.5, append=onsets[-1] + 0.5)
    length = np.minimum(rows[:, 1] - rows[:, 0], 4.0)
    lowest, highest, longest, below, outer_low, outer_high = (np.zeros(count) for _ in range(6))
    lowest += 128
    np.minimum.at(lowest, of, rows[:, 2])
    np.maximum.at(highest, of, rows[:, 2])
    np.maximum.at(longest, of, length)
    np.maximum.at(below, of, np.where(rows[:, 2] <= lowest[of], length, 0))
    low, high = _outer(rows)
    np.maximum.at(outer_low, of, low)
    np.maximum.at(outer_high, of, high)
    local = _smooth(moments.weights)
    bass = _last(lowest, outer_low)
    return np.stack([np.log1p(np.bincount(of, minlength=count)), np.log(moments.weights / local + 0.05) / 2,
                     outer_low, outer_high, (lowest - 60) / 24, (highest - 60) / 24, np.log(longest + 0.05) / 2,
                     np.log(below + 0.05) / 2, np.log(gaps[:-1] + 0.02) / 2, np.log(gaps[1:] + 0.02) / 2,
                     np.diff(highest, prepend=highest[0]) / 12, (bass - np.roll(bass, 1)) / 12,
                     (bass != np.roll(bass, 1)).astype(float), np.log(longest / np.maximum(gaps[1:], 0.03) + 0.1) / 2,
                     *(_new_harmony(rows, onsets, span) for span in HARMONY_S)], 1)


def _last(values: Floats, where: Floats) -> Floats:
    """Each value, or the last one before it at which ``where`` is true."""
    index = np.maximum.accumulate(np.where(where > 0, np.arange(len(values)), 0))
    return values[index]


def _smooth(values: Floats) -> Floats:
    kernel = np.ones(17) / 17
    padded = np.pad(values, 8, mode="edge")
    return np.asarray(np.convolve(padded, kernel, "valid") + 1e-6)


def _new_harmony(rows: Floats, onsets: Floats, span_s: float) -> Floats:
    """(moments,) how different the pitch classes are before and from each moment on: 0 the same, 1 all new."""
    classes = np.zeros((len(rows) + 1, 12))
    np.add.at(classes, (np.arange(len(rows)) + 1, rows[:, 2].astype(int) % 12),
              np.minimum(rows[:, 1] - rows[:, 0], 1.0) * rows[:, 3] + 1e-3)
    total = np.cumsum(classes, 0)
    here, before, after = (np.searchsorted(rows[:, 0], onsets + shift)
                           for shift in (-SAME_MOMENT_S, -span_s, span_s))
    a, b = total[here] - total[np.minimum(before, here)], total[after] - total[here]
    same = (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1) + 1e-6)
    return np.asarray(1 - same)


def _outer(rows: Floats) -> tuple[Floats, Floats]:
    """Whether each note is the lowest, and the highest, of those that sound when it begins."""
    low, high = np.ones(len(rows)), np.ones(len(rows))
    sounding: list[tuple[float, float]] = []  # (offset_s, pitch)
    at = 0
    while at < len(rows):
        onset = rows[at, 0]
        end = at
        while end < len(rows) and rows[end, 0] < onset + SAME_MOMENT_S:
            end += 1
        sounding = [note for note in sounding if note[0] > onset + SAME_MOMENT_S]
        pitches = [note[1] for note in sounding] + rows[at:end, 2].tolist()
        low[at:end], high[at:end] = rows[at:end, 2] <= min(pitches), rows[at:end, 2] >= max(pitches)
        sounding += rows[at:end, 1:3].tolist()
        at = end
    return low, high


def _curve(onsets: Floats, weights: Floats) -> Floats:
    curve = np.zeros(int((onsets[-1] + LAGS_S[-1] + 1) / STEP_S) + 2)
    np.add.at(curve, (onsets / STEP_S).astype(int), weights)
    reach = int(4 * BLUR_S / STEP_S)
    x = np.arange(-reach, reach + 1) * STEP_S
    return np.convolve(curve, np.exp(-0.5 * (x / BLUR_S) ** 2), "same") / (weights.mean() + 1e-9)


def _at(curve: Floats, seconds: Floats) -> Floats:
    index = np.round(seconds / STEP_S).astype(int)
    inside = (index >= 0) & (index < len(curve))
    return np.where(inside, curve[np.clip(index, 0, len(curve) - 1)], 0.0)


def _repeats(curve: Floats, onsets: Floats) -> Floats:
    """(moments, lags) correlation of the curve with itself, LOCAL_S to either side, at LAGS_S."""
    hop = int(4.0 / STEP_S)
    window = int(LOCAL_S / STEP_S)
    lags = np.round(LAGS_S / STEP_S).astype(int)
    centres = np.arange(0, len(curve), hop)
    table = []
    for centre in centres:
        part = curve[max(0, centre - window):centre + window]
        part = part - part.mean()
        power = float(part @ part) + 1e-6
        table.append([float(part[lag:] @ part[:-lag]) / power if lag < len(part) else 0.0 for lag in lags])
    rows = np.array(table)
    place = np.clip(onsets / STEP_S / hop, 0, len(centres) - 1)
    index = place.astype(int)
    share = (place - index)[:, None]
    return np.asarray((1 - share) * rows[index] + share * rows[np.minimum(index + 1, len(centres) - 1)])
