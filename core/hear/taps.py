"""Taps, claps and a spoken count-in: when each of them comes."""

import numpy as np

from core.audio import Sound
from core.errors import TooQuiet

RATE = 16_000
WINDOW, HOP = 512, 128  # samples: 32 and 8 ms
QUIETEST = 0.003  # of full scale: a recording below holds nothing
GAP_S = 0.18  # no two taps come closer; one tap rings, and a spoken word has several onsets
AROUND_S = 0.5
SHARE_OF_LOUDEST = 0.25


def hear_taps(sound: Sound) -> tuple[float, ...]:
    """Onset times in seconds, by spectral flux (Dixon 2006): where much comes in at once, against what is usual there.

    Raises TooQuiet.
    """
    samples = sound.at(RATE).samples
    if len(samples) < 2 * WINDOW or float(np.abs(samples).max()) < QUIETEST:
        raise TooQuiet()
    samples = samples / np.abs(samples).max()
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP] * np.hanning(WINDOW)
    loudness = np.log1p(10 * np.abs(np.fft.rfft(frames, axis=1)))
    rise = np.maximum(np.diff(loudness, axis=0, prepend=loudness[:1]), 0).sum(axis=1)
    around = round(AROUND_S * RATE / HOP)
    padded = np.pad(rise, around, mode="edge")
    usual = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * around + 1), axis=1)
    strength = rise - usual
    floor = SHARE_OF_LOUDEST * float(np.quantile(strength, 0.998))
    times: list[float] = []
    apart = round(GAP_S * RATE / HOP)
    for frame in np.flatnonzero(strength > floor):
        window = strength[max(0, frame - apart):frame + apart + 1]
        if strength[frame] < window.max():
            continue
        time_s = frame * HOP / RATE
        if not times or time_s - times[-1] >= GAP_S:
            times.append(float(time_s))
    return tuple(times)
