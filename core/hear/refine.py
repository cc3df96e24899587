"""A truer pitch: swift-f0's answer, corrected by the phases of the harmonics under it.

swift-f0 errs by up to ten cents with the frequency's place between its bins, and now and then by an octave.
The instantaneous frequency of a spectral peak (Auger & Flandrin 1995, time-frequency reassignment) has no bins:
every frame's pitch becomes the weighted mean of what its first harmonics say, where they agree with it. The
energy between the harmonics, and that of the odd ones, tells octaves (after Hermes 1988, subharmonic summation).
"""

from dataclasses import replace

import numpy as np

from core.hear.pitch import PitchTrack

RATE = 16_000
WINDOW = 1024
HARMONICS = 5
BELIEVED_CENTS = 40.0     # a harmonic further from swift-f0's pitch belongs to something else
OCTAVE_FRAMES = 9         # an octave lower is judged over this many frames together
BETWEEN = 0.20            # energy half-way between harmonics, of all, from which the voice is an octave lower
ODD = 0.004               # energy of the odd harmonics, of all, below which it is an octave higher
HIGHEST_HZ = 7_000.0


def refined(samples: np.ndarray, track: PitchTrack) -> PitchTrack:
    """The track with voiced frames moved to the pitch their harmonics have. ``samples``: mono at 16 kHz."""
    frames = np.flatnonzero(track.confidence >= 0.4)
    starts = np.round(frames * track.hop_s * RATE).astype(int)
    if not len(frames):
        return track
    padded = np.pad(samples, WINDOW // 2 + 1)
    midi = track.pitch_midi.copy()
    for chunk in np.array_split(np.arange(len(frames)), max(1, len(frames) // 1000)):
        power, frequency = _reassigned(padded, starts[chunk])
        coarse = 440 * 2 ** ((midi[frames[chunk]] - 69) / 12)
        coarse = coarse * _octaves(power, coarse)
        midi[frames[chunk]] = 69 + 12 * np.log2(_mean_of_harmonics(power, frequency, coarse) / 440)
    return replace(track, pitch_midi=midi)


def _reassigned(padded: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Power and instantaneous frequency in Hz, (frames, bins) each."""
    n = np.arange(WINDOW)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * (n + 0.5) / WINDOW)).astype(np.float32)
    slope = (np.pi / WINDOW * np.sin(2 * np.pi * (n + 0.5) / WINDOW)).astype(np.float32)
    cut = padded[starts[:, None] + n]
    plain, derived = np.fft.rfft(cut * window), np.fft.rfft(cut * slope)
    power = plain.real ** 2 + plain.imag ** 2 + 1e-20
    shift = -(derived * plain.conj()).imag / power
    return power, np.fft.rfftfreq(WINDOW, 1 / RATE) + shift * RATE / (2 * np.pi)


def _at(power: np.ndarray, hz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bin of the strongest of the three bins around ``hz`` (frames,), and its power (0 above HIGHEST_HZ)."""
    rows = np.arange(len(hz))
    centre = np.clip(np.round(hz * WINDOW / RATE).astype(int), 1, power.shape[1] - 2)
    best = centre - 1 + np.stack([power[rows, centre + k] for k in (-1, 0, 1)]).argmax(0)
    return best, np.where(hz < HIGHEST_HZ, power[rows, best], 0.0)


def _octaves(power: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """0.5, 1 or 2 for every frame: by what its pitch is to be multiplied."""
    whole = np.stack([_at(power, hz * h)[1] for h in range(1, 9)])
    halves = np.stack([_at(power, hz * (h + 0.5))[1] for h in range(4)])
    lower = _summed(halves.sum(0)) / (_summed(whole.sum(0)) + 1e-20) > BETWEEN
    higher = whole[::2].sum(0) / (whole.sum(0) + 1e-20) < ODD  # so plain a sign that one frame tells
    return np.where(lower & (hz > 140), 0.5, np.where(higher & (hz < 900), 2.0, 1.0))


def _summed(energy: np.ndarray) -> np.ndarray:
    return np.convolve(energy, np.ones(OCTAVE_FRAMES), "same")


def _mean_of_harmonics(power: np.ndarray, frequency: np.ndarray, hz: np.ndarray) -> np.ndarray:
    rows = np.arange(len(hz))
    total, weights = 1e-3 * power.max(1) * hz, 1e-3 * power.max(1)  # the coarse pitch, where nothing agrees
    for h in range(1, HARMONICS + 1):
        best, strength = _at(power, hz * h)
        heard = frequency[rows, best] / h
        near = np.abs(heard - hz) < hz * (2 ** (BELIEVED_CENTS / 1200) - 1)
        weight = np.where(near, strength, 0.0) * h
        total, weights = total + weight * heard, weights + weight
    return total / weights
