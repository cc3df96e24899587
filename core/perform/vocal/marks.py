"""Pitch marks: one moment in every period of the voice, at the same place of the wave each time.

The fundamental's own phase tells them: the recording is turned back by the phase that the pitch track predicts
(heterodyning), what is left is the slow error of that prediction, and their sum passes a whole turn once a period.
Between voiced stretches marks stand at even distances.
"""

from dataclasses import dataclass

import numpy as np

from core.perform.vocal.take import Floats, Recording

RATE = 44_100
UNVOICED_S = 0.006  # distance of marks where nothing is voiced
_SMOOTH_S = 0.02  # of the phase's error: slower than any period, quicker than any glide
_SHORTEST_S = 0.03  # voiced stretches under this are noise
_PLACES = 16  # of the period tried for the mark


@dataclass(frozen=True)
class Marks:
    """``at`` (marks,) in fractional samples, increasing; ``voiced`` (marks,)."""

    at: Floats
    voiced: np.ndarray


def pitch_marks(recording: Recording) -> Marks:
    """Marks over the whole recording."""
    count = len(recording.samples)
    at: list[Floats] = []
    voiced: list[np.ndarray] = []
    done = 0.0
    for start, end in _voiced_runs(recording):
        marks = _marks_of_run(recording, start, end)
        if len(marks) < 3:
            continue
        even = _even(done, marks[0])
        at += [even, marks]
        voiced += [np.zeros(len(even), bool), np.ones(len(marks), bool)]
        done = float(marks[-1])
    even = _even(done, float(count))
    return Marks(np.concatenate([*at, even]), np.concatenate([*voiced, np.zeros(len(even), bool)]))


def _even(start: float, end: float) -> Floats:
    """Marks strictly between two places."""
    pieces = max(1, round((end - start) / (UNVOICED_S * RATE)))
    return np.linspace(start, end, pieces + 1)[1:-1]


def _voiced_runs(recording: Recording) -> list[tuple[int, int]]:
    """(first frame, frame after the last) of each voiced stretch; leaps of the track over half an octave end one."""
    pitch = recording.pitch_midi
    sung = np.isfinite(pitch)
    runs, start = [], None
    for i in range(len(pitch) + 1):
        goes_on = i < len(pitch) and sung[i] and (start is None or abs(pitch[i] - pitch[i - 1]) < 6)
        if not goes_on and start is not None:
            if (i - start) * recording.hop_s >= _SHORTEST_S:
                runs.append((start, i))
            start = i if i < len(pitch) and sung[i] else None
        elif goes_on and start is None:
            start = i
    return runs


def _marks_of_run(recording: Recording, start: int, end: int) -> Floats:
    from scipy.ndimage import uniform_filter1d

    hop = recording.hop_s * RATE
    first = max(0, round((start - 0.5) * hop))
    last = min(len(recording.samples), round((end - 0.5) * hop))
    if last - first < 4:
        return np.zeros(0)
    frames = np.arange(start, end)
    midi = np.interp(np.arange(first, last), frames * hop, recording.pitch_midi[start:end])
    turn = np.cumsum(2 * np.pi * 440 / RATE * 2 ** ((midi - 69) / 12))
    sound = recording.samples[first:last].astype(np.float64)
    slow = sound * np.exp(-1j * turn)
    width = min(len(slow), round(_SMOOTH_S * RATE))
    for _ in range(2):
        slow = uniform_filter1d(slow.real, width) + 1j * uniform_filter1d(slow.imag, width)
    phase = turn + np.unwrap(np.angle(slow))
    phase = np.maximum.accumulate(phase)
    phase += np.arange(len(phase)) * 1e-9  # strictly increasing, for the inverse
    energy = uniform_filter1d(sound**2, max(3, round(RATE / 2_000)))
    best: tuple[float, Floats] | None = None
    for place in range(_PLACES):
        turns = np.arange(np.ceil(phase[0] / (2 * np.pi)), phase[-1] / (2 * np.pi) - 1) + place / _PLACES
        marks = np.interp(2 * np.pi * turns, phase, np.arange(len(phase)))
        if len(marks):
            loud = float(energy[marks.astype(int)].sum()) / len(marks)
            if best is None or loud > best[0]:
                best = loud, marks
    return np.zeros(0) if best is None else best[1] + first
