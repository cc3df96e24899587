"""The channel strip: each player's tone and touch before the balance is struck.

One bell of equalisation, where a family of instruments wants it (mud out of guitars and pianos, boxes out of drums,
presence for who leads), a gentle compressor, and the kick drum's pull on those who make room for it. The compressor
and the pull are gains known every 10 ms, applied to the samples once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.music import Note, Track
from core.theory import GM_DRUMS

Samples = npt.NDArray[np.float32]

RATE = 44_100
STEP = 441  # 10 ms
_ATTACK_S, _RELEASE_S = 0.012, 0.15
_RANGE_DB = 9.0  # the most that a compressor takes
_PULL_S = 0.2  # until a side-chained player is back after a kick
_BITE_DB = 5.0  # a bow's accent on each note of a lead: FluidR3's fiddles swell, and were lost in the band
_BOWED = frozenset({40, 41, 42, 110})
_KICKS = frozenset({35, GM_DRUMS["kick"]})  # General MIDI has two
# Keeps a recursive filter's state off the denormals, which are a tenth as quick: -300 dB, and a high-pass takes it off
_WHISPER = np.float32(1e-15)


@dataclass(frozen=True)
class Strip:
    """``bell``: (centre in Hz, gain in dB, quality), or none; ``ratio`` of the compressor, 1 for none."""

    bell: tuple[float, float, float] | None = None
    ratio: float = 1.0


_BY_ROLE = {
    "drums": Strip((380.0, -3.0, 0.8), 1.8),
    "bass": Strip((260.0, -3.0, 0.8), 3.0),
    "melody": Strip((2_900.0, 2.0, 0.7), 1.8),
}
_BY_FAMILY = {  # a General MIDI program / 8
    0: Strip((300.0, -2.5, 0.8)),  # pianos
    2: Strip((350.0, -2.0, 0.8)),  # organs
    3: Strip((260.0, -2.5, 0.8), 1.6),  # guitars
    6: Strip((400.0, -2.0, 0.7)),  # ensembles
    7: Strip(None, 1.6),  # brass
    11: Strip((350.0, -3.0, 0.7)),  # pads
}
_PLAIN = Strip()


def strip_of(track: Track) -> Strip:
    """What a track is played through: by its role, else by its instrument's family."""
    return _BY_ROLE.get(track.role) or _BY_FAMILY.get(track.program // 8, _PLAIN)


def bites(track: Track) -> bool:
    """Whether the track's notes want an accent: a tune that is bowed."""
    return track.role == "melody" and track.program in _BOWED


def through_strip(stem: Samples, track: Track, kicks_s: npt.NDArray[np.float64],
                  onsets_s: npt.NDArray[np.float64] | None = None) -> None:
    """Play a (2, n) stem through its track's strip, in place. ``kicks_s``: when the kick drum is struck;
    ``onsets_s``: when the track's own notes begin, where they want an accent (:func:`bites`)."""
    strip = strip_of(track)
    if strip.bell is not None:
        from scipy.signal import lfilter  # of one section, in two thirds of sosfilt's time

        over, under = _bell(*strip.bell)
        stem += _WHISPER
        for channel in stem:
            channel[:] = lfilter(over, under, channel)
    reduction = np.zeros(-(-stem.shape[1] // STEP))
    if strip.ratio > 1:
        reduction += compression_db(stem, strip.ratio)
    if track.duck_db and len(kicks_s):
        reduction += pull_db(kicks_s, track.duck_db, len(reduction))
    if onsets_s is not None:
        reduction -= pull_db(onsets_s, _BITE_DB, len(reduction))
    if reduction.any():
        _apply(stem, 10 ** (-reduction / 20))


def _bell(centre_hz: float, gain_db: float, quality: float) -> npt.NDArray[np.float32]:
    """A peaking filter of Bristow-Johnson's cookbook: numerator and denominator, (2, 3)."""
    w, amp = 2 * np.pi * centre_hz / RATE, 10 ** (gain_db / 40)
    alpha, cos = np.sin(w) / (2 * quality), np.cos(w)
    top, bottom = [1 + alpha * amp, -2 * cos, 1 - alpha * amp], [1 + alpha / amp, -2 * cos, 1 - alpha / amp]
    return (np.array([top, bottom]) / bottom[0]).astype(np.float32)


def compression_db(stem: Samples, ratio: float) -> npt.NDArray[np.float64]:
    """By how much the loud moments of a stem come down, every 10 ms."""
    power = _power(stem)
    if not power.any():
        return np.zeros(len(power))
    threshold = 10 * np.log10(power[power > power.max() * 1e-3].mean())
    over = np.clip(10 * np.log10(power + 1e-12) - threshold, 0, None) * (1 - 1 / ratio)
    attack, release = (float(np.exp(-STEP / RATE / seconds)) for seconds in (_ATTACK_S, _RELEASE_S))
    out, state = np.empty(len(over)), 0.0
    for index, wanted in enumerate(np.minimum(over, _RANGE_DB).tolist()):
        pull = attack if wanted > state else release
        state = pull * state + (1 - pull) * wanted
        out[index] = state
    return out


def _power(stem: Samples) -> npt.NDArray[np.float64]:
    """Mean power of every 10 ms, the last piece included."""
    whole = stem.shape[1] // STEP
    blocks = stem[:, :whole * STEP].reshape(2, whole, STEP)
    power = np.einsum("cbs,cbs->b", blocks, blocks).astype(np.float64) / STEP
    rest = stem[:, whole * STEP:]
    return np.append(power, np.square(rest).sum() / STEP) if rest.shape[1] else power


def pull_db(kicks_s: npt.NDArray[np.float64], depth_db: float, steps: int) -> npt.NDArray[np.float64]:
    """By how much each kick presses a player down (or each onset lifts it), every 10 ms: at once, and back in a fifth
    of a second."""
    out = np.zeros(steps)
    width = round(_PULL_S * RATE / STEP)
    shape = depth_db * np.cos(0.5 * np.pi * np.arange(width) / width) ** 2
    for start in np.round(kicks_s * RATE / STEP).astype(int).tolist():
        here = out[start:start + width]
        np.maximum(here, shape[:len(here)], out=here)
    return out


def _apply(stem: Samples, gain: npt.NDArray[np.float64]) -> None:
    """A gain given every 10 ms, in straight lines between the steps' middles, into the samples."""
    edges = np.concatenate(([gain[0]], 0.5 * (gain[1:] + gain[:-1]), [gain[-1]])).astype(np.float32)
    ramp = np.arange(STEP, dtype=np.float32) / STEP
    curve = edges[:-1, None] + (edges[1:] - edges[:-1])[:, None] * ramp
    stem *= curve.ravel()[:stem.shape[1]]


def kicks_of(drums: Sequence[Note], bpm: float) -> npt.NDArray[np.float64]:
    """When the kick drum is struck, in seconds."""
    return np.array([note.onset_beats * 60 / bpm for note in drums if note.pitch in _KICKS])
