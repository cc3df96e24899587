"""Training examples for the bar-line votes: pieces of tunes as a reading of their singing would look."""

from dataclasses import dataclass

import numpy as np

from core.music import Key, Meter
from core.understand.barlines import BINS, FIRST, HALF_BEAT
from core.understand.features import bar_fit, in_context, long_notes, note_features, repetition
from core.understand.quantize import PLACES, TICKS
from models.training.rhythm.data import Tune

CLASSES = sum(BINS)
BAR_OF = {"4/4": (0, 48), "2/2": (0, 48), "C": (0, 48), "2/4": (0, 24), "3/4": (1, 36), "6/8": (2, 36),
          "12/8": (2, 72), "6/4": (1, 72)}  # meter: its kind here, and the ticks of its bar
MAX_NOTES = 64


@dataclass
class Example:
    """One reading, and what is true of it."""

    features: np.ndarray  # (notes, features in context)
    ticks: np.ndarray  # (notes,)
    pitches: np.ndarray  # (notes,)
    fit: np.ndarray  # (CLASSES, 2)
    repetition: np.ndarray  # (2 * lags,)
    shifts: np.ndarray  # (CLASSES,) 1 where that meter and shift is right
    key: int  # tonic + 12 * minor, -1 unknown
    origin: int  # 0: the start of a lead sheet, 1: the start of another tune, 2: from somewhere within
    weight: float
    long_notes: tuple[int, int]


def key_class(name: str | None) -> int:
    """Tonic, and 12 more where the key is minor; -1 unknown."""
    try:
        key = Key.parse(name or "")
    except ValueError:
        return -1
    return key.tonic_pc + 12 * key.is_minor


def accepted(meter: str, moved: int) -> np.ndarray:
    """Which classes are right for ticks that were counted from a bar line and then moved back by ``moved``."""
    out = np.zeros(CLASSES, np.float32)
    if meter in BAR_OF:
        kind, bar = BAR_OF[meter]
        for shift in range(BINS[kind]):
            out[FIRST[kind] + shift] = (shift * HALF_BEAT - moved) % min(bar, BINS[kind] * HALF_BEAT) == 0
    return out


def excerpt(tune: Tune, rng: np.random.Generator, *, lead: bool, from_start: bool, weight: float) -> Example | None:
    """A piece of up to 14 s at a random tempo, misheard a little; None where it holds too little."""
    rows = tune["notes"]
    start = 0
    if not from_start:
        gaps = [i + 1 for i in range(len(rows) - 12) if rows[i + 1][0] - rows[i][0] >= 1.5]
        start = int(rng.choice(gaps)) if gaps else 0
    bpm = float(np.exp(rng.uniform(np.log(56), np.log(190))))
    rows = [row for row in rows[start : start + MAX_NOTES] if row[0] - rows[start][0] < 14 * bpm / 60]
    if len(rows) < 8 or tune["meter"] not in BAR_OF:
        return None
    bar = Meter.parse(tune["meter"]).bar_beats
    heard = mishear_rows(rows, rows[0][0] // bar * bar, bpm, rng)
    if len(heard) < 6:
        return None
    ticks, held, pitches = (np.array(column) for column in zip(*heard, strict=True))
    # a reading's first note lies in its first beat; now and then it is half a beat out
    moved = int(ticks[0] // TICKS * TICKS)
    if rng.uniform() < 0.25:
        moved += HALF_BEAT if ticks[0] - moved >= HALF_BEAT else -HALF_BEAT
    ticks = ticks - moved
    return Example(in_context(note_features(ticks, held, pitches)), ticks, pitches, bar_fit(ticks, pitches, BINS),
                   repetition(ticks, pitches), accepted(tune["meter"], moved), key_class(tune.get("key")),
                   2 if start else 0 if lead else 1, weight, long_notes(ticks))


def mishear_rows(rows: list, origin: float, bpm: float, rng: np.random.Generator) -> list[tuple[int, float, int]]:
    """(tick, sounding ticks, pitch) of the notes as heard: a few missed, merged or misplaced, three times in five."""
    out: list[tuple[int, float, int]] = []
    hold = float(rng.choice([0.86, 0.95, 0.97]))
    clean = rng.uniform() < 0.4
    for onset, duration, pitch in rows:
        tick = round((onset - origin) * TICKS)
        sounding = (duration * hold - (0.08 * bpm / 60 if duration >= 2 else 0) + rng.normal(0, 0.04)) * TICKS
        draw = 0.5 if clean else rng.uniform()
        if draw < 0.025:
            continue
        if draw < 0.10 and out and pitch == out[-1][2]:
            out[-1] = (out[-1][0], out[-1][1] + sounding, pitch)
            continue
        if draw > 0.96:
            pitch += int(rng.choice([-1, 1]))
        if draw > 0.98:
            tick += int(rng.choice([-3, 3]))
        tick += int(PLACES[np.abs(PLACES - tick % TICKS).argmin()]) - tick % TICKS
        if not out or tick > out[-1][0]:
            out.append((tick, max(sounding, 1.0), int(pitch)))
    return out
