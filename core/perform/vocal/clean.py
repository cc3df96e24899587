"""A phone's recording made fit for a mix: noise, rumble and hiss taken out, the level evened.

Noise is what remains in each frequency in the quietest moments (minimum statistics in their plainest form, Martin
2001); each bin is turned down by the Wiener rule over it, smoothed so that no bin twinkles. Sibilants and level are
held by gains known every few milliseconds, as a desk's de-esser and compressor hold them.
"""

import numpy as np

from core.perform.vocal.marks import RATE
from core.perform.vocal.take import Samples

_SIZE, _HOP = 2048, 512
_QUIET = 0.12  # the share of moments taken for noise alone
_NOISE_OVER_QUIET = 3.0  # mean power of noise over its quietest moments
_FLOOR = 0.06  # nothing is turned down further
_LOW_CUT_HZ = 95.0
_STEP = 220  # 5 ms
_SIBILANT_HZ = 5_500.0
_SIBILANT_DB = -9.0  # of the whole: what lies above comes down to it
_RATIO = 3.0
_ATTACK_S, _RELEASE_S = 0.008, 0.12


def denoised(samples: Samples) -> Samples:
    """The voice without its steady background: mono (n,) at 44.1 kHz, of the same length and timing."""
    from scipy.ndimage import uniform_filter
    from scipy.signal import istft, stft

    if len(samples) < 2 * _SIZE:
        return samples
    _, _, spectrum = stft(samples, nperseg=_SIZE, noverlap=_SIZE - _HOP)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    noise = _NOISE_OVER_QUIET * np.quantile(uniform_filter(power, (1, 5)), _QUIET, axis=1, keepdims=True)
    clear = uniform_filter(power, (3, 3))
    gain = np.clip(1 - noise / np.maximum(clear, 1e-20), _FLOOR, 1.0)
    gain = uniform_filter(gain, (3, 3))
    _, sound = istft(spectrum * gain, nperseg=_SIZE, noverlap=_SIZE - _HOP)
    return np.asarray(sound[: len(samples)], np.float32)


def polished(samples: Samples) -> Samples:
    """High-passed, de-essed and compressed: a steady voice of the loudness it had in its louder half."""
    from scipy.signal import butter, sosfilt

    low_cut = butter(2, _LOW_CUT_HZ, "highpass", fs=RATE, output="sos").astype(np.float32)
    voice = sosfilt(low_cut, samples)
    hiss = sosfilt(butter(2, _SIBILANT_HZ, "highpass", fs=RATE, output="sos").astype(np.float32), voice)
    whole_db, hiss_db = _level_db(voice), _level_db(hiss)
    too_much = np.clip(hiss_db - whole_db - _SIBILANT_DB, 0, 12)
    voice = voice - hiss * (1 - _curve(10 ** (-_ballistic(too_much) / 20), len(voice)))
    level_db = _level_db(voice)
    loud = level_db > level_db.max(initial=-90.0) - 30
    if not loud.any():
        return voice
    threshold = float(np.median(level_db[loud])) - 4.0
    over = np.clip(level_db - threshold, 0, None) * (1 - 1 / _RATIO)
    return voice * _curve(10 ** (-_ballistic(over) / 20), len(voice))


def _level_db(samples: Samples) -> np.ndarray:
    """Level of every 5 ms over some 15 ms."""
    from scipy.ndimage import uniform_filter1d

    steps = max(1, -(-len(samples) // _STEP))
    padded = np.zeros(steps * _STEP, np.float32)
    padded[: len(samples)] = samples
    power = (padded.reshape(steps, _STEP) ** 2).mean(axis=1)
    return 10 * np.log10(uniform_filter1d(power, 3) + 1e-9)


def _ballistic(wanted_db: np.ndarray) -> np.ndarray:
    """Reductions that come quickly and go slowly."""
    attack, release = (float(np.exp(-_STEP / RATE / seconds)) for seconds in (_ATTACK_S, _RELEASE_S))
    state, out = 0.0, np.empty(len(wanted_db))
    for i, wanted in enumerate(wanted_db.tolist()):
        pull = attack if wanted > state else release
        state = pull * state + (1 - pull) * wanted
        out[i] = state
    return out


def _curve(gain: np.ndarray, count: int) -> Samples:
    """A gain given every 5 ms, at every sample."""
    return np.interp(np.arange(count), (np.arange(len(gain)) + 0.5) * _STEP, gain).astype(np.float32)
