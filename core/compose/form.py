"""The shape of a song: what the tune is, how often it comes, and what stands before, between and after.

A tune of any length becomes a piece: a short one is repeated around a contrasting middle, a long one is
played once; the intro leads into an upbeat, and the ending comes home.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from core.compose.feel import slowed
from core.compose.stages import intensities, stage_bars
from core.compose.surroundings import chords_moved, ending, intro_chords, middle_chords, notes_moved, window
from core.compose.tune import Tune, joined, monophonic, take_tune, tonic_symbol
from core.music import Chord, LeadSheet, Meter, Note, Section

MIN_SONG_S, MAX_SONG_S = 24.0, 112.0
DEFAULT_LOW_S, DEFAULT_HIGH_S = 36.0, 66.0
MAX_INTRO_S, MAX_INTRO_BARS = 10.0, 4  # who sent a tune waits for it


@dataclass(frozen=True)
class Plan:
    """A form filled with the tune: everything that the players need to know."""

    sections: tuple[Section, ...]
    notes: tuple[Note, ...]
    chords: tuple[Chord, ...]
    meter: Meter
    tune: Tune
    tellings: tuple[tuple[int, int], ...]  # each time that the tune is told: its first section, and the one after
    slowing: tuple[tuple[float, float], ...] = ()  # as Song has it
    hit: bool = False  # the band strikes the last chord and lets go of it

    @property
    def last_statement(self) -> int:
        """The section in which the tune begins for the last time."""
        return self.tellings[-1][0]

    @property
    def end_beats(self) -> float:
        """Where the song stops."""
        return self.sections[-1].end_beats

    @property
    def last_sound_beats(self) -> float:
        """Where the last chord is let go: the end, or a beat after a hit."""
        return self.end_beats - self.meter.bar_beats + self.meter.pulse_beats if self.hit else self.end_beats


@dataclass(frozen=True)
class _Shape:
    """Bars of each part of the form."""

    intro: int
    statements: int
    middle: int
    ending: int
    body: int  # bars of the tune that a statement plays

    @property
    def bars(self) -> int:
        return self.intro + self.statements * self.body + self.middle + self.ending


def choose_shape(
    bars: int, bar_s: float, length_s: float | None, rng: np.random.Generator, *, upbeat: bool = False
) -> _Shape:
    """How many bars each part takes, so that the whole comes near the length wished for.

    A wish is met within one bar; without one the song lasts 36 to 66 s where the tune allows, and a tune
    is never cut.
    """
    body_s = bars * bar_s
    if length_s is None:
        aim_s = min(max(2 * body_s + 20, DEFAULT_LOW_S), max(DEFAULT_HIGH_S, body_s + 4 * bar_s))
        aim_s *= rng.uniform(0.92, 1.08)
        aim_s = min(max(aim_s, MIN_SONG_S), max(MAX_SONG_S, body_s + 2 * bar_s))
    else:
        aim_s = length_s
    target = max(3, round(aim_s / bar_s))
    want_intro = max(1.0, min(4.0, 8.0 / bar_s))
    longest_intro = max(1, min(MAX_INTRO_BARS, int(MAX_INTRO_S / bar_s)))
    taste = rng.normal(0.0, 0.35, size=(32, 5))
    best, best_cost = None, math.inf
    fewest = max(1, min(target // bars, (target - 28) // bars))
    for statements in range(fewest, max(1, target // bars) + 1):
        middles = (0, 2, 4, 8, 12, 16) if statements > 1 else (0,) if length_s is None else range(0, 32, 4)
        for middle in middles:
            for tail in (1, 2, 3, 4):
                for intro in range(longest_intro + 1):
                    miss = abs(intro + statements * bars + middle + tail - target)
                    cost = miss * (9.0 if length_s is not None else 1.0)
                    cost += (
                        abs(intro - want_intro) * 0.8
                        + (1.0 if intro % 2 else 0)
                        + (3.0 + 20.0 * upbeat if intro == 0 else 0)
                    )
                    cost += abs(tail - 2.5) * 0.5 + (1.2 if tail == 1 else 0)
                    if statements == 1 and middle:  # the tune should come back
                        cost += 4.0
                    if statements > 2 and not middle:
                        cost += 2.0 * (statements - 2)
                    if statements > 4:
                        cost += 1.5 * (statements - 4)
                    cost += (
                        abs(middle - min(8, max(4, bars))) * 0.25
                        if middle
                        else (3.0 if statements > 1 else 0)
                    )
                    cost += taste[intro, tail] + taste[middle, 0]
                    if cost < best_cost:
                        best, best_cost = _Shape(intro, statements, middle, tail, bars), cost
    assert best is not None
    if length_s is not None and best.bars > target:  # the wish is shorter than the tune: cut at a bar line
        intro = 1 if target >= 6 or upbeat else 0
        return _Shape(intro, 1, 0, 1, max(1, target - intro - 1))
    return best


def plan_form(
    sheet: LeadSheet,
    *,
    bpm: float,
    length_s: float | None,
    intro_kind: str,
    ending_kind: str,
    rng: np.random.Generator,
    slowing: float = 0.0,
) -> Plan:
    """The whole song's sections, melody and chords, in song beats."""
    tune = take_tune(sheet)
    bar = tune.meter.bar_beats
    bar_s = bar * 60 / bpm
    if length_s is not None:
        length_s -= 1.4 * slowing * bar_s  # what a ritardando takes
    shape = choose_shape(tune.bars, bar_s, length_s, rng, upbeat=tune.upbeat_beats > 0)
    parts = _order(shape, rng)
    if shape.intro == 0 and tune.upbeat_beats:  # nothing to lean the upbeat on
        tune = replace(
            tune, notes=tuple(note for note in tune.notes if note.onset_beats >= 0), upbeat_beats=0.0
        )
    tonic = tonic_symbol(sheet)
    sections: list[Section] = []
    chords: list[Chord] = []
    notes: list[Note] = []
    tellings: list[tuple[int, int]] = []
    at = 0.0
    for name, bars, intensity, spread in parts:
        span = bars * bar
        lengths = stage_bars(tune, bars, bar_s) if name == "statement" else (bars,)
        begin, first = at, len(sections)
        for length, fullness in zip(lengths, intensities(len(lengths), intensity, spread), strict=True):
            sections.append(Section(name, begin, length * bar, round(fullness, 3)))
            begin += length * bar
        if name == "statement":
            tellings.append((first, len(sections)))
            part = _cut(tune, span)
            notes += notes_moved(part.notes, at)
            chords += chords_moved(part.chords, at)
        elif name == "intro":
            chords += chords_moved(intro_chords(tune, sheet, bars, intro_kind), at)
        elif name == "middle":
            chords += chords_moved(middle_chords(tune, sheet, bars, rng), at)
        else:
            part_notes, part_chords = ending(tune, sheet, bars, ending_kind, tonic)
            notes += notes_moved(part_notes, at)
            chords += chords_moved(part_chords, at)
        at += span
    return Plan(
        tuple(sections),
        monophonic([n for n in notes if n.duration_beats > 0.01]),
        joined(chords),
        tune.meter,
        tune,
        tuple(tellings),
        slowed(at, tune.meter, slowing),
        ending_kind == "hit" and shape.ending > 1,
    )


def _order(shape: _Shape, rng: np.random.Generator) -> list[tuple[str, int, float, float]]:
    """(name, bars, intensity, how far that grows about its mean where it has stages) of each part: statements grow, the
    middle steps back, the end is strong."""
    parts: list[tuple[str, int, float, float]] = []
    if shape.intro:
        parts.append(("intro", shape.intro, float(rng.uniform(0.28, 0.42)), 0.0))
    count = shape.statements
    first = float(rng.uniform(0.48, 0.58))
    middle_at = max(1, count - 1 if count < 5 else count - 2)
    for i in range(count):
        if shape.middle and i == middle_at:
            parts.append(("middle", shape.middle, float(rng.choice([0.36, 0.44, 0.66])), 0.0))
        grown = 0.68 if count == 1 else first + (0.93 - first) * i / (count - 1)
        parts.append(("statement", shape.body, grown, 0.14 if count == 1 else 0.05))
    if shape.middle and count == 1:
        parts.append(("middle", shape.middle, 0.66, 0.0))
    parts.append(("ending", shape.ending, 0.8, 0.0))
    return parts


def _cut(tune: Tune, span: float) -> Tune:
    """The tune's first bars, where a statement has no room for all."""
    if span >= tune.beats - 1e-6:
        return tune
    notes = tuple(
        replace(n, duration_beats=min(n.duration_beats, span - n.onset_beats))
        for n in tune.notes
        if n.onset_beats < span - 0.2
    )
    return replace(tune, notes=notes, chords=window(tune.chords, 0.0, span))
