"""The balance of a mix: every player at a level that was measured, and nobody in front of the tune."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from core.music import Track
from core.perform.synth import SAMPLE_RATE

Samples = npt.NDArray[np.float32]

# Loudness of these roles in dB against the melody's, where their track asks for 0 dB: the others stand
# just where their ``volume_db`` puts them.
_PLACES_DB = {"bass": -3.0, "drums": -2.0}
_MELODY_MARGIN_DB = 3.0
_MAX_CUT_DB, _MAX_BOOST_DB = 6.0, 3.0
_MAX_GAIN_DB = 24.0

_FRAME = 2048
_ANALYSIS_HOP = 8192
_BANDS_HZ = (60, 120, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000)
_MELODY_BANDS = slice(2, 6)  # 250 Hz to 4 kHz: where a tune is made out


def band_energies(stem: Samples) -> npt.NDArray[np.float64]:
    """Power of a (2, n) stem in octave bands, at some five moments a second: (moments, bands)."""
    from scipy.fft import rfft

    frames = np.lib.stride_tricks.sliding_window_view(stem, _FRAME, axis=1)[:, ::_ANALYSIS_HOP]
    window = np.hanning(_FRAME).astype(np.float32)
    spectrum = rfft(frames * window, axis=2)
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0) / (0.375 * _FRAME**2 / 2)
    edges = np.searchsorted(np.fft.rfftfreq(_FRAME, 1 / SAMPLE_RATE), _BANDS_HZ)
    return np.add.reduceat(power, edges, axis=1)[:, :-1].astype(np.float64)


# Loudness of each octave band, the ear's way: BS.1770's K weighting at the bands' centres, in dB.
_K_WEIGHT_DB = np.array([-1.6, -0.4, -0.1, 0.0, 0.7, 3.0, 3.9, 4.0])


def balance(tracks: Sequence[Track], bands: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Gain of every track in dB, from its band energies (tracks, moments, bands).

    First each track is set to its loudness. Then, over the moments in which the melody sounds and in the
    octaves it sounds in, every other track that comes nearer than 3 dB for more than a fifth of the time is
    turned down, by 6 dB at most, and the melody up for what is left.
    """
    weights = 10 ** (_K_WEIGHT_DB / 10)
    loudness = np.array([_active_loudness_db(energy @ weights) for energy in bands])
    wanted = np.array([_PLACES_DB.get(t.role, 0.0) + t.volume_db for t in tracks])
    gains = np.clip(wanted - 20.0 - loudness, -_MAX_GAIN_DB, _MAX_GAIN_DB)
    leads = [index for index, track in enumerate(tracks) if track.role == "melody"]
    if not leads:
        return gains
    lead = leads[0]
    left_over = 0.0
    for index in range(len(tracks)):
        if index != lead:
            short = _MELODY_MARGIN_DB - (_margin_db(bands[lead], bands[index]) + gains[lead] - gains[index])
            cut = float(np.clip(short, 0.0, _MAX_CUT_DB))
            gains[index] -= cut
            left_over = max(left_over, short - cut)
    gains[lead] += min(left_over, _MAX_BOOST_DB)
    return gains


def with_voice(tracks: Sequence[Track], bands: npt.NDArray[np.float64], gains: npt.NDArray[np.float64], voice: Track,
               voice_bands: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The gains of a balanced band and, last, of the voice that leads it: (tracks + 1,) in dB.

    Nobody is louder than without the voice; who would mask it is turned down, the melody's player apart, who
    doubles it.
    """
    others = [index for index, track in enumerate(tracks) if track.role != "melody"]
    lead = replace(voice, role="melody")
    led = balance([lead, *(tracks[index] for index in others)], np.stack([voice_bands, *bands[others]]))
    gains = gains.copy()
    gains[others] = np.minimum(gains[others], led[1:])
    return np.append(gains, led[0])


def _active_loudness_db(power: npt.NDArray[np.float64]) -> float:
    """Mean loudness of the moments in which something sounds."""
    if not power.any():
        return -90.0
    active = power > power.max() * 1e-3
    return float(10 * np.log10(power[active].mean()))


def _margin_db(lead: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """How far the lead lies above another track in the octave that carries the lead, four fifths of the time."""
    lead, other = lead[:, _MELODY_BANDS], other[:, _MELODY_BANDS]
    total = lead.sum(axis=1)
    active = total > total.max(initial=0.0) * 1e-2
    if not active.any():
        return np.inf
    lead, other = lead[active], other[active]
    band = lead.argmax(axis=1)
    rows = np.arange(len(band))
    return float(np.quantile(10 * np.log10((lead[rows, band] + 1e-12) / (other[rows, band] + 1e-12)), 0.2))
