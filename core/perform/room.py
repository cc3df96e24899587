"""One room for the whole band: a stereo impulse response of our own, and convolution with it.

Early reflections, then noise that decays faster the higher it is (Moorer 1979, "About this reverberation
business"). It is reckoned at half the rate, as nothing of it lies above 9 kHz.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

RATE = 44_100
_HALF = RATE // 2
_LENGTH_S = 1.6
_PREDELAY_S = 0.018
_BANDS = (
    (120.0, 1.25),
    (400.0, 1.35),
    (1_200.0, 1.2),
    (3_000.0, 0.9),
    (6_000.0, 0.6),
)  # centre Hz, seconds to -60 dB
_EARLY = (
    (0.0071, 0.9, 0.3),
    (0.0113, 0.4, 0.8),
    (0.0167, 0.7, 0.2),
    (0.0229, 0.2, 0.6),
    (0.0311, 0.45, 0.25),
    (0.0407, 0.2, 0.4),
)  # seconds, left, right


@cache
def impulse_response() -> Samples:
    """(2, m) at 22.05 kHz, of energy 1 in each channel."""
    from scipy.signal import butter, sosfilt

    count = round(_LENGTH_S * _HALF)
    time_s = np.arange(count) / _HALF
    noise = np.random.default_rng(7).standard_normal((2, count))
    tail = np.zeros((2, count))
    for centre, decay_s in _BANDS:
        edges = [centre / 1.9, min(centre * 1.9, 9_500.0)]
        band = sosfilt(butter(2, edges, "bandpass", fs=_HALF, output="sos"), noise, axis=1)
        tail += band * 10 ** (-3 * time_s / decay_s)
    tail *= 1 - np.exp(-time_s / 0.012)  # the reflections thicken before they die
    response = np.zeros((2, count))
    late = round(_PREDELAY_S * _HALF)
    response[:, late:] = tail[:, : count - late] / np.sqrt((tail**2).sum(axis=1, keepdims=True))
    for at_s, left, right in _EARLY:
        response[:, round((at_s + 0.004) * _HALF)] += 0.22 * np.array([left, right])
    response *= np.minimum(1, (count - np.arange(count)) / (0.1 * _HALF))
    return (response / np.sqrt((response**2).sum(axis=1, keepdims=True))).astype(np.float32)


def reverberate(send: Samples) -> Samples:
    """What the room answers to a mono send (n,) at 44.1 kHz: (2, n)."""
    from scipy import fft

    count = len(send)
    half = np.zeros(count // 2 + 1, dtype=np.float32)
    half[: count // 2] = 0.5 * (send[0 : count // 2 * 2 : 2] + send[1 : count // 2 * 2 : 2])
    size = fft.next_fast_len(len(half) + impulse_response().shape[1], real=True)
    wet = np.empty((2, count), dtype=np.float32)
    spectrum = fft.rfft(half, size)
    for channel, response in enumerate(impulse_response()):
        answer = fft.irfft(spectrum * fft.rfft(response, size), size)[: count // 2 + 1]
        wet[channel, 0::2] = answer[: (count + 1) // 2]
        wet[channel, 1::2] = 0.5 * (answer[: count // 2] + answer[1 : count // 2 + 1])
    return wet
