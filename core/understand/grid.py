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
from core.understand.quantize import MAX_STEP, TICKS, Reading, read_onsets, tempo_grid

METERS = (Meter(4, 4), Meter(3, 4), Meter(6, 8))
READINGS = 8
USUAL_BPM = (56.0, 190.0)
TABLES = Path(__file__).resolve().parents[2] / "models" / "rhythm.npz"


@dataclass(frozen=True)
class Layout:
    """A reading laid on bars: onset ticks counted from a bar line, the first within the first bar."""

    ticks: NDArray[np.int64]
    meter: Meter
    bpm: float
    score: float


@cache
def _tables() -> dict[str, NDArray[np.float64]]:
    with np.load(TABLES) as tables:
        return {name: tables[name].astype(float) for name in tables.files}


def lay_on_grid(notes: Sequence[SungNote], *, bpm: float | None = None) -> Melody:
    """The tune on its grid, key still C major. ``bpm``: the tempo (quarters a minute) the person says they hum at."""
    sung = _in_order(notes)
    if not sung:
        return Melody((), _within(bpm or 100.0))
    onsets = np.array([note.onset_s for note in sung])
    if len(sung) < 2:
        layout = Layout(np.array([0]), METERS[0], bpm or 100.0, 0.0)
    else:
        layout = rank_layouts(onsets, bpm)[0]
    tempo = _within(layout.bpm)
    return Melody(tuple(_note_values(sung, layout.ticks, tempo)), tempo, meter=layout.meter)


def rank_layouts(onsets_s: NDArray[np.float64], bpm: float | None = None) -> list[Layout]:
    """Readings laid on bars, best first."""
    tables = _tables()
    readings = read_onsets(onsets_s, tables["beat"], tempo_grid(bpm))
    if bpm is not None:
        readings = [r for r in readings if abs(r.bpm / bpm - 1) < 0.12] or readings
    layouts: list[Layout] = []
    for reading in readings[:READINGS]:
        layouts += _on_bars(reading, tables, wished=bpm is not None)
    return sorted(layouts, key=lambda layout: -layout.score)


def _on_bars(reading: Reading, tables: dict[str, NDArray[np.float64]], *, wished: bool) -> list[Layout]:
    layouts = []
    step = np.minimum(np.diff(reading.ticks), MAX_STEP)
    for index, meter in enumerate(METERS):
        bar = round(meter.bar_beats * TICKS)
        table, start = tables[f"bar_{meter.numerator}"], tables[f"start_{meter.numerator}"]
        shifts = np.arange(0, bar, TICKS // 2 if meter.is_compound else TICKS)
        places = (reading.ticks[None, :] + shifts[:, None]) % bar
        prior = table[places[:, :-1], step[None, :]].sum(1) + start[places[:, 0]] + tables["meters"][index]
        for shift, log_prior in zip(shifts, prior, strict=True):
            ticks = reading.ticks + shift
            score = reading.log_likelihood + float(log_prior) + (0.0 if wished else _tempo_prior(reading.bpm))
            layouts.append(Layout(ticks - ticks[0] // bar * bar, meter, reading.bpm, score))
    return layouts


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


def _note_values(sung: list[SungNote], ticks: NDArray[np.int64], bpm: float) -> list[Note]:
    """Notes on the grid; a note reaches to the next unless it plainly leaves a rest."""
    notes = []
    tuning = _tuning(sung)
    per_tick = 60.0 / bpm / TICKS
    for i, note in enumerate(sung):
        held = max((note.duration_s + 0.04) / per_tick, 1.0)
        if i + 1 < len(sung):
            room = int(ticks[i + 1] - ticks[i])
            length = room if held > 0.62 * room else _nearest_value(held, room)
        else:
            length = _nearest_value(held + 0.06 / per_tick, MAX_STEP)
        pitch = min(max(round(note.pitch_midi - tuning), 0), 127)
        notes.append(Note(float(ticks[i]) / TICKS, length / TICKS, pitch))
    return notes


def _tuning(sung: list[SungNote]) -> float:
    """The singer's common deviation from the semitones (-0.5..0.5): the circular mean; 0 for whole semitones."""
    cents = np.array([note.pitch_midi for note in sung]) * 2 * np.pi
    return float(np.angle(np.exp(1j * cents).mean()) / (2 * np.pi))


def _nearest_value(ticks: float, room: int) -> int:
    """The common note value nearest by ratio, no longer than ``room``."""
    values = [value for value in (3, 6, 9, 12, 18, 24, 36, 48, 60, 72, 84, 96) if value <= room] or [room]
    return min(values, key=lambda value: abs(np.log(value / ticks)))


def _within(bpm: float) -> float:
    return float(min(max(bpm, MIN_BPM), MAX_BPM))
