"""From beats as played to beats as read: every onset and end on the place of its beat that a reader expects.

Each beat of a staff is divided in one way, into halves, quarters, thirds, sixths or eighths, whichever explains
the onsets in it most simply (a minimum description length, after Cemgil, Desain & Kappen 2000).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from core.music import Note
from core.perform.sheet.score import TICKS

STEPS = {12: 0.0, 6: 1.0, 8: 2.0, 3: 6.0, 4: 6.0}  # ticks a step: what such a division costs
SUNG_STEPS = {12: 0.0, 6: 1.0, 8: 2.0}
PLAYED_SD, WRITTEN_SD = 1.6, 0.45  # ticks by which played and written onsets miss their place
WRITTEN_SHARE = 0.9
FASTEST_STEP_S, TOO_FAST = 0.09, 3.0
STRUM_S = 0.035
FILL_SHARE, FILL_TICKS = 0.4, 6  # silence before the next note that is articulation and not a rest


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
    return {step: cost + TOO_FAST * (step < 6 and step / TICKS * 60 / max(bpm, 1.0) < FASTEST_STEP_S)
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


def quantize(notes: Sequence[Note], *, written: bool, steps: Mapping[int, float] = STEPS) -> list[Placed]:
    """Notes (beats) on ticks, in order of onset and pitch; each lasts at least one step of its beat."""
    grid = _Grid(notes, WRITTEN_SD if written else PLAYED_SD, steps, weigh_ends=written)
    placed = []
    for note in notes:
        onset = grid.nearest(note.onset_beats)
        end = max(grid.nearest(note.end_beats), onset + grid.step_at(onset))
        placed.append(Placed(onset, end, note.pitch, note.velocity))
    return sorted(placed, key=lambda n: (n.onset, n.pitch, n.end))


def without_articulation(placed: Sequence[Placed], *, written: bool) -> list[Placed]:
    """One hand's notes with the lengths a person would write: up to the next onset where the silence before it is a
    matter of touch, else as they are. In a written file, silences of an eighth and more that start on one stay."""
    onsets = sorted({note.onset for note in placed})
    following = dict(pairwise(onsets))
    out = []
    for note in placed:
        after, end = following.get(note.onset, -(-note.end // TICKS) * TICKS), note.end
        room = after - note.onset
        if end < after:
            touch = end % 12 != 0 if written else after - end <= FILL_SHARE * room
            if after - end <= FILL_TICKS or (touch and room <= 2 * TICKS):
                end = after
            elif touch:
                end = min(after, -(-end // 12) * 12)
        out.append(Placed(note.onset, end, note.pitch, note.velocity))
    return out


class _Grid:
    """The division of every beat."""

    def __init__(self, notes: Sequence[Note], sd: float, steps: Mapping[int, float], *, weigh_ends: bool) -> None:
        onsets: dict[int, list[float]] = {}
        ends: dict[int, list[float]] = {}
        for note in notes:
            _count(onsets, note.onset_beats)
            if weigh_ends:
                _count(ends, note.end_beats)
        self._steps = {beat: _division(onsets.get(beat, []), ends.get(beat, []), sd, steps)
                       for beat in {*onsets, *ends}}

    def step_at(self, tick: int) -> int:
        """Ticks a step of the beat that holds this tick."""
        return self._steps.get(tick // TICKS, 12)

    def nearest(self, beats: float) -> int:
        """The place, in ticks, where this time is written."""
        tick = beats * TICKS
        beat = math.floor((tick + 0.5) / TICKS)
        step = self._steps.get(beat, 12)
        return beat * TICKS + step * round((tick - beat * TICKS) / step)


def _count(places: dict[int, list[float]], beats: float) -> None:
    """Note a time under its beat, in ticks from there."""
    tick = beats * TICKS
    beat = math.floor((tick + 0.5) / TICKS)
    places.setdefault(beat, []).append(tick - beat * TICKS)


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
