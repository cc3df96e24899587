"""What the note judge looks at: the surroundings of a candidate note in basic-pitch's activations and the spectrum.

Around the candidate's onset and pitch, and around those pitches whose partials fall together with its own (octaves,
twelfths, tenths above and below), as what is heard there decides whether it is a note or somebody's overtone.
"""

import numpy as np
import numpy.typing as npt

from core.hear.note_events import Candidates
from core.hear.posteriors import LOWEST_MIDI, RATE, Posteriors

Floats = npt.NDArray[np.float32]

WINDOW = 2_048
SPECTRUM_PITCHES = 112          # MIDI 21 to 132
FLOOR_DB = -80.0
OFFSETS = np.array([0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -7, 7, -12, 12, -19, 19, -24, 24, -28, 28, -31, 31, 34,
                    -36, 36])
NOTE_FRAMES = np.array([-12, -6, -3, -1, 0, 1, 2, 3, 4, 6, 9, 14, 20])
ONSET_FRAMES = np.array([-8, -5, -3, -2, -1, 0, 1, 2, 3, 5, 8])
SPECTRUM_FRAMES = np.array([-8, -4, -2, 0, 2, 4, 6, 10, 16])
CONTOUR_BINS = np.arange(-2, 5)
CONTOUR_FRAMES = np.array([-2, 0, 2, 5, 10])
REGISTERS = np.linspace(24, 105, 10)
SIDE = 36                       # pitches of padding, so that every offset falls inside
LONG = 24                       # frames of padding
COUNT = (len(OFFSETS) * (len(NOTE_FRAMES) + len(ONSET_FRAMES) + len(SPECTRUM_FRAMES))
         + len(CONTOUR_BINS) * len(CONTOUR_FRAMES) + len(REGISTERS) + 7)


def pitch_spectrum(samples: Floats, times_s: npt.NDArray[np.float64]) -> Floats:
    """(frames, 112) level at each pitch from MIDI 21 up, centred on those times, from -1 (80 dB under the loud
    frames) to 1."""
    half = WINDOW // 2
    padded = np.pad(samples, (half, WINDOW))
    starts = np.minimum(np.round(times_s * RATE).astype(int), len(padded) - WINDOW)
    window = np.hanning(WINDOW).astype(np.float32)
    lower, upper, part = _bins()
    out = np.empty((len(starts), SPECTRUM_PITCHES), np.float32)
    for first in range(0, len(starts), 1_000):
        few = slice(first, first + 1_000)
        spectrum = np.fft.rfft(padded[starts[few][:, None] + np.arange(WINDOW)] * window)
        power = (spectrum.real ** 2 + spectrum.imag ** 2).astype(np.float32)
        between = power[:, lower] * (1 - part) + power[:, lower + 1] * part
        out[few] = np.maximum(between, np.where(upper > lower + 1, power[:, np.minimum(upper, half)], 0))
    db = 10 * np.log10(out + 1e-9)
    reference = np.quantile(db.max(1), 0.98) if len(db) else 0.0
    return np.clip((db - reference) / -FLOOR_DB * 2 + 1, -1, 1.2).astype(np.float32)


def _bins() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every pitch: the bin under it, the bin nearest to its upper edge, and where it lies between bins."""
    hz = 440 * 2 ** ((np.arange(SPECTRUM_PITCHES) + LOWEST_MIDI - 69) / 12)
    at = hz * WINDOW / RATE
    lower = np.minimum(at.astype(int), WINDOW // 2 - 1)
    upper = np.round(at * 2 ** (0.35 / 12)).astype(int)
    return lower, upper, (at - lower).clip(0, 1).astype(np.float32)


def note_features(heard: Posteriors, spectrum: Floats, found: Candidates, of: slice = slice(None)) -> Floats:
    """(n, COUNT) float32 of the candidates in ``of``. ``spectrum``: as from :func:`pitch_spectrum`."""
    onset, pitch = found.onset[of], found.pitch[of]
    n = len(onset)
    if not n:
        return np.zeros((0, COUNT), np.float32)
    first, last = int(onset.min()) - LONG, int(onset.max()) + LONG + 1
    row = onset[:, None, None] - first
    columns = []
    for image, frames, fill in ((heard.note, NOTE_FRAMES, 0.0), (heard.onset, ONSET_FRAMES, 0.0),
                                (spectrum, SPECTRUM_FRAMES, -1.0)):
        near = _around(image, first, last, SIDE, fill)
        columns.append(near[row + frames[None, :, None], pitch[:, None, None] + SIDE + OFFSETS].reshape(n, -1))
    near = _around(heard.contour, first, last, 6, 0.0)
    columns.append(near[row + CONTOUR_FRAMES[None, :, None],
                        3 * pitch[:, None, None] + 6 + CONTOUR_BINS].reshape(n, -1))
    midi = pitch + LOWEST_MIDI
    columns.append(np.exp(-0.5 * ((midi[:, None] - REGISTERS) / 6) ** 2))
    columns.append(_summary(heard, found)[of])
    return np.concatenate(columns, axis=1).astype(np.float32)


def _around(image: Floats, first: int, last: int, side: int, fill: float) -> Floats:
    """Frames ``first`` to ``last`` of an image, and ``side`` columns more on each side, ``fill`` for none."""
    rows = (max(0, -first), max(0, last - len(image)))
    return np.pad(image[max(0, first):last], (rows, (side, side)), constant_values=fill)


def _summary(heard: Posteriors, found: Candidates) -> Floats:
    """(all candidates, 7): its strength, how far its neighbours of the same pitch are and how strong, and how much
    begins at the same moment in all."""
    n = len(found.onset)
    out = np.zeros((n, 7), np.float32)
    out[:, 0] = found.strength
    order = np.lexsort((found.onset, found.pitch))
    pitch, onset, strength = found.pitch[order], found.onset[order], found.strength[order]
    same = pitch[1:] == pitch[:-1]
    gap = np.where(same, np.minimum((onset[1:] - onset[:-1]) / 20, 2), 2)
    out[order[1:], 1] = gap
    out[order[:1], 1] = 2
    out[order[:-1], 2] = gap
    out[order[-1:], 2] = 2
    out[order[1:], 3] = np.where(same, strength[:-1], 0)
    out[order[:-1], 4] = np.where(same, strength[1:], 0)
    begins = np.maximum(heard.onset - 0.2, 0).sum(1)
    at_once = np.convolve(begins, np.ones(5), "same")
    out[:, 5] = np.minimum(at_once[found.onset] / 10, 3) if n else 0
    out[:, 6] = np.minimum(heard.note[found.onset].sum(1) / 10, 3) if n else 0
    return out
