"""What every player of the band is handed: the plan, the style, the feel, and dice of their own.

All parts are written as if the key were C; :mod:`core.compose.arrange` moves them to the song's key.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.compose.feel import dice, swung
from core.compose.form import Plan
from core.compose.styles import CELL_BEATS, STEPS, Style
from core.music import Chord, Key, Meter, Note, Section


def family_of(meter: Meter) -> str:
    """The pattern family a meter is played with: 3/4 in threes, compound meters as 6/8, all others as 4/4."""
    if meter.is_compound or (meter.denominator == 8 and meter.numerator == 3):
        return "6/8"
    return "3/4" if meter.numerator == 3 else "4/4"


@dataclass(frozen=True, slots=True)
class Cell:
    """One stretch of pattern: a bar, or two bars of 2/4, or what a half- or double-time feel makes of it."""

    onset: float
    beats: float
    section: Section
    index: int  # within its section
    count: int  # cells in its section
    number: int  # within the song
    is_phrase_end: bool
    is_section_end: bool


@dataclass(frozen=True)
class Session:
    """One take of one song."""

    plan: Plan
    style: Style
    key: Key
    bpm: float
    swing: float
    stretch: float  # beats of the song per beat of the pattern: 2 = half-time feel
    seed: int

    def dice(self, *what: str) -> np.random.Generator:
        """Chance for one decision, the same for the same seed, genre and words."""
        return dice(self.seed, self.style.genre, *what)

    @cached_property
    def family(self) -> str:
        """Pattern family of the meter."""
        return family_of(self.plan.meter)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The song cut into pattern cells, section by section."""
        bar = self.plan.meter.bar_beats
        length = CELL_BEATS[self.family] * self.stretch
        if (length / bar) % 1 and (
            bar / length
        ) % 1:  # 5/4, 7/8, 9/8: the pattern is cut or repeated to the bar
            length = bar
        cells: list[Cell] = []
        for section in self.plan.sections:
            count = max(1, int(np.ceil(section.duration_beats / length - 1e-6)))
            per_phrase = max(1, round(4 * bar / length))
            for i in range(count):
                onset = section.onset_beats + i * length
                cells.append(
                    Cell(
                        onset,
                        min(length, section.end_beats - onset),
                        section,
                        i,
                        count,
                        len(cells),
                        (i + 1) % per_phrase == 0,
                        i == count - 1,
                    )
                )
        return tuple(cells)

    def steps(self, pattern_length: int) -> int:
        """Steps in one cell of a pattern of that many characters: sixteenths, or triplets in 4/4."""
        steps = STEPS[self.family]
        return steps if pattern_length % steps == 0 else 12

    def hits(self, pattern: str, cell: Cell, steps: int | None = None) -> list[tuple[float, str]]:
        """(onset in swung beats, character) of every step of the pattern in a cell, rests included."""
        steps = steps or self.steps(len(pattern))
        step = CELL_BEATS[self.family] * self.stretch / steps
        cells = max(1, len(pattern) // steps)
        offset = (cell.index % cells) * steps
        count = int(np.ceil(cell.beats / step - 1e-6))
        straight = self.family == "4/4" and steps % 16 != 0
        return [
            (
                cell.onset + i * step if straight else self.at(cell.onset + i * step),
                pattern[(offset + i) % len(pattern)],
            )
            for i in range(count)
        ]

    def at(self, beats: float) -> float:
        """Where a straight position is played."""
        if self.family == "6/8":
            return beats
        return swung(beats, self.swing, self.style.swing_unit * min(1.0, self.stretch))

    @cached_property
    def chord_onsets(self) -> list[float]:
        """Swung onsets of the plan's chords."""
        return [self.at(chord.onset_beats) for chord in self.plan.chords]

    def chord_at(self, beats: float) -> int:
        """Index of the chord that sounds at a played position."""
        return max(0, bisect_right(self.chord_onsets, beats + 1e-6) - 1)

    @cached_property
    def melody_onsets(self) -> np.ndarray:
        """Onsets of the melody, sorted, in beats."""
        return np.array([note.onset_beats for note in self.plan.notes])

    @cached_property
    def tune_pitch(self) -> float:
        """Median pitch of the melody as played, in C."""
        return float(np.median([note.pitch for note in self.plan.notes]))

    def entry(self, kind: str) -> float:
        """Where bass or drums first play: in some takes an intro of four bars or more is built player by player."""
        intro = self.plan.sections[0]
        if intro.name != "intro" or intro.duration_beats < 4 * self.plan.meter.bar_beats - 1e-6:
            return 0.0
        orders: tuple[tuple[str, ...], ...] = ((), (), (), ("bass",), ("drums",), ("bass", "drums"))
        order = orders[int(self.dice("entry").integers(len(orders)))]
        bars = intro.duration_beats / self.plan.meter.bar_beats
        return round(bars / 2) * self.plan.meter.bar_beats if kind in order else 0.0

    def busyness(self, start: float, end: float) -> float:
        """Melody onsets a beat between start and end."""
        left, right = np.searchsorted(self.melody_onsets, [start - 1e-6, end - 1e-6])
        return float(right - left) / max(end - start, 1e-6)

    def during(self, chord: Chord, least_beats: float) -> list[Note]:
        """The melody's notes that sound for so many beats or more within a chord."""
        left = max(0, int(np.searchsorted(self.melody_onsets, chord.onset_beats)) - 1)
        found = []
        for note in self.plan.notes[left:]:
            if note.onset_beats >= chord.end_beats:
                break
            if min(note.end_beats, chord.end_beats) - max(note.onset_beats, chord.onset_beats) >= least_beats - 1e-6:
                found.append(note)
        return found

    def ceiling(self, chord: Chord) -> int:
        """The highest pitch that leaves the tune its place while a chord sounds: under its lowest held note, though
        one low note does not send the band to the cellar."""
        lowest = min((note.pitch for note in self.during(chord, 0.5)), default=round(self.tune_pitch))
        return max(lowest, round(self.tune_pitch) - 7) - 1

    def melody_pcs(self, chord: Chord) -> frozenset[int]:
        """Pitch classes of the melody notes that sound for half a beat or more within a chord."""
        return frozenset(note.pitch % 12 for note in self.during(chord, 0.5))


def held_breath(session: Session) -> tuple[float, float] | None:
    """In most takes the band holds its breath, but for the drummer's fill and the tune's upbeat, for the last beat
    before the last statement: from where to where, in straight beats. None where that is the first."""
    plan = session.plan
    last = plan.sections[plan.last_statement]
    if len(plan.tellings) == 1:
        return None
    if session.dice("breath").random() < 0.35:
        return None
    return last.onset_beats - plan.meter.pulse_beats, last.onset_beats


def without(notes: Sequence[Note], silence: tuple[float, float] | None) -> list[Note]:
    """The notes without those of a silence; what is held into it is let go."""
    if silence is None:
        return list(notes)
    start, end = silence
    kept = [n for n in notes if not start - 0.06 <= n.onset_beats < end - 0.06]
    return [Note(n.onset_beats, start - n.onset_beats, n.pitch, n.velocity)
            if n.onset_beats < start < n.end_beats else n for n in kept]


def pick_pattern(patterns: Sequence[str], intensity: float, rng: np.random.Generator) -> str:
    """A pattern about as busy as the section is intense: they run from sparse to busy."""
    if len(patterns) == 1:
        return patterns[0]
    place = (intensity - 0.3) / 0.6 * (len(patterns) - 1) + rng.normal(0.0, 0.6)
    return patterns[int(np.clip(round(place), 0, len(patterns) - 1))]


def varied(hits: Sequence[tuple[float, str]], session: Session, chance: float, rng: np.random.Generator
           ) -> list[tuple[float, str]]:
    """A bar's strokes with one of them changed, as a hand does that listens: where the tune strikes between the
    strokes it is caught, or a weak stroke is left out. The first stroke stays."""
    hits = list(hits)
    if rng.random() >= chance:
        return hits
    strikes = [i for i, (_, mark) in enumerate(hits) if mark not in "-."]
    if len(strikes) < 2:
        return hits
    eighth = max(1, len(hits) // 8)
    caught = [i for i in range(eighth, len(hits), eighth)
              if hits[i][1] in "-." and session.busyness(hits[i][0] - 0.06, hits[i][0] + 0.06) > 0]
    if caught and rng.random() < 0.6:
        index = caught[int(rng.integers(len(caught)))]
        before = [hits[i][1] for i in strikes if i < index]
        mark = before[-1] if before else "o"
        hits[index] = hits[index][0], {"X": "x", "x": "o"}.get(mark, mark)
    else:
        index = strikes[int(rng.integers(1, len(strikes)))]
        hits[index] = hits[index][0], hits[index - 1][1] if hits[index - 1][1] in "-." else "-"
    return hits


def legato(notes: Sequence[Note], end: float) -> tuple[Note, ...]:
    """No overlaps within a pitch, nothing beyond the song's end: notes trimmed, empty ones left out."""
    latest: dict[int, int] = {}
    out: list[Note] = []
    for note in sorted(notes, key=lambda n: (n.onset_beats, n.pitch)):
        stop = min(note.end_beats, end)
        if stop - note.onset_beats < 0.02:
            continue
        before = latest.get(note.pitch)
        if before is not None and out[before].end_beats > note.onset_beats:
            gap = note.onset_beats - out[before].onset_beats
            if gap < 0.04:
                continue
            first = out[before]
            out[before] = Note(first.onset_beats, gap, first.pitch, first.velocity)
        latest[note.pitch] = len(out)
        out.append(Note(note.onset_beats, stop - note.onset_beats, note.pitch, note.velocity))
    return tuple(out)
