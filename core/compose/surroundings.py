"""What stands before, between and after a tune: chords of the intro and the middle, the ending's way home."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core import theory
from core.compose.tune import Tune
from core.music import Chord, LeadSheet, Note


def window(chords: Sequence[Chord], start: float, end: float) -> tuple[Chord, ...]:
    """Chords between start and end, moved to begin at 0."""
    cut = []
    for chord in chords:
        onset, stop = max(chord.onset_beats, start), min(chord.end_beats, end)
        if stop - onset > 1e-6:
            cut.append(Chord(onset - start, stop - onset, chord.symbol))
    return tuple(cut)


def notes_moved(notes: Sequence[Note], by: float) -> list[Note]:
    """Notes moved by so many beats."""
    return [replace(note, onset_beats=note.onset_beats + by) for note in notes]


def chords_moved(chords: Sequence[Chord], by: float) -> list[Chord]:
    """Chords moved by so many beats."""
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


def intro_chords(tune: Tune, sheet: LeadSheet, bars: int, kind: str) -> tuple[Chord, ...]:
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
            loop += chords_moved(window(tune.chords, 0.0, min(tune.beats, bars * bar - at)), at)
        chords = tuple(loop)
    if bars > 1 and first_root == sheet.melody.key.tonic_pc:
        chords = (*window(chords, 0.0, (bars - 1) * bar), Chord((bars - 1) * bar, bar, _dominant(sheet)))
    return chords


def middle_chords(tune: Tune, sheet: LeadSheet, bars: int, rng: np.random.Generator) -> tuple[Chord, ...]:
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


def ending(
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
        return notes, (*window(tune.chords, start, tune.beats), *home)
    minor = sheet.melody.key.is_minor
    before = [
        _degree(sheet, 8, "") if minor else _degree(sheet, 9, "m"),
        _degree(sheet, 5, "m" if minor else ""),
        _dominant(sheet),
    ]
    if kind == "hit":
        before = [tonic, _degree(sheet, 5, "m" if minor else ""), _dominant(sheet)]
    return (), (*_per_bar(before[-lead:], lead, bar), *home)
