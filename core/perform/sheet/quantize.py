"""From beats as played to beats as read: every onset and end on the place of its beat that a reader expects.

Each beat of a staff is divided in one way, into halves, quarters, thirds, sixths or eighths, whichever explains
the onsets in it most simply (a minimum description length, after Cemgil, Desain & Kappen 2000).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.music import Note
from core.perform.sheet.score import TICKS

STEPS = {12: 0.0, 6: 1.0, 8: 2.0, 3: 6.0, 4: 6.0}  # ticks a step: what such a division costs
SUNG_STEPS = {12: 0.0, 6: 1.0, 8: 2.0}
PLAYED_SD, WRITTEN_SD = 1.6, 0.45  # ticks by which played and written onsets miss their place
WRITTEN_SHARE = 0.9
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


def quantize(notes: Sequence[Note], *, written: bool, fill: bool = True,
             steps: Mapping[int, float] = STEPS) -> list[Placed]:
    """Notes (beats) on ticks, in order of onset and pitch; each lasts at least one step of its beat.

    ``written`` notes keep their lengths; played ones end at the next onset where the silence is mere articulation
    (``fill``), else at a simple length.
    """
    sd = WRITTEN_SD if written else PLAYED_SD
    grid = _Grid(notes, sd, steps, weigh_ends=written)
    placed = []
    for note in sorted(notes, key=lambda n: (n.onset_beats, n.pitch)):
        onset = grid.nearest(note.onset_beats)
        end = max(grid.nearest(note.end_beats), onset + grid.step_at(onset))
        placed.append(Placed(onset, end, note.pitch, note.velocity))
    placed.sort(key=lambda n: (n.onset, n.pitch, n.end))
    return placed if written or not fill else filled(placed, grid)


def filled(placed: Sequence[Placed], grid: "_Grid") -> list[Placed]:
    """Played notes with the lengths a person would write: up to the next onset, or a plain value and a rest."""
    onsets = sorted({note.onset for note in placed})
    following = dict(pairwise(onsets))
    out = []
    for note in placed:
        after = following.get(note.onset)
        end = note.end
        if after is not None and end < after:
            gap = after - end
            if gap <= max(FILL_TICKS, FILL_SHARE * (after - note.onset)) and after - note.onset <= 4 * TICKS:
                end = after
        out.append(Placed(note.onset, end, note.pitch, note.velocity))
    return out


class _Grid:
    """The division of every beat."""

    def __init__(self, notes: Sequence[Note], sd: float, steps: Mapping[int, float], *, weigh_ends: bool) -> None:
        self._places: dict[int, list[float]] = {}
        for note in notes:
            self._count(note.onset_beats)
            if weigh_ends:
                self._count(note.end_beats)
        self._steps = {beat: _division(places, sd, steps) for beat, places in self._places.items()}

    def _count(self, beats: float) -> None:
        tick = beats * TICKS
        beat = math.floor((tick + 0.5) / TICKS)
        self._places.setdefault(beat, []).append(tick - beat * TICKS)

    def step_at(self, tick: int) -> int:
        """Ticks a step of the beat that holds this tick."""
        return self._steps.get(tick // TICKS, 12)

    def nearest(self, beats: float) -> int:
        """The place, in ticks, where this time is written."""
        tick = beats * TICKS
        beat = math.floor((tick + 0.5) / TICKS)
        step = self._steps.get(beat, 12)
        return beat * TICKS + step * round((tick - beat * TICKS) / step)


def _division(places: Sequence[float], sd: float, steps: Mapping[int, float]) -> int:
    """The step (ticks) that explains the places (ticks from the beat) at the least cost."""
    apart = sorted({round(p, 1) for p in places})

    def cost(step: int) -> float:
        misses = sum(min(((p - step * round(p / step)) / sd) ** 2, 30.0) for p in places) / 2
        lost = sum(1 for a, b in pairwise(apart) if b - a > 2.5 and round(a / step) == round(b / step))
        return misses + steps[step] + 8.0 * lost

    return min(steps, key=cost)
