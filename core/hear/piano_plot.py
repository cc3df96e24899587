"""The picture of a voice that became a piano: both spectrograms, and the notes between them."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.audio import Sound
from core.hear.plot import pitch_spectrogram
from core.music import SungNote

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RATE = 16_000
PAPER, INK, FAINT = "#14151c", "#c8cad6", "#2a2c38"
VOICE_COLOUR, KEY_COLOUR, LEFT_COLOUR = "magma", "#ffd166", "#5cd6ff"
LOWEST, HIGHEST = 33.0, 108.0  # of the spectrograms: 55 Hz to 4.2 kHz


def draw_piano(voice: Sound, piano: Sound, notes: Sequence[SungNote], left: Sequence[SungNote] = (), *,
               title: str = "") -> bytes:
    """A PNG, 1400 by 1000: the voice above, the piano below, and the notes in the middle; time runs across all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 10), dpi=100, layout="constrained", facecolor=PAPER)
    above, middle, below = figure.subplots(3, 1, sharex=True, height_ratios=(4, 3, 4))
    length = max(voice.duration_s, piano.duration_s, 0.1)
    for axes, sound, name in ((above, voice, "voice"), (below, piano, "piano")):
        _spectrogram(axes, sound, name)
    _notes(middle, notes, left)
    above.set_xlim(0, length)
    below.set_xlabel("seconds", color=INK, fontsize=10)
    if title:
        above.set_title(title, color=INK, fontsize=13, loc="left")
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out)
    return out.getvalue()


def _dressed(axes: "Axes", name: str) -> None:
    axes.set_facecolor(PAPER)
    axes.tick_params(colors=INK, labelsize=8)
    axes.set_ylabel(name, color=INK, fontsize=11)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _octaves(axes: "Axes", low: float, high: float) -> None:
    ticks = [m for m in range(int(np.ceil(low)), int(high) + 1) if m % 12 == 0]
    axes.set_yticks(ticks, [f"C{m // 12 - 1}" for m in ticks])


def _spectrogram(axes: "Axes", sound: Sound, name: str) -> None:
    _dressed(axes, name)
    image = pitch_spectrogram(sound.at(RATE).samples, LOWEST, HIGHEST)
    axes.imshow(image, origin="lower", aspect="auto", cmap=VOICE_COLOUR, vmin=-65, vmax=-3,
                extent=(0, sound.duration_s, LOWEST, HIGHEST), interpolation="bilinear")
    _octaves(axes, LOWEST, HIGHEST)


def _notes(axes: "Axes", notes: Sequence[SungNote], left: Sequence[SungNote]) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    _dressed(axes, "notes")
    pitches = [n.pitch_midi for n in (*notes, *left)] or [60.0]
    low, high = min(pitches) - 3, max(pitches) + 3
    for pitch in range(int(low), int(high) + 1):
        if pitch % 12 in (1, 3, 6, 8, 10):  # the black keys
            axes.axhspan(pitch - 0.5, pitch + 0.5, color=FAINT, linewidth=0, alpha=0.6)
    for part, colour in ((left, LEFT_COLOUR), (notes, KEY_COLOUR)):
        boxes = [Rectangle((n.onset_s, n.pitch_midi - 0.42), max(n.duration_s, 0.02), 0.84) for n in part]
        loud = np.array([n.loudness_db for n in part])
        shade = np.clip(1.0 + (loud - loud.max(initial=-90.0)) / 40, 0.35, 1.0) if len(part) else loud
        rgb = tuple(int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))
        axes.add_collection(PatchCollection(boxes, facecolors=[(*rgb, a) for a in shade.tolist()], linewidths=0))
    axes.set_ylim(low, high)
    _octaves(axes, low, high)
