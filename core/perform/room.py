"""One room for the whole band and a plate for those in front: stereo impulse responses of our own.

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
_LOW_CUT_HZ = 150.0  # a room that answers the bass is mud
_FRAME = 131_072  # of the convolution, nearly four times the response
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


# A plate answers at once, densely and brightly: all bands nearly alike, no reflections, no delay.
_PLATE_BANDS = ((300.0, 0.9), (1_000.0, 1.3), (2_500.0, 1.5), (5_000.0, 1.4), (8_000.0, 1.0))


@cache
def impulse_response() -> Samples:
    """The room: (2, m) at 22.05 kHz, of energy 1 in each channel."""
    tail = _tail(_BANDS, seed=7, thickens_s=0.012)
    count = tail.shape[1]
    response = np.zeros_like(tail)
    late = round(_PREDELAY_S * _HALF)
    response[:, late:] = tail[:, : count - late]
    for at_s, left, right in _EARLY:
        response[:, round((at_s + 0.004) * _HALF)] += 0.22 * np.array([left, right])
    return _of_energy_one(response)


@cache
def plate_response() -> Samples:
    """The plate: (2, m) at 22.05 kHz, of energy 1 in each channel."""
    return _of_energy_one(_tail(_PLATE_BANDS, seed=11, thickens_s=0.003))


def _tail(bands: tuple[tuple[float, float], ...], *, seed: int, thickens_s: float) -> npt.NDArray[np.float64]:
    """Noise that dies in each band at its own speed, (2, m), of energy 1 in each channel."""
    from scipy.signal import butter, sosfilt

    count = round(_LENGTH_S * _HALF)
    time_s = np.arange(count) / _HALF
    noise = np.random.default_rng(seed).standard_normal((2, count))
    tail = np.zeros((2, count))
    for centre, decay_s in bands:
        edges = [centre / 1.9, min(centre * 1.9, 9_500.0)]
        band = sosfilt(butter(2, edges, "bandpass", fs=_HALF, output="sos"), noise, axis=1)
        tail += band * 10 ** (-3 * time_s / decay_s)
    tail *= 1 - np.exp(-time_s / thickens_s)  # the reflections thicken before they die
    return tail / np.sqrt((tail**2).sum(axis=1, keepdims=True))


def _of_energy_one(response: npt.NDArray[np.float64]) -> Samples:
    """A response faded out at its end, (2, m), of energy 1 in each channel."""
    count = response.shape[1]
    response = response * np.minimum(1, (count - np.arange(count)) / (0.1 * _HALF))
    return (response / np.sqrt((response**2).sum(axis=1, keepdims=True))).astype(np.float32)


@cache
def _spectra() -> npt.NDArray[np.complex64]:
    """The transforms of room and plate, (2 rooms, 2 sides, bins)."""
    from scipy import fft

    return fft.rfft(np.stack([impulse_response(), plate_response()]), _FRAME)


def reverberate(sends: Samples) -> Samples:
    """What room and plate answer to their mono sends (2, n) at 44.1 kHz, or the room alone to one (n,): (2, n).

    Overlap-add convolution.
    """
    from scipy import fft
    from scipy.signal import butter, sosfilt

    sends = np.atleast_2d(sends)
    count = sends.shape[1]
    halved = -(-count // 2)
    hop = _FRAME - impulse_response().shape[1] + 1
    frames = -(-halved // hop)
    half = np.zeros((len(sends), frames * hop), dtype=np.float32)
    half[:, : count // 2] = 0.5 * (sends[:, : count // 2 * 2 : 2] + sends[:, 1::2])
    half += np.float32(1e-15)  # off the denormals; the low cut takes it off again
    low_cut = butter(1, _LOW_CUT_HZ, "highpass", fs=_HALF, output="sos").astype(np.float32)
    half = np.stack([sosfilt(low_cut, one) for one in half])
    asked = fft.rfft(half.reshape(len(sends), frames, hop), _FRAME, workers=2)
    answer_bins = sum(send[:, None] * response for send, response in zip(asked, _spectra(), strict=False))
    answers = fft.irfft(answer_bins, _FRAME, workers=2)
    answer = np.zeros((2, frames * hop + _FRAME), dtype=np.float32)
    for frame in range(frames):
        answer[:, frame * hop : frame * hop + _FRAME] += answers[frame]
    wet = np.empty((2, 2 * halved), dtype=np.float32)
    wet[:, 0::2] = answer[:, :halved]
    wet[:, 1::2] = 0.5 * (answer[:, :halved] + answer[:, 1 : halved + 1])
    return wet[:, :count]
