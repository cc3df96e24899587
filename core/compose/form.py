"""The shape of a song: what the tune is, how often it comes, and what stands before, between and after.

A tune of any length becomes a piece: a short one is repeated around a contrasting middle, a long one is
played once; the intro leads into an upbeat, and the ending comes home.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core import theory
from core.compose.feel import slowed
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
    last_statement: int  # index into sections
    slowing: tuple[tuple[float, float], ...] = ()  # as Song has it
    hit: bool = False  # the band strikes the last chord and lets go of it

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
            for ending in (1, 2, 3, 4):
                for intro in range(longest_intro + 1):
                    miss = abs(intro + statements * bars + middle + ending - target)
                    cost = miss * (9.0 if length_s is not None else 1.0)
                    cost += (
                        abs(intro - want_intro) * 0.8
                        + (1.0 if intro % 2 else 0)
                        + (3.0 + 20.0 * upbeat if intro == 0 else 0)
                    )
                    cost += abs(ending - 2.5) * 0.5 + (1.2 if ending == 1 else 0)
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
                    cost += taste[intro, ending] + taste[middle, 0]
                    if cost < best_cost:
                        best, best_cost = _Shape(intro, statements, middle, ending, bars), cost
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
    at, last = 0.0, 0
    for index, (name, bars, intensity) in enumerate(parts):
        span = bars * bar
        sections.append(Section(name, at, span, round(intensity, 3)))
        if name == "statement":
            last = index
            part = _cut(tune, span)
            notes += _moved(part.notes, at)
            chords += _chords_moved(part.chords, at)
        elif name == "intro":
            chords += _chords_moved(_intro_chords(tune, sheet, bars, intro_kind), at)
        elif name == "middle":
            chords += _chords_moved(_middle_chords(tune, sheet, bars, rng), at)
        else:
            part_notes, part_chords = _ending(tune, sheet, bars, ending_kind, tonic)
            notes += _moved(part_notes, at)
            chords += _chords_moved(part_chords, at)
        at += span
    return Plan(
        tuple(sections),
        monophonic([n for n in notes if n.duration_beats > 0.01]),
        joined(chords),
        tune.meter,
        tune,
        last,
        slowed(at, tune.meter, slowing),
        ending_kind == "hit" and shape.ending > 1,
    )


def _order(shape: _Shape, rng: np.random.Generator) -> list[tuple[str, int, float]]:
    """(name, bars, intensity) of each part: statements grow, the middle steps back, the end is strong."""
    parts: list[tuple[str, int, float]] = []
    if shape.intro:
        parts.append(("intro", shape.intro, float(rng.uniform(0.28, 0.42))))
    count = shape.statements
    first = float(rng.uniform(0.48, 0.58))
    middle_at = max(1, count - 1 if count < 5 else count - 2)
    for i in range(count):
        if shape.middle and i == middle_at:
            parts.append(("middle", shape.middle, float(rng.choice([0.36, 0.44, 0.66]))))
        grown = 0.68 if count == 1 else first + (0.93 - first) * i / (count - 1)
        parts.append(("statement", shape.body, grown))
    if shape.middle and count == 1:
        parts.append(("middle", shape.middle, 0.66))
    parts.append(("ending", shape.ending, 0.8))
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
    return replace(tune, notes=notes, chords=_window(tune.chords, 0.0, span))


def _window(chords: Sequence[Chord], start: float, end: float) -> tuple[Chord, ...]:
    """Chords between start and end, moved to begin at 0."""
    cut = []
    for chord in chords:
        onset, stop = max(chord.onset_beats, start), min(chord.end_beats, end)
        if stop - onset > 1e-6:
            cut.append(Chord(onset - start, stop - onset, chord.symbol))
    return tuple(cut)


def _moved(notes: Sequence[Note], by: float) -> list[Note]:
    return [replace(note, onset_beats=note.onset_beats + by) for note in notes]


def _chords_moved(chords: Sequence[Chord], by: float) -> list[Chord]:
    return [replace(chord, onset_beats=chord.onset_beats + by) for chord in chords]


def _degree(sheet: LeadSheet, step: int, quality: str) -> str:
    key = sheet.melody.key
    return theory.chord_symbol(key.tonic_pc + step, quality, flats=key.flats)


def _dominant(sheet: LeadSheet) -> str:
    """V: major also in minor keys; the flat seventh in mixolydian, which has no leading note."""
    if sheet.melody.key.mode == "mixolydian":
        return _degree(sheet, 10, "")
    return _degree(sheet, 7, "7")


def _per_bar(symbols: Sequence[str], bars: int, bar: float) -> tuple[Chord, ...]:
    return tuple(Chord(i * bar, bar, symbols[i % len(symbols)]) for i in range(bars))


def _intro_chords(tune: Tune, sheet: LeadSheet, bars: int, kind: str) -> tuple[Chord, ...]:
    """The tune's own opening, a turnaround, or the tonic; a dominant leads into the tune."""
    bar = tune.meter.bar_beats
    minor = sheet.melody.key.is_minor
    tonic = _degree(sheet, 0, "m" if minor else "")
    first_root = tune.chords[0].root_pc
    if kind == "turnaround":
        cycle = (
            [tonic, _degree(sheet, 8, ""), _degree(sheet, 5, "m"), _dominant(sheet)]
            if minor
            else [tonic, _degree(sheet, 9, "m"), _degree(sheet, 2, "m"), _dominant(sheet)]
        )
        return _per_bar(
            cycle[-bars:] if bars < 4 else cycle if bars % 4 == 0 else cycle[bars % 4 :] + cycle, bars, bar
        )
    if kind == "tonic" or tune.bars < 2:  # home, and a look over the fence before the dominant
        away = _degree(sheet, 5, "m" if minor else "")
        chords = _per_bar([tonic] if bars < 4 else [tonic, away], bars, bar)
    else:
        loop: list[Chord] = []
        while sum(c.duration_beats for c in loop) < bars * bar - 1e-6:
            at = sum(c.duration_beats for c in loop)
            loop += _chords_moved(_window(tune.chords, 0.0, min(tune.beats, bars * bar - at)), at)
        chords = tuple(loop)
    if bars > 1 and first_root == sheet.melody.key.tonic_pc:
        chords = (*_window(chords, 0.0, (bars - 1) * bar), Chord((bars - 1) * bar, bar, _dominant(sheet)))
    return chords


def _middle_chords(tune: Tune, sheet: LeadSheet, bars: int, rng: np.random.Generator) -> tuple[Chord, ...]:
    """Another road through the key, a chord a bar, ending on the dominant."""
    if sheet.melody.key.is_minor:
        cycles = [
            (8, "", 10, "", 0, "m", 7, "7"),
            (5, "m", 0, "m", 8, "", 7, "7"),
            (3, "", 10, "", 8, "", 7, "7"),
        ]
    else:
        cycles = [
            (9, "m", 5, "", 0, "", 7, ""),
            (5, "", 7, "", 4, "m", 9, "m"),
            (2, "m", 5, "", 0, "", 7, ""),
        ]
    row = cycles[int(rng.integers(len(cycles)))]
    names = [_degree(sheet, int(row[i]), str(row[i + 1])) for i in range(0, 8, 2)]
    symbols = [names[i % 4] for i in range(bars)]
    symbols[-1] = _dominant(sheet)
    if bars == 2:
        symbols[0] = _degree(sheet, 5, "m" if sheet.melody.key.is_minor else "")
    return _per_bar(symbols, bars, tune.meter.bar_beats)


def _ending(
    tune: Tune, sheet: LeadSheet, bars: int, kind: str, tonic: str
) -> tuple[tuple[Note, ...], tuple[Chord, ...]]:
    """Notes and chords of the ending, from 0: a tag says the last two bars again, a cadence goes home."""
    bar = tune.meter.bar_beats
    home = (Chord((bars - 1) * bar, bar, tonic),)
    lead = bars - 1
    if lead == 0:
        return (), home
    if kind == "tag" and tune.bars > lead:
        start = tune.beats - lead * bar
        notes = tuple(
            replace(n, onset_beats=n.onset_beats - start) for n in tune.notes if n.onset_beats >= start - 1e-6
        )
        return notes, (*_window(tune.chords, start, tune.beats), *home)
    minor = sheet.melody.key.is_minor
    before = [
        _degree(sheet, 8, "") if minor else _degree(sheet, 9, "m"),
        _degree(sheet, 5, "m" if minor else ""),
        _dominant(sheet),
    ]
    if kind == "hit":
        before = [tonic, _degree(sheet, 5, "m" if minor else ""), _dominant(sheet)]
    return (), (*_per_bar(before[-lead:], lead, bar), *home)
