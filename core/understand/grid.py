"""From seconds to beats and bars: tempo, phase, meter and note values of a lone sung line.

Two steps. quantize.py reads the onsets at every plausible tempo; here the likeliest readings are laid on bars in
every meter and phase, and the best of all is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.music import MAX_BPM, MIN_BPM, Melody, Meter, Note, SungNote
from core.understand import barlines
from core.understand.phrases import without_waits
from core.understand.quantize import MAX_STEP, PLACES, TICKS, read_onsets, tempo_grid
from core.understand.values import lengths, straighten

METERS = barlines.METERS
READINGS, NO_HOPE = 8, 9.0  # the likeliest are put to the network, unless that far behind (log probability)
USUAL_BPM = (56.0, 190.0)
# How much the votes, and the step table of each meter, weigh; chosen on the lead sheets' tuning part
VOTES_WEIGHT, WALK_WEIGHT = 0.85, 0.1
SWUNG_TICKS, SWUNG_LOG_PRIOR = 1.7, -6.0  # how late swung eighths come, and how often tunes swing
COUNTED_SD_BEATS, COUNTED_FLOOR = 0.15, -25.0  # how near to a counted bar line bars begin
TABLES = Path(__file__).resolve().parents[2] / "models" / "rhythm.npz"


_NO_TRIPLETS = np.where(np.isin(PLACES, (TICKS // 3, 2 * TICKS // 3)), -20.0, 0.0)[:, None]


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


def lay_on_grid(notes: Sequence[SungNote], *, bpm: float | None = None, bar_line_s: float | None = None) -> Melody:
    """The tune on its grid, key still C major.

    ``bpm``: the tempo (quarters a minute) the person says they hum at; ``bar_line_s``: when a bar begins, if they
    counted in.
    """
    sung = in_order(notes)
    if not sung:
        return Melody((), _within(bpm or 100.0))
    alone = Layout(np.array([0]), METERS[0], bpm or 100.0, 0.0)
    layout = straight_through(sung, rank_layouts(sung, bpm, bar_line_s)[0]) if len(sung) > 1 else alone
    tempo = _within(layout.bpm)
    ticks, swing = layout.ticks, 0.5
    if not layout.meter.is_compound:
        ticks, swing = straighten(np.array([note.onset_s for note in sung]), ticks, tempo)
    rows = zip(ticks, lengths(sung, ticks, tempo), whole_pitches(sung), strict=True)
    notes_on_grid = tuple(Note(float(tick) / TICKS, float(length) / TICKS, int(pitch)) for tick, length, pitch in rows)
    return Melody(notes_on_grid, tempo, meter=layout.meter, swing=swing)


def rank_layouts(sung: Sequence[SungNote], bpm: float | None = None, bar_line_s: float | None = None) -> list[Layout]:
    """Readings laid on bars, best first. ``sung``: two notes or more, by onset; for the others see lay_on_grid."""
    onsets = np.array([note.onset_s for note in sung])
    tempos, steps = tempo_grid(bpm), _tables()["beat"]
    pauses = np.clip(onsets[1:] - np.array([note.offset_s for note in sung[:-1]]), 0, 2)
    readings = read_onsets(onsets, steps, tempos, pauses_s=pauses)
    swung = read_onsets(onsets, steps + _NO_TRIPLETS, tempos, pauses_s=pauses, late_ticks=SWUNG_TICKS)
    readings += [replace(r, log_prior=r.log_prior + SWUNG_LOG_PRIOR) for r in swung]
    readings.sort(key=lambda reading: -reading.score)
    if bpm is not None:
        readings = [r for r in readings if abs(r.bpm / bpm - 1) < 0.12] or readings
    else:
        readings.sort(key=lambda reading: -reading.score - _tempo_prior(reading.bpm))
    pitches, durations = whole_pitches(sung), np.array([note.duration_s for note in sung])
    layouts: list[Layout] = []
    best = readings[0].score
    for reading in readings[:READINGS]:
        if reading.score < best - NO_HOPE:
            continue
        verdict = barlines.judge(reading.ticks, durations * reading.bpm / 60 * TICKS, pitches)
        score = reading.score
        score += 0.0 if bpm is not None else _tempo_prior(reading.bpm)
        bars = _bars(verdict, reading.ticks)
        layouts += [_laid(reading.ticks, index, reading.bpm, score + float(bars[index])) for index in range(len(bars))]
    if bar_line_s is not None:
        before_s = float(onsets[0]) - bar_line_s
        layouts = [replace(layout, score=layout.score + _counted(layout, before_s)) for layout in layouts]
    return sorted(layouts, key=lambda layout: -layout.score)


def _counted(layout: Layout, after_s: float) -> float:
    """Log probability of a layout whose first note comes ``after_s`` after a bar line that was counted in."""
    bar = layout.meter.bar_beats
    off = (layout.ticks[0] / TICKS - after_s * layout.bpm / 60 + bar / 2) % bar - bar / 2
    return max(-0.5 * float(off / COUNTED_SD_BEATS) ** 2, COUNTED_FLOOR)


def straight_through(sung: Sequence[SungNote], layout: Layout) -> Layout:
    """The layout without the beats a singer waited for, or left out, between phrases; its bar lines then anew."""
    pitches, held = whole_pitches(sung), np.array([note.duration_s for note in sung]) * layout.bpm / 60 * TICKS
    kind = METERS.index(layout.meter)
    ticks = without_waits(layout.ticks, sung, layout.bpm, barlines.judge(layout.ticks, held, pitches).votes, kind)
    if (ticks == layout.ticks).all():
        return layout
    bars = _bars(barlines.judge(ticks, held, pitches), ticks)
    return _laid(ticks, int(bars.argmax()), layout.bpm, layout.score)


def _bars(verdict: barlines.Verdict, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log probability of every meter and shift, shape (20,)."""
    bars = VOTES_WEIGHT * verdict.bars + WALK_WEIGHT * _walk(ticks)
    return np.asarray(bars - bars.max() - np.log(np.exp(bars - bars.max()).sum()), float)


def _laid(ticks: NDArray[np.int64], index: int, bpm: float, score: float) -> Layout:
    """Ticks laid on the bars of a class of Verdict.bars."""
    meter, shift = barlines.meter_and_shift(index)
    bar = round(meter.bar_beats * TICKS)
    moved = ticks + shift
    return Layout(moved - moved[0] // bar * bar, meter, bpm, score)


def _walk(ticks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log probability of the steps from place to place in the bar, for every meter and shift, shape (20,)."""
    tables = _tables()
    steps = np.minimum(np.diff(ticks), MAX_STEP)
    out = []
    for index, (meter, bins) in enumerate(zip(METERS, barlines.BINS, strict=True)):
        shifts = np.arange(bins) * barlines.HALF_BEAT
        places = (ticks + shifts[:, None]) % (bins * barlines.HALF_BEAT)
        walk = tables[f"bar_{meter.numerator}"][places[:, :-1], steps].sum(1)
        out.append(walk + tables[f"start_{meter.numerator}"][places[:, 0]] + tables["meters"][index])
    return np.concatenate(out)


def _tempo_prior(bpm: float) -> float:
    """Log prior: flat between the usual tempos, falling steeply outside."""
    low, high = USUAL_BPM
    outside = max(np.log(low / bpm), np.log(bpm / high), 0.0)
    return -0.5 * float(outside / 0.04) ** 2


def in_order(notes: Sequence[SungNote]) -> list[SungNote]:
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
