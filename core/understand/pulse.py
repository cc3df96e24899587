"""Tempo, beats and bar lines of music in many voices, from its notes in seconds.

A small network (models/pulse.md) tells of every moment at which notes begin how likely it is a beat or a bar line,
from its surroundings (``pulse_features``); the likeliest path through bars of so many beats each (``pulse_decode``)
makes beats of that. Each is moved to the notes struck there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.music import MAX_BPM, MIN_BPM, Meter, SungNote
from core.understand.pulse_decode import FRAME_S, Beats, decode
from core.understand.pulse_features import Moments, features_of, moments_of, note_rows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = npt.NDArray[np.float64]

MODEL = Path(__file__).resolve().parents[2] / "models" / "pulse.onnx"
PLAIN_BPM = 100.0             # where nothing tells
FEWEST_MOMENTS = 4
SNAP_S = 0.07                 # a beat is moved to notes struck so near to it
STEADY_S = 0.03               # beats that lie so near to a straight line were meant to be steady
AT_ONCE_S = 0.05              # a first beat so near to the start of the recording is its start
COMPOUND_FROM = 0.5           # chance that beats are in three


@dataclass(frozen=True)
class Pulse:
    """When every quarter is, in seconds: quarter 0 is a bar line and the start of the recording, 0.0 s.

    Before the music begins there may be beats of another length, which fill the time from the recording's start to
    the first bar line heard. ``bpm`` is the usual tempo, in quarters.
    """

    beats_s: tuple[float, ...]
    meter: Meter
    bpm: float

    def beats_at(self, seconds: npt.ArrayLike) -> Floats:
        """The beat (fractional) that each moment falls on."""
        beats = np.asarray(self.beats_s)
        at = np.asarray(seconds, float)
        inside = np.interp(at, beats, np.arange(len(beats), dtype=float))
        return np.asarray(inside + np.maximum(at - beats[-1], 0) * self.bpm / 60.0, float)


def find_pulse(notes: Sequence[SungNote]) -> Pulse:
    """The pulse of any music. Without notes to speak of, 100 bpm in 4/4."""
    rows = note_rows(notes)
    moments = moments_of(rows)
    found = _heard(rows, moments) if len(moments.onsets_s) >= FEWEST_MOMENTS else None
    if found is None:
        start = float(moments.onsets_s[0]) if len(rows) else 0.0
        beats, beats_in_bar, compound, first = start + np.arange(5) * 60 / PLAIN_BPM, 4, False, 0
    else:
        tactus, compound = found
        beats_in_bar, first = tactus.size, tactus.first
        beats = _snapped(tactus.frames.astype(float) * FRAME_S, moments)
        start = float(moments.onsets_s[0])
        beats, added = _reaching(beats, start, float(rows[:, 1].max()))
        first = (first + added) % beats_in_bar
        beats = _steady(beats)
        gap = float(np.median(np.diff(beats)))
        if first and start < beats[first] - 0.05:  # an upbeat: its bar begins earlier
            beats = np.concatenate([beats[0] - gap * np.arange(beats_in_bar - first, 0, -1), beats])
        else:
            beats = beats[first:]
    return _pulse(beats, beats_in_bar, compound)


def _pulse(beats: Floats, beats_in_bar: int, compound: bool) -> Pulse:
    """Of beats that begin with a bar line, in quarters and from the start of the recording."""
    quarters = 1.5 if compound else 1.0
    meter = Meter(3 * beats_in_bar, 8) if compound else Meter(beats_in_bar, 4)
    bpm = min(max(60.0 / float(np.median(np.diff(beats))), MIN_BPM / quarters), MAX_BPM / quarters)
    beats = _from_start(beats, beats_in_bar, bpm)
    if compound:
        index = np.arange(len(beats)) * quarters
        beats = np.interp(np.arange(int(index[-1]) + 1), index, beats)
    return Pulse(tuple(beats.tolist()), meter, bpm * quarters)


def _heard(rows: Floats, moments: Moments) -> tuple[Beats, bool] | None:
    """The beats that the network hears, and whether each is in threes; None where it hears too few."""
    heard = np.asarray(_session().run(None, {"moments": features_of(rows, moments)})[0], float)
    beats = decode(moments.onsets_s, heard)
    return None if beats is None else (beats, bool(heard[:, 2].mean() > COMPOUND_FROM))


@cache
def _session() -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])


def _snapped(beats: Floats, moments: Moments) -> Floats:
    """Each beat at the notes struck near it, if there are any: nearer and weightier ones draw it most."""
    out = beats.copy()
    for i, beat in enumerate(beats):
        a, b = np.searchsorted(moments.onsets_s, [beat - SNAP_S, beat + SNAP_S])
        if b > a:
            pull = moments.weights[a:b] * (1 - np.abs(moments.onsets_s[a:b] - beat) / (1.2 * SNAP_S))
            out[i] = moments.onsets_s[a + int(pull.argmax())]
    return np.maximum.accumulate(out)


def _steady(beats: Floats) -> Floats:
    """The beats on a straight line where one fits; what a person plays freely stays as it is."""
    index = np.arange(len(beats))
    line = np.asarray(np.polyval(np.polyfit(index, beats, 1), index), float)
    return line if np.abs(line - beats).max() < STEADY_S else beats


def _reaching(beats: Floats, start_s: float, end_s: float) -> tuple[Floats, int]:
    """The beats carried on, at the tempo they have there, to before the first note and past the last; how many
    were added in front."""
    first, last = np.median(np.diff(beats[:5])), np.median(np.diff(beats[-5:]))
    before = max(0, int(np.ceil((beats[0] - start_s - 0.08) / first)))
    after = max(0, int(np.ceil((end_s - beats[-1]) / last)))
    return np.concatenate([beats[0] - first * np.arange(before, 0, -1), beats,
                           beats[-1] + last * np.arange(1, after + 1)]), before


def _from_start(beats: Floats, beats_in_bar: int, bpm: float) -> Floats:
    """The beats (the first one a bar line) with those that fill the time since 0.0 s, where beat 0 comes to lie."""
    if beats[0] > AT_ONCE_S:
        lead = beats_in_bar * max(1, round(float(beats[0]) * bpm / 60 / beats_in_bar))
        return np.concatenate([beats[0] / lead * np.arange(lead), beats])
    later = max(int(np.searchsorted(beats, AT_ONCE_S)), 1)  # an upbeat's bar began before the recording did
    before = beats[later] / later * np.arange(later) if later < len(beats) else np.zeros(1)
    return np.concatenate([before, beats[later:]])
