"""More tunes than there are: bars of melody exchanged for others over the same chords, and charts given melodies.

A bar's melody, relative to the key, is replaced by that of any bar of the evergreens with the same chord functions
in the same places; bars that were alike stay alike. So the network meets each progression under many melodies,
and the progressions of jazz charts, which come without any.
"""

from collections import defaultdict
from dataclasses import replace

import numpy as np

from core.compose.harmony_frames import Frames

MELODIC = ("sounding", "attacked", "leapt", "at_start", "height")
Bar = tuple[np.ndarray, ...]  # the MELODIC arrays of one bar, pitch classes relative to the signature


class Donors:
    """Bars of melody by the chord functions under them."""

    def __init__(self, tunes: list[tuple[Frames, np.ndarray, int]]) -> None:
        self.bars: dict[tuple[int, ...], list[Bar]] = defaultdict(list)
        for frames, states, signature_pc in tunes:
            for bar in range(frames.bars):
                cut = slice(bar * frames.per_bar, (bar + 1) * frames.per_bar)
                if (states[cut] >= 0).all() and frames.sounding[cut].sum() > 0.3 * frames.per_bar:
                    self.bars[tuple(states[cut])].append(melody_of(frames, cut, signature_pc))

    def recombine(self, frames: Frames, states: np.ndarray, signature_pc: int, rng: np.random.Generator,
                  share: float) -> tuple[Frames, np.ndarray]:
        """``share`` of the different bars with the melodies of others; where none fits and the bar is silent,
        its chords are made unknown."""
        arrays = {name: getattr(frames, name).copy() for name in MELODIC}
        known, chosen = states.copy(), {}
        for bar in range(frames.bars):
            cut = slice(bar * frames.per_bar, (bar + 1) * frames.per_bar)
            function = tuple(states[cut])
            silent = not frames.sounding[cut].any()
            # Charts, which are silent, repeat a melody with their chords, eight bars being a phrase.
            same = (function, bar % 8 if silent else frames.sounding[cut].tobytes())
            if same not in chosen:
                fitting = self.bars.get(function, ())
                use = len(fitting) > 0 and (silent or rng.random() < share)
                chosen[same] = fitting[int(rng.integers(len(fitting)))] if use else None
            donor = chosen[same]
            if donor is not None:
                for name, values in zip(MELODIC, donor, strict=True):
                    arrays[name][cut] = np.roll(values, signature_pc, 1) if values.ndim == 2 else values
            elif silent:
                known[cut] = -1
        return replace(frames, **arrays), known


def melody_of(frames: Frames, cut: slice, signature_pc: int) -> Bar:
    """One bar's arrays, turned until the signature's tonic is 0."""
    values = (getattr(frames, name)[cut] for name in MELODIC)
    return tuple(np.roll(v, -signature_pc, 1) if v.ndim == 2 else v for v in values)
