"""From seconds to beats and bars: tempo, phase, meter and note values of a lone sung line.

Two steps. quantize.py reads the onsets at every plausible tempo; here the likeliest readings are laid on bars in
every meter and phase, and the best of all is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.music import MAX_BPM, MIN_BPM, Melody, Meter, Note, SungNote
from core.understand import barlines
from core.understand.quantize import TICKS, read_onsets, tempo_grid
from core.understand.values import lengths, straighten

METERS = barlines.METERS
READINGS = 8  # the likeliest are put to the network
USUAL_BPM = (56.0, 190.0)
# how much the network's word weighs beside the timing and the step table; chosen on the lead sheets' training part
STEP_WEIGHT, BAR_WEIGHT = 1.0, 1.0
TABLES = Path(__file__).resolve().parents[2] / "models" / "rhythm.npz"


@dataclass(frozen=True)
class Layout:
    """A reading laid on bars: onset ticks counted from a bar line, the first within the first bar."""

    ticks: NDArray[np.int64]
    meter: Meter
    bpm: float
    score: float


@cache
def _step_table() -> NDArray[np.float64]:
    with np.load(TABLES) as tables:
        return tables["beat"].astype(float)


def lay_on_grid(notes: Sequence[SungNote], *, bpm: float | None = None) -> Melody:
    """The tune on its grid, key still C major. ``bpm``: the tempo (quarters a minute) the person says they hum at."""
    sung = _in_order(notes)
    if not sung:
        return Melody((), _within(bpm or 100.0))
    if len(sung) < 2:
        layout = Layout(np.array([0]), METERS[0], bpm or 100.0, 0.0)
    else:
        layout = rank_layouts(sung, bpm)[0]
    tempo = _within(layout.bpm)
    ticks, swing = layout.ticks, 0.5
    if not layout.meter.is_compound:
        ticks, swing = straighten(np.array([note.onset_s for note in sung]), ticks, tempo)
    rows = zip(ticks, lengths(sung, ticks, tempo), whole_pitches(sung), strict=True)
    notes_on_grid = tuple(Note(float(tick) / TICKS, float(length) / TICKS, int(pitch)) for tick, length, pitch in rows)
    return Melody(notes_on_grid, tempo, meter=layout.meter, swing=swing)


def rank_layouts(sung: Sequence[SungNote], bpm: float | None = None) -> list[Layout]:
    """Readings laid on bars, best first. ``sung``: two notes or more, by onset."""
    onsets = np.array([note.onset_s for note in sung])
    readings = read_onsets(onsets, _step_table(), tempo_grid(bpm))
    if bpm is not None:
        readings = [r for r in readings if abs(r.bpm / bpm - 1) < 0.12] or readings
    else:
        readings.sort(key=lambda reading: -reading.score - _tempo_prior(reading.bpm))
    pitches, durations = whole_pitches(sung), np.array([note.duration_s for note in sung])
    layouts: list[Layout] = []
    for reading in readings[:READINGS]:
        verdict = barlines.judge(reading.ticks, durations * reading.bpm / 60 * TICKS, pitches)
        score = reading.log_likelihood + STEP_WEIGHT * reading.log_prior
        score += 0.0 if bpm is not None else _tempo_prior(reading.bpm)
        for index, log_prob in enumerate(verdict.bars):
            meter, shift = barlines.meter_and_shift(index)
            bar = round(meter.bar_beats * TICKS)
            ticks = reading.ticks + shift
            layouts.append(Layout(ticks - ticks[0] // bar * bar, meter, reading.bpm, score + BAR_WEIGHT * float(log_prob)))
    return sorted(layouts, key=lambda layout: -layout.score)


def _tempo_prior(bpm: float) -> float:
    """Log prior: flat between the usual tempos, falling steeply outside."""
    low, high = USUAL_BPM
    outside = max(np.log(low / bpm), np.log(bpm / high), 0.0)
    return -0.5 * float(outside / 0.04) ** 2


def _in_order(notes: Sequence[SungNote]) -> list[SungNote]:
    """By onset, no two at once."""
    kept: list[SungNote] = []
    for note in sorted(notes, key=lambda note: note.onset_s):
        if kept and note.onset_s - kept[-1].onset_s < 0.02:
            continue
        kept.append(note)
    return kept


def whole_pitches(sung: Sequence[SungNote]) -> NDArray[np.int64]:
    """MIDI pitches after the singer's common deviation from the semitones (the circular mean) is taken off."""
    pitches = np.array([note.pitch_midi for note in sung])
    tuning = np.angle(np.exp(2j * np.pi * pitches).mean()) / (2 * np.pi)
    return np.clip(np.round(pitches - tuning), 0, 127).astype(np.int64)


def _within(bpm: float) -> float:
    return float(min(max(bpm, MIN_BPM), MAX_BPM))
