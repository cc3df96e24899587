"""From the mix to the record: -14 LUFS, true peak under the ceiling, a glued bus, a faded tail.

Everything is reckoned on short blocks (10 ms for loudness, 64 samples for peaks) and only then applied to
the samples, once: a gain that changes slowly needs no sample-by-sample work.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from core.perform.loudness import BLOCK, RATE, STEP, block_peaks, integrated_lufs, step_energies

Samples = npt.NDArray[np.float32]

TARGET_LUFS = -13.8  # lame plays everything 0.26 dB softer: the MP3 lands at -14.1
CEILING_DBTP = -2.2  # an MP3 of 192 kbit/s was seen to overshoot by 0.85 dB: the file stays under -1
_GLUE_RATIO, _GLUE_ATTACK_S, _GLUE_RELEASE_S, _GLUE_RANGE_DB = 1.6, 0.03, 0.25, 5.0
_LOOKAHEAD_BLOCKS = 3  # 4.4 ms each way
_RELEASE_DB_S = 60.0
_SILENCE_DB, _LEAD_IN_S, _FADE_S = -60.0, 0.012, 0.6


def master(mix: Samples) -> Samples:
    """Master a (2, n) mix at 44.1 kHz: (m, 2), trimmed at both ends, -14 LUFS, true peak under the ceiling."""
    mix = trim(mix)
    with ThreadPoolExecutor(1) as pool:  # scipy's filter and numpy's product let go of the GIL
        loudness_of_steps = pool.submit(step_energies, mix)
        peaks = block_peaks(mix, above=0.35 * float(np.abs(mix).max(initial=0.0)))
        energies = loudness_of_steps.result()
    glue = _glue_gain(energies)
    glued_peaks = peaks * _resample_gain(glue, STEP, len(peaks))
    limit = 10 ** (CEILING_DBTP / 20)
    level = _level(integrated_lufs(energies * glue**2))
    gain = np.ones(len(peaks))
    for _ in range(4):  # limiting takes some loudness, which the level gives back
        gain = level * _limiter_gain(glued_peaks * level, limit)
        loudness = integrated_lufs(energies * (glue * _resample_gain(gain, BLOCK, len(energies), STEP)) ** 2)
        if abs(loudness - TARGET_LUFS) < 0.02:
            break
        level *= _level(loudness)
    out = _apply(mix, gain * _resample_gain(glue, STEP, len(peaks)))
    peaks = block_peaks(out, above=0.7 * limit)
    if peaks.max(initial=0.0) > 1.01 * limit:  # beside one much louder stroke the others' peaks were not interpolated
        out = _apply(out, _limiter_gain(peaks, limit))
        peaks = block_peaks(out, above=0.7 * limit)
    over = float(peaks.max(initial=0.0)) / limit
    if over > 1:  # some hundredths of a dB
        out /= np.float32(over)
    return np.ascontiguousarray(out.T)


def _level(loudness_lufs: float) -> float:
    """The factor from this loudness to the target; 1 for what is silent or too short to measure."""
    return 10 ** ((TARGET_LUFS - loudness_lufs) / 20) if np.isfinite(loudness_lufs) else 1.0


def trim(mix: Samples) -> Samples:
    """Without the silence before and after, and with the last sounds faded out."""
    count = mix.shape[1] // BLOCK
    loud = np.abs(mix[:, : count * BLOCK]).reshape(2, count, BLOCK).max(axis=(0, 2))
    sounding = np.flatnonzero(loud > loud.max(initial=0.0) * 10 ** (_SILENCE_DB / 20))
    if not len(sounding):
        return mix
    start = max(0, sounding[0] * BLOCK - round(_LEAD_IN_S * RATE))
    end = min(mix.shape[1], (sounding[-1] + 1) * BLOCK + round(0.1 * RATE))
    mix = mix[:, start:end].copy()
    fade = min(round(_FADE_S * RATE), mix.shape[1])
    mix[:, -fade:] *= np.cos(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
    ramp = min(round(0.002 * RATE), mix.shape[1])
    if start:
        mix[:, :ramp] *= np.linspace(0, 1, ramp, dtype=np.float32)
    return mix


def _glue_gain(energies: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A gentle bus compressor's gain for every 10 ms: the loud moments come down by some dB."""
    power = energies / STEP
    if not power.any():
        return np.ones(len(power))
    threshold = 10 * np.log10(power[power > power.max() * 1e-4].mean())
    over = np.maximum(0.0, 10 * np.log10(power + 1e-12) - threshold) * (1 - 1 / _GLUE_RATIO)
    attack, release = (float(np.exp(-0.01 / seconds)) for seconds in (_GLUE_ATTACK_S, _GLUE_RELEASE_S))
    reduction, state = np.empty(len(over)), 0.0
    for index, wanted in enumerate(np.minimum(over, _GLUE_RANGE_DB).tolist()):
        pull = attack if wanted > state else release
        state = pull * state + (1 - pull) * wanted
        reduction[index] = state
    return 10 ** (-reduction / 20)


def _limiter_gain(peaks: npt.NDArray[np.floating], limit: float) -> npt.NDArray[np.float64]:
    """The gain for every 64 samples that keeps these peaks under the limit: looks ahead, lets go slowly."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    needed = np.minimum(1.0, limit / np.maximum(peaks, 1e-9))
    width = 2 * _LOOKAHEAD_BLOCKS + 1
    held = minimum_filter1d(needed, 2 * width - 1, mode="nearest")
    grow = 10 ** (_RELEASE_DB_S * BLOCK / RATE / 20)
    state, gain = 1.0, np.empty(len(held))
    for index, most in enumerate(held.tolist()):
        state = min(most, state * grow)
        gain[index] = state
    return uniform_filter1d(gain, width, mode="nearest")


def _resample_gain(
    gain: npt.NDArray[np.float64], step: int, count: int, to_step: int = BLOCK
) -> npt.NDArray[np.float64]:
    """A gain known at the middles of ``step`` samples, at the middles of ``count`` steps of ``to_step``."""
    if not len(gain):
        return np.ones(count)
    return np.interp((np.arange(count) + 0.5) * to_step, (np.arange(len(gain)) + 0.5) * step, gain)


def _apply(stereo: Samples, gain: npt.NDArray[np.float64]) -> Samples:
    """Samples (2, n) times a gain given per 64 samples, in straight lines between the blocks' middles."""
    edges = np.concatenate(([gain[0]], 0.5 * (gain[1:] + gain[:-1]), [gain[-1]])).astype(np.float32)
    ramp = np.arange(BLOCK, dtype=np.float32) / BLOCK
    curve = (edges[:-1, None] + (edges[1:] - edges[:-1])[:, None] * ramp).ravel()
    return np.multiply(stereo, curve[: stereo.shape[1]], dtype=np.float32)
