"""From beats as played to beats as read: every onset and end on the place of its beat that a reader expects.

Each beat of a staff is divided in one way, into halves, quarters, thirds, sixths or eighths, whichever explains
the onsets in it most simply (a minimum description length, after Cemgil, Desain & Kappen 2000).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from core.music import Note
from core.perform.sheet.bars import Signature
from core.perform.sheet.score import TICKS

STEPS = {12: 0.0, 6: 1.0, 8: 2.0, 3: 6.0, 4: 6.0}  # ticks a step: what such a division costs
EARLY = 0.5  # ticks before a beat at which a note belongs to it
SUNG_STEPS = {12: 0.0, 6: 1.0, 8: 2.0}
PLAYED_SD, WRITTEN_SD = 1.6, 0.45  # ticks by which played and written onsets miss their place
WRITTEN_SHARE = 0.9
PLAYED_SD_S = 0.03
FASTEST_STEP_S, TOO_FAST = 0.09, 3.0
STRUM_S = 0.035
USUAL_SHARE, STRANGE = 0.15, 2.5  # of beats: what is rarer than that costs so much more a factor of e
FILL_SHARE, FILL_TICKS = 0.55, 6  # silence before the next note that is articulation and not a rest


@dataclass(frozen=True, slots=True)
class Placed:
    """A note on the ticks of the page."""

    onset: int
    end: int
    pitch: int
    velocity: int = 80


def is_written(notes: Sequence[Note]) -> bool:
    """Whether the notes lie on a grid already, as in a file made from a score and not by playing."""
    places = [p * TICKS for note in notes for p in (note.onset_beats, note.end_beats)]
    near = [p for p in places if min(abs(p - 3 * round(p / 3)), abs(p - 4 * round(p / 4))) < 0.35]
    return len(near) >= WRITTEN_SHARE * len(places)


def readable_steps(bpm: float) -> dict[int, float]:
    """What the divisions cost at a tempo: fine ones more where nobody could read them."""
    return {step: cost + TOO_FAST * (step < 12 and step / TICKS * 60 / max(bpm, 1.0) < FASTEST_STEP_S)
            for step, cost in STEPS.items()}


def struck_together(notes: Sequence[Note], bpm: float) -> list[Note]:
    """The notes with strummed chords struck at once: what follows a note within ``STRUM_S`` starts with it."""
    gathered: list[Note] = []
    first = -1.0
    for note in sorted(notes, key=lambda n: n.onset_beats):
        if (note.onset_beats - first) * 60 / bpm > STRUM_S:
            first = note.onset_beats
        late = note.onset_beats - first
        gathered.append(replace(note, onset_beats=first, duration_beats=note.duration_beats + late))
    return gathered


def quantize(notes: Sequence[Note], signatures: Sequence[Signature], *, written: bool,
             weigh_ends: bool | None = None, steps: Mapping[int, float] = STEPS, bpm: float = 100.0) -> list[Placed]:
    """Notes (beats) on ticks, in order of onset and pitch; each lasts at least one step of its beat.

    At a fast tempo (``bpm``) played notes may miss their places by more. ``weigh_ends``: whether the notes' ends say
    how beats are divided; left out, they do where the notes are ``written``.
    """
    sd = WRITTEN_SD if written else max(PLAYED_SD, PLAYED_SD_S * bpm / 60 * TICKS)
    grid = _Grid(notes, Cells(tuple(signatures)), sd, steps, played=not written,
                 weigh_ends=written if weigh_ends is None else weigh_ends)
    placed = []
    for note in notes:
        onset = grid.nearest(note.onset_beats)
        end = max(grid.nearest(note.end_beats), onset + grid.step_at(onset))
        placed.append(Placed(onset, end, note.pitch, note.velocity))
    return sorted(placed, key=lambda n: (n.onset, n.pitch, n.end))


def without_articulation(placed: Sequence[Placed], *, written: bool) -> list[Placed]:
    """One hand's notes with the lengths a person would write: up to the next onset where the silence before it is a
    matter of touch, else as they are. In a written file, silences of an eighth and more that start on one stay; what
    is played again within a beat was short by touch."""
    onsets = sorted({note.onset for note in placed})
    following = dict(pairwise(onsets))
    out = []
    for note in placed:
        after, end = following.get(note.onset, -(-note.end // TICKS) * TICKS), note.end
        room = after - note.onset
        if end < after:
            touch = end % 12 != 0 if written else after - end <= FILL_SHARE * room or room <= TICKS
            if after - end <= FILL_TICKS or (touch and room <= 2 * TICKS):
                end = after
            elif touch:
                end = min(after, -(-end // 12) * 12)
        out.append(Placed(note.onset, end, note.pitch, note.velocity))
    return out


@dataclass(frozen=True)
class Cells:
    """The beats of a piece, from its signatures: (first tick, length) of the one that holds a time.

    A cell is a quarter long, or what is left of its bar; bars count from their signature.
    """

    signatures: tuple[Signature, ...]

    def at(self, tick: float) -> tuple[int, int]:
        """The cell round ``tick``; a time just before a cell belongs to it."""
        here, until = self._signature(tick + EARLY)
        start = round(here.onset_beats * TICKS)
        bar = round(here.meter.bar_beats * TICKS)
        place = tick + EARLY - start
        first = start + int(place // bar) * bar
        cell = first + int((tick + EARLY - first) // TICKS) * TICKS
        return cell, min(TICKS, first + bar - cell, until - cell)

    def is_compound(self, tick: float) -> bool:
        """Whether beats of three eighths are felt here."""
        return self._signature(tick)[0].meter.is_compound

    def _signature(self, tick: float) -> tuple[Signature, int]:
        index = max((i for i, s in enumerate(self.signatures) if s.onset_beats * TICKS <= tick + 0.5), default=0)
        after = self.signatures[index + 1:index + 2]
        return self.signatures[index], round(after[0].onset_beats * TICKS) if after else 1 << 30


class _Grid:
    """The division of every beat."""

    def __init__(self, notes: Sequence[Note], cells: Cells, sd: float, steps: Mapping[int, float], *,
                 played: bool, weigh_ends: bool) -> None:
        self._cells = cells
        onsets: dict[int, list[float]] = {}
        ends: dict[int, list[float]] = {}
        for note in notes:
            self._count(onsets, note.onset_beats)
            if weigh_ends:
                self._count(ends, note.end_beats)
        def divided(steps: Mapping[int, float]) -> dict[int, int]:
            return {cell: _division(onsets.get(cell, []), ends.get(cell, []), sd, self._allowed(cell, steps))
                    for cell in {*onsets, *ends}}

        self._steps = divided(steps)
        if played:  # what a piece hardly ever does, its player's unevenness did
            self._steps = divided(_usual_here(steps, list(self._steps.values())))

    def _count(self, places: dict[int, list[float]], beats: float) -> None:
        """Note a time under its beat, in ticks from there."""
        cell, _ = self._cells.at(beats * TICKS)
        places.setdefault(cell, []).append(beats * TICKS - cell)

    def _allowed(self, cell: int, steps: Mapping[int, float]) -> dict[int, float]:
        """Divisions that fill this beat; where beats have three eighths already, none of a quarter into thirds."""
        length = self._cells.at(cell)[1]
        compound = self._cells.is_compound(cell)
        return {step: cost for step, cost in steps.items()
                if length % step == 0 and not (compound and step == 8)} or {3: 0.0}

    def step_at(self, tick: int) -> int:
        """Ticks a step of the beat that holds this tick."""
        cell, length = self._cells.at(tick)
        return self._steps.get(cell, min(12, length))

    def nearest(self, beats: float) -> int:
        """The place, in ticks, where this time is written."""
        tick = beats * TICKS
        cell, length = self._cells.at(tick)
        step = self._steps.get(cell, 12 if length % 12 == 0 else 3)
        return cell + min(length, step * round((tick - cell) / step))


def _usual_here(steps: Mapping[int, float], found: Sequence[int]) -> dict[int, float]:
    """What the divisions cost in a piece that divides its beats like this: rare fine ones more, so that a page keeps
    to its own way of counting."""
    def strange(step: int) -> float:
        return float(np.clip(np.log(USUAL_SHARE / (found.count(step) / len(found) + 0.01)), 0.0, 2.0))

    return {step: cost + STRANGE * strange(step) * (step < 12 and step != 6) for step, cost in steps.items()}


def _division(onsets: Sequence[float], ends: Sequence[float], sd: float, steps: Mapping[int, float]) -> int:
    """The step (ticks) that explains the places (ticks from the beat) at the least cost. Where no onset asks for
    thirds, no mere end does."""
    apart = sorted({round(p, 1) for p in onsets})
    binary = all(abs(p - 3 * round(p / 3)) < 0.8 for p in onsets)
    places = [*onsets, *ends]

    def cost(step: int) -> float:
        misses = sum(min(((p - step * round(p / step)) / sd) ** 2, 30.0) for p in places) / 2
        lost = sum(1 for a, b in pairwise(apart) if b - a > 2.5 and round(a / step) == round(b / step))
        return misses + steps[step] + 8.0 * lost

    return min((step for step in steps if step % 3 == 0 or not binary), key=cost)
