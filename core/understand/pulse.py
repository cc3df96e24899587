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


@dataclass(frozen=True)
class Pulse:
    """When every quarter is, in seconds: quarter 0 is a bar line and the start of the recording, 0.0 s.

    Before the music begins there may be beats of another length, which fill the time from the recording's start to
    the first bar line heard. ``bpm`` is the usual tempo, in quarters, ``meter`` the usual meter; it holds until the
    first of ``changes``, the quarters (bar lines) from which another one does.
    """

    beats_s: tuple[float, ...]
    meter: Meter
    bpm: float
    changes: tuple[tuple[float, Meter], ...] = ()

    @property
    def bars_s(self) -> Floats:
        """When every bar begins, in seconds."""
        bars: list[float] = []
        at, end = 0.0, len(self.beats_s) - 1 + 1e-3
        for meter, until in zip([self.meter, *(meter for _, meter in self.changes)],
                                [*(beat for beat, _ in self.changes), end], strict=True):
            inside = np.arange(at, until - 1e-4, meter.bar_beats)
            bars += inside.tolist()
            at = until
        return np.asarray(np.interp(bars, np.arange(len(self.beats_s)), self.beats_s), float)

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
        return _pulse(start + np.arange(5) * 60 / PLAIN_BPM, np.arange(5) % 4 == 0, 4, compound=False)
    start, size = float(moments.onsets_s[0]), found.size
    beats, added = _reaching(_snapped(found.frames.astype(float) * FRAME_S, moments), start,
                             float(rows[:, 1].max()))
    lines = np.flatnonzero(found.opens) + added
    first, last = (int(lines[0]), int(lines[-1])) if len(lines) else (added, added)
    lines = np.unique(np.concatenate([np.arange(first, -1, -size), lines, np.arange(last, len(beats), size)]))
    opens = np.isin(np.arange(len(beats)), lines)
    beats = _steady(beats)
    first = int(lines[0])
    if first and start < beats[first] - 0.05:  # an upbeat: its bar begins earlier
        missing = size - first
        gap = float(np.median(np.diff(beats)))
        beats = np.concatenate([beats[0] - gap * np.arange(missing, 0, -1), beats])
        opens = np.concatenate([np.arange(missing) == 0, opens])
    else:
        beats, opens = beats[first:], opens[first:]
    return _pulse(beats, opens, size, compound=found.compound)


def _pulse(beats: Floats, opens: npt.NDArray[np.bool_], size: int, *, compound: bool) -> Pulse:
    """Of beats that begin with a bar line, in quarters and from the start of the recording."""
    quarters = 1.5 if compound else 1.0
    bpm = min(max(60.0 / float(np.median(np.diff(beats))), MIN_BPM / quarters), MAX_BPM / quarters)
    full, lead = _from_start(beats, size, bpm)
    lines = np.flatnonzero(opens) + lead
    if compound:
        index = np.arange(len(full)) * quarters
        full = np.interp(np.arange(int(index[-1]) + 1), index, full)
    return Pulse(tuple(full.tolist()), _meter(size, compound), bpm * quarters, _changes(lines, size, compound))


def _meter(size: int, compound: bool) -> Meter:
    return Meter(3 * size, 8) if compound else Meter(size, 4)


def _changes(lines: npt.NDArray[np.int64], size: int, compound: bool) -> tuple[tuple[float, Meter], ...]:
    """The bar lines (in beats) from which a bar is not as long as the one before it, in quarters."""
    found: list[tuple[float, Meter]] = []
    before = size
    for line, length in zip(lines.tolist(), [*np.diff(lines).tolist(), size], strict=True):
        if length != before:
            found.append((line * (1.5 if compound else 1.0), _meter(length, compound)))
            before = length
    return tuple(found)


def _heard(rows: Floats, moments: Moments) -> Beats | None:
    """The beats that the network hears; None where it hears too few."""
    heard = np.asarray(_session().run(None, {"moments": features_of(rows, moments)})[0], float)
    return decode(moments.onsets_s, heard)


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


def _from_start(beats: Floats, beats_in_bar: int, bpm: float) -> tuple[Floats, int]:
    """The beats (the first one a bar line) with those that fill the time since 0.0 s, where beat 0 comes to lie; how
    many were added."""
    if beats[0] > AT_ONCE_S:
        lead = beats_in_bar * max(1, round(float(beats[0]) * bpm / 60 / beats_in_bar))
        return np.concatenate([beats[0] / lead * np.arange(lead), beats]), lead
    later = max(int(np.searchsorted(beats, AT_ONCE_S)), 1)  # an upbeat's bar began before the recording did
    before = beats[later] / later * np.arange(later) if later < len(beats) else np.zeros(1)
    return np.concatenate([before, beats[later:]]), 0
