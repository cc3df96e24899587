"""Chance that repeats itself, swing, and the small unevenness of hands."""

import math
from collections.abc import Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np

from core.music import Meter, Note

FEEL_SCALE = {"loose": 1.6, "normal": 1.0, "tight": 0.4}


def dice(seed: int, *what: str) -> np.random.Generator:
    """A generator of its own for each decision, so that changing one leaves the others as they are."""
    return np.random.default_rng([seed & 0xFFFFFFFF, crc32("/".join(what).encode())])


def clamp(value: float, low: int, high: int) -> int:
    """The nearest whole number within low..high."""
    return min(high, max(low, round(value)))


def swung(beats: float, share: float, unit: float = 0.5) -> float:
    """Where a straight position falls when the first of each pair of ``unit`` beats takes ``share`` of it.

    Piecewise linear, so that what lies between the two also moves and order is kept.
    """
    if share == 0.5:
        return beats
    pair = 2 * unit
    start = math.floor(beats / pair + 1e-9) * pair
    inside = (beats - start) / pair
    warped = inside * 2 * share if inside <= 0.5 else share + (inside - 0.5) * 2 * (1 - share)
    return start + warped * pair


def with_swing(notes: Sequence[Note], share: float, unit: float) -> tuple[Note, ...]:
    """Notes moved from straight to swung time; ends move with their onsets' grid."""
    if share == 0.5:
        return tuple(notes)
    moved = []
    for note in notes:
        onset = swung(note.onset_beats, share, unit)
        end = swung(note.end_beats, share, unit)
        moved.append(replace(note, onset_beats=onset, duration_beats=max(end - onset, 0.05)))
    return tuple(moved)


def drift(count: int, sd: float, rng: np.random.Generator, *, memory: float = 0.6) -> np.ndarray:
    """Correlated unevenness, shape (count,), of standard deviation ``sd``.

    A first-order autoregression: a player who is late stays late for a while, as measured in human
    timing (Hennig et al. 2011, "The nature and perception of fluctuations in human musical rhythms").
    """
    if count == 0 or sd == 0:
        return np.zeros(count)
    steps = rng.standard_normal(count) * sd
    scale = (1 - memory**2) ** 0.5
    values = np.empty(count)
    last = steps[0]
    for i, step in enumerate(steps):
        last = memory * last + scale * step if i else step
        values[i] = last
    return np.clip(values, -2.2 * sd, 2.2 * sd)


def wander_ms(end_beats: float, sd_ms: float, rng: np.random.Generator) -> np.ndarray:
    """How late the whole band is at each beat, shape (beats,): it breathes together, and slowly."""
    return drift(int(end_beats) + 2, sd_ms, rng, memory=0.85)


def played(
    notes: Sequence[Note],
    rng: np.random.Generator,
    *,
    bpm: float,
    lag_ms: float,
    jitter_ms: float,
    wander: np.ndarray,
    velocity_sd: float = 4.0,
) -> tuple[Note, ...]:
    """Notes as a hand plays them: late by a lag and by the band's ``wander``, uneven in time and touch.

    Sorted by onset, none before 0; both ends of a note move alike.
    """
    ordered = sorted(notes, key=lambda note: (note.onset_beats, note.pitch))
    together = np.interp([note.onset_beats for note in ordered], np.arange(len(wander)), wander)
    late = (lag_ms + together + drift(len(ordered), jitter_ms, rng)) * bpm / 60_000
    touch = drift(len(ordered), velocity_sd, rng, memory=0.3)
    return tuple(
        Note(
            max(0.0, note.onset_beats + float(shift)),
            note.duration_beats,
            note.pitch,
            int(min(127, max(1, round(note.velocity + float(push))))),
        )
        for note, shift, push in zip(ordered, late, touch, strict=True)
    )


def leaned(notes: Sequence[Note], bar_beats: float, *, depth: float = 1.0) -> tuple[Note, ...]:
    """An accompaniment that leans on the bar line and breathes over four bars, as hands do without being told.

    ``depth`` 1 moves velocities by some +-8: more on the bar line, less between the beats, fullest in the middle of
    a phrase.
    """
    out = []
    for note in notes:
        inside = note.onset_beats % bar_beats
        on_one = min(inside, bar_beats - inside) < 0.1
        on_beat = abs(note.onset_beats - round(note.onset_beats)) < 0.1
        accent = 4.0 if on_one else 0.5 if on_beat else -4.0
        breath = 6.0 * math.sin(math.pi * (note.onset_beats / (4 * bar_beats) % 1.0)) - 3.5
        out.append(replace(note, velocity=clamp(note.velocity + depth * (accent + breath), 20, 122)))
    return tuple(out)


def slowed(end_beats: float, meter: Meter, share: float) -> tuple[tuple[float, float], ...]:
    """A ritardando over the bar before the last, pulse by pulse: ``share`` slower at its end; none in a tiny piece.

    The last bar, a held chord, stays at that tempo.
    """
    if share <= 0 or end_beats < 4 * meter.bar_beats:
        return ()
    start = end_beats - 2 * meter.bar_beats
    pulses = max(2, round(meter.bar_beats / meter.pulse_beats))
    step = meter.bar_beats / pulses
    return tuple((start + k * step, round(1 - share * ((k + 1) / pulses) ** 1.3, 3)) for k in range(pulses))
