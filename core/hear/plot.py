"""A picture of what was heard: the spectrogram, the pitch track over it, and the notes."""

import io

import numpy as np

from core import theory
from core.audio import Sound
from core.hear.voice import SungLine

RATE = 16_000
HOP = 160
WINDOW = 2048
BINS_PER_SEMITONE = 2


def draw_notes(sound: Sound, line: SungLine, *, width: float = 12.0, height: float = 5.0) -> bytes:
    """A PNG (100 dots per inch): time in seconds across, pitch as note names upwards.

    The spectrogram is laid on the same logarithmic pitch axis as the notes, so that each note covers the
    partial it was read from.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    samples = sound.at(RATE).samples
    low, high = _range(line)
    figure = Figure(figsize=(width, height), dpi=100, layout="constrained", facecolor="#14151c")
    axes = figure.subplots()
    axes.set_facecolor("#14151c")
    axes.imshow(pitch_spectrogram(samples, low, high), origin="lower", aspect="auto", cmap="magma",
                extent=(0, len(samples) / RATE, low, high), vmin=-55, vmax=0, interpolation="bilinear")
    axes.plot(np.arange(len(line.pitch_midi)) * line.hop_s, line.pitch_midi, color="#5cd6ff", linewidth=1.0)
    for note in line.notes:
        axes.add_patch(_box(note.onset_s, note.offset_s, note.pitch_midi))
        name = theory.name_of(round(note.pitch_midi) % 12, False)
        axes.annotate(f"{name}{round(note.pitch_midi) // 12 - 1}", (note.onset_s, note.pitch_midi + 0.55),
                      color="white", fontsize=7, clip_on=True)
    ticks = [m for m in range(int(np.ceil(low)), int(high) + 1) if m % 12 in (0, 2, 4, 5, 7, 9, 11)]
    axes.set_yticks(ticks, [f"{theory.name_of(m % 12, False)}{m // 12 - 1}" for m in ticks])
    axes.tick_params(colors="#c8cad6", labelsize=8)
    axes.set_xlabel("seconds", color="#c8cad6", fontsize=9)
    for spine in axes.spines.values():
        spine.set_visible(False)
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out)
    return out.getvalue()


def _box(onset_s: float, offset_s: float, pitch_midi: float):  # noqa: ANN202 (a lazily imported class)
    from matplotlib.patches import FancyBboxPatch

    return FancyBboxPatch((onset_s, pitch_midi - 0.4), offset_s - onset_s, 0.8, fill=False, edgecolor="#ffd166",
                          linewidth=1.6, boxstyle="round,pad=0,rounding_size=0.04", mutation_aspect=8)


def _range(line: SungLine) -> tuple[float, float]:
    """The pitches shown: those sung, and a few semitones around; C3 to C5 where nothing was."""
    pitches = [note.pitch_midi for note in line.notes] or [48.0, 72.0]
    low, high = min(pitches) - 4, max(pitches) + 5
    spare = max(0.0, 14 - (high - low)) / 2
    return low - spare, high + spare


def pitch_spectrogram(samples: np.ndarray, low: float, high: float) -> np.ndarray:
    """(bins, frames) in dB under the loudest, bins evenly spaced from MIDI pitch ``low`` to ``high``."""
    step = max(HOP, len(samples) // 2400)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, WINDOW // 2), WINDOW)[::step]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), 2 * WINDOW)) ** 2
    bins = np.arange(low, high, 1 / BINS_PER_SEMITONE)
    at = 440 * 2 ** ((bins - 69) / 12) * 2 * WINDOW / RATE
    floor = np.clip(at.astype(int), 0, power.shape[1] - 2)
    part = at - floor
    db = 10 * np.log10(power[:, floor] * (1 - part) + power[:, floor + 1] * part + 1e-12).T
    return db - db.max()
