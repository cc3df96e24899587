"""The door of the vocal desk: a recording and where its notes belong, the finished voice out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.perform.vocal.clean import denoised, polished
from core.perform.vocal.marks import RATE, pitch_marks
from core.perform.vocal.place import pitch_map, time_map
from core.perform.vocal.psola import sing
from core.perform.vocal.take import Placed, Recording, Samples, Vocal

_FADE_S = 0.025
_BREATH_GAP_S, _BREATH = 0.6, 0.25  # in shorter gaps the breath stays, softened
_BEFORE_S, _AFTER_S = 0.07, 0.1  # sounding round a note


def vocal(recording: Recording, tellings: Sequence[Sequence[Placed]], duration_s: float) -> Vocal:
    """The voice in the song's time, in tune and in time with it, ready to be mixed.

    ``tellings``: each time the tune is told, its notes in order. The same input gives the same samples.
    """
    clean = replace(recording, samples=denoised(recording.samples))
    marks = pitch_marks(clean)
    out = np.zeros(round(duration_s * RATE), np.float32)
    spans = []
    for notes in tellings:
        if not notes:
            continue
        times = time_map(notes)
        told = np.zeros_like(out)
        sing(clean.samples, marks, times, pitch_map(clean, notes), told)
        told *= _gate(notes, len(out))
        out += told
        spans.append((notes[0].onset_s, notes[-1].end_s))
    return Vocal(polished(out), tuple(spans))


def _gate(notes: Sequence[Placed], count: int) -> Samples:
    """Open while notes sound, half open for a breath between them, closed elsewhere; without corners."""
    at, value = [0.0], [0.0]

    def to(time_s: float, gain: float) -> None:
        at.append(max(time_s, at[-1]))
        value.append(gain)

    for i, note in enumerate(notes):
        start, end = note.onset_s - _BEFORE_S, note.end_s + _AFTER_S
        if i == 0:
            to(start - _FADE_S, 0.0)
            to(start, 1.0)
        if i + 1 == len(notes):
            to(end, 1.0)
            to(end + _FADE_S, 0.0)
            break
        gap = notes[i + 1].onset_s - _BEFORE_S - end
        if gap > 2 * _FADE_S:
            rest = _BREATH if gap < _BREATH_GAP_S else 0.0
            for time_s, gain in ((end, 1.0), (end + _FADE_S, rest), (end + gap - _FADE_S, rest), (end + gap, 1.0)):
                to(time_s, gain)
    openness = np.interp(np.arange(count) / RATE, at, value)
    return (0.5 - 0.5 * np.cos(np.pi * openness)).astype(np.float32)
