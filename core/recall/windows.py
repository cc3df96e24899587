"""Windows of ten notes: what is compared first, free of key and tempo.

A window is what its notes look like beside their own middle: pitches less their mean, logarithms of the times
between onsets less their mean. The known tunes are cut every few notes, a query at more places.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

SIZE = 10  # notes
FEATURES = 3  # pitch in semitones / 6, log2 of the time to the next onset / 1.5, 1 where there is a note
MIN_IOI = 1 / 32  # beats or seconds: shorter ones count as this long


def window_notes(notes: NDArray[np.int64], hop: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where tunes of ``notes`` (tunes,) notes, one after the other, are cut: every ``hop`` notes of each, the last
    window flush with its end. (first running note of every window, windows before each tune (tunes + 1,))"""
    last = np.maximum(notes - SIZE, 0)  # where the last window of each begins
    counts = -(-last // hop) + 1
    before = np.concatenate([[0], np.cumsum(counts)])
    number = np.arange(before[-1]) - np.repeat(before[:-1], counts)
    first = np.cumsum(notes) - notes
    return np.repeat(first, counts) + np.minimum(number * hop, np.repeat(last, counts)), before


def log_ioi(onset: FloatArray, duration: FloatArray) -> FloatArray:
    """log2 of the time from each onset to the next; the last note lasts as long as it sounds. (notes,)"""
    ioi = np.append(np.diff(onset), duration[-1:])
    return np.log2(np.maximum(ioi, MIN_IOI))


def cut(pitch: FloatArray, log_iois: FloatArray, starts: NDArray[np.int64],
        ends: NDArray[np.int64] | int) -> NDArray[np.float32]:
    """Features (windows, SIZE, FEATURES) of the windows that begin at ``starts`` of the running notes; windows
    whose tune ends before them (at ``ends``, exclusive) are padded with zeros."""
    at = starts[:, None] + np.arange(SIZE)
    there = at < (ends if isinstance(ends, int) else ends[:, None])
    at = np.minimum(at, len(pitch) - 1)
    out = np.empty((len(starts), SIZE, FEATURES), np.float32)
    count = there.sum(1, keepdims=True)
    for i, (values, scale, limit) in enumerate(((pitch, 6.0, 3.0), (log_iois, 1.5, 2.0))):
        values = np.where(there, values[at], 0.0)
        values = (values - values.sum(1, keepdims=True) / count) / scale
        out[..., i] = np.clip(values, -limit, limit) * there
    out[..., 2] = there
    return out
