"""Note values: where notes end, and whether eighths swing, once their onsets have ticks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.music import SungNote
from core.understand.quantize import MAX_STEP, ONSET_SD_S, TICKS

VALUES = np.array([3, 6, 8, 9, 12, 18, 24, 30, 36, 48, 60, 72, 84, 96])  # ticks
# silence that is both this share of the step and this long is a rest, not a breath; so is silence of half the step
REST_SHARE, REST_S, LONE_SHARE = 0.26, 0.28, 0.42
EARLY_S = 0.04  # how much too early notes end on average
SWINGS_FROM, SWINGS_TO = 0.54, 0.7


def lengths(sung: Sequence[SungNote], ticks: NDArray[np.int64], bpm: float) -> NDArray[np.int64]:
    """Ticks every note lasts, shape (notes,): up to the next one, unless it plainly leaves a rest."""
    per_tick = 60.0 / bpm / TICKS
    out = []
    for i, note in enumerate(sung):
        room = int(ticks[i + 1] - ticks[i]) if i + 1 < len(sung) else MAX_STEP
        held_s = note.duration_s + EARLY_S
        silence_s = room * per_tick - held_s
        share = silence_s / (room * per_tick)
        breath = (silence_s < REST_S) or (share < REST_SHARE)
        if i + 1 < len(sung) and breath and share < LONE_SHARE:
            out.append(room)
            continue
        # a last note, or one before a rest, ends with a breath
        held = (held_s + 0.03) / per_tick
        fitting = VALUES[room >= VALUES]
        out.append(int(fitting[np.abs(np.log(fitting / held)).argmin()]) if len(fitting) else room)
    return np.array(out, np.int64)


def straighten(onsets_s: NDArray[np.float64], ticks: NDArray[np.int64], bpm: float
               ) -> tuple[NDArray[np.int64], float]:
    """(ticks with swung eighths written straight, the swing: share of a beat its first eighth takes, 0.5 straight).

    Eighths between two notes on beats are measured against these, so that a drifting tempo does no harm. Tunes with
    real triplets are left alone.
    """
    places = ticks % TICKS
    off = np.isin(places, (TICKS // 2, 2 * TICKS // 3))
    shares = []
    at = {int(tick): float(onset) for tick, onset in zip(ticks, onsets_s, strict=True)}
    for tick, onset in zip(ticks[off], onsets_s[off], strict=True):
        beat = int(tick) // TICKS * TICKS
        if beat in at and beat + TICKS in at:
            shares.append((onset - at[beat]) / (at[beat + TICKS] - at[beat]))
    beats = len(set((ticks // TICKS).tolist()))
    if len(shares) < 4 or (places == TICKS // 3).sum() > 0.05 * beats or off.sum() < 0.15 * beats:
        return ticks, 0.5
    swing = float(np.median(shares))
    doubt = 1.25 * 1.2 * ONSET_SD_S * bpm / 60 / np.sqrt(len(shares))
    if swing - 1.5 * doubt < SWINGS_FROM:
        return ticks, 0.5
    straight = np.where(places == 2 * TICKS // 3, ticks - TICKS // 6, ticks)
    return (straight if (np.diff(straight) > 0).all() else ticks), min(swing, SWINGS_TO)
