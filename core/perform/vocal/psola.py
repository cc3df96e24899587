"""Time and pitch changed apart: pitch-synchronous overlap-add.

Two periods round each pitch mark are one grain; grains set down nearer together sound higher, repeated or left out
they last longer or shorter. As a grain holds the vowel's own response, the formants stay where they are (Moulines &
Charpentier 1990, "Pitch-synchronous waveform processing techniques", TD-PSOLA).
"""

import numpy as np

from core.perform.vocal.marks import RATE, Marks
from core.perform.vocal.take import Floats, Samples

_LONGEST_S = 0.016  # half a grain
_CHUNK = 4_000  # grains at a time


def sing(samples: Samples, marks: Marks, time_map: tuple[Floats, Floats], pitch_ratio: tuple[Floats, Floats],
         out: Samples) -> None:
    """Add a stretch of a recording to ``out`` (n,), warped.

    ``time_map``: increasing times in ``out`` and the recording's times that are heard there, in seconds; it also
    says where the stretch begins and ends. ``pitch_ratio``: the recording's times in seconds, and by how much the
    frequency there is multiplied.
    """
    grain, place = _score(marks, time_map, pitch_ratio)
    if not len(grain):
        return
    gaps = np.clip(np.diff(marks.at), 2.0, _LONGEST_S * RATE)
    left, right = np.concatenate([gaps[:1], gaps]), np.concatenate([gaps, gaps[-1:]])
    spread = np.diff(place, append=place[-1] + right[grain[-1]])
    level = np.sqrt(np.clip(spread / right[grain], 0.4, 1.6))  # as many grains more, as much softer each
    level[~marks.voiced[grain]] = 1.0
    # a noise that comes again at once would buzz: every other time it is turned round
    again = np.concatenate([[False], (grain[1:] == grain[:-1])]) & ~marks.voiced[grain]
    turned = np.where(np.cumsum(again) * again % 2 == 1, -1.0, 1.0)
    for chunk in range(0, len(grain), _CHUNK):
        part = slice(chunk, chunk + _CHUNK)
        _add(samples, marks.at[grain[part]], place[part], left[grain[part]], right[grain[part]], level[part],
             turned[part], out)


def _score(marks: Marks, time_map: tuple[Floats, Floats], pitch_ratio: tuple[Floats, Floats]
           ) -> tuple[np.ndarray, Floats]:
    """(index of the mark, place in fractional output samples) of every grain."""
    out_s, in_s = time_map
    start, end = out_s[0] * RATE, out_s[-1] * RATE
    steps = np.arange(start, end, 44.1)  # the map, every millisecond
    heard = np.interp(steps, out_s * RATE, in_s)
    nearest = np.searchsorted(0.5 * (marks.at[1:] + marks.at[:-1]), heard * RATE)
    period = np.diff(marks.at, append=marks.at[-1] + 265.0)[nearest]
    ratio = np.where(marks.voiced[nearest], np.interp(heard, *pitch_ratio), 1.0)
    advance = np.clip(period / ratio, 8.0, 0.025 * RATE).tolist()
    which = nearest.tolist()
    grain, place, at = [], [], start
    while at < end - 1:
        step = min(int((at - start) / 44.1), len(which) - 1)
        grain.append(which[step])
        place.append(at)
        at += advance[step]
    return np.array(grain, np.int64), np.array(place)


def _add(samples: Samples, mark: Floats, place: Floats, left: Floats, right: Floats, level: Floats, turned: Floats,
         out: Samples) -> None:
    """Windowed grains, read between the samples (Catmull-Rom), into ``out``."""
    first = np.ceil(place - left).astype(np.int64)
    count = (np.floor(place + right).astype(np.int64) - first + 1).clip(min=0)
    of = np.repeat(np.arange(len(mark)), count)
    inside = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    at = first[of] + inside
    off = at - place[of]
    width = np.where(off < 0, left[of], right[of])
    window = (0.5 + 0.5 * np.cos(np.pi * off / width)) * level[of]
    source = mark[of] + turned[of] * off
    whole = np.floor(source).astype(np.int64)
    good = (whole >= 1) & (whole < len(samples) - 2) & (at >= 0) & (at < len(out))
    at, whole, window, f = at[good], whole[good], window[good], (source - whole)[good]
    a, b, c, d = (samples[whole + k] for k in (-1, 0, 1, 2))
    value = b + 0.5 * f * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a)))
    low, high = int(at.min(initial=0)), int(at.max(initial=-1)) + 1
    if high > low:
        out[low:high] += np.bincount(at - low, value * window, high - low).astype(np.float32)
