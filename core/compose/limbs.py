"""What a drummer's other limbs do: ghost notes of the left hand, bounced strokes, a foot on the hats, the ride.

All by what the genre's drummers did in the Groove MIDI Dataset (models/groove.md). A take has one drummer: what is
chosen once, a foot's beat or a groove's ghost notes, is kept; a machine has no limbs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.compose.habits import places, ride_share
from core.compose.session import Cell, Session
from core.compose.styles import CELL_BEATS, STEPS, Grid

HATS = ("hat_closed", "hat_open")
CHICK, BOUNCE = 56.0, 0.72  # velocity of the foot; what is left of a stroke in its bounce
BOUNCED = 0.33  # ghost notes that bounce: strokes within 80 ms of another beside all ghost notes, in five genres
LEAST_ROOM_S = 0.11
RIDE_FROM = 0.6  # intensity of the sections that may move to the ride
KEPT = 0.9  # of what the foot does in every bar


@dataclass(frozen=True, slots=True)
class Hit:
    """One stroke, still on the swung grid."""

    onset: float
    drum: str
    velocity: float


def foot_steps(session: Session) -> tuple[int, ...]:
    """Sixteenths on which this take's drummer treads the hats: backbeats, all beats, all offbeats, or none."""
    weights = np.array(places(session.style.genre, "hat_pedal")[:STEPS[session.family]])
    if session.style.machine or session.family == "6/8" or not weights.any():
        return ()
    size = len(weights)
    ways = [range(4, size, 8 if size == 16 else 4), range(0, size, 4), range(2, size, 4)]
    chances = [float(weights[list(way)].mean()) for way in ways]
    chances.append(max(0.15, 1 - sum(chances)))
    rng = session.dice("drums", "foot")
    picked = int(rng.choice(4, p=np.array(chances) / sum(chances)))
    return tuple(ways[picked]) if picked < 3 else ()


def own_groove(session: Session, groove: Grid, intensity: float, rng: np.random.Generator) -> Grid:
    """A written groove as this drummer plays it: on the ride in a strong section, their own ghost notes, open hats."""
    lines = dict(groove.lines)
    if session.style.machine or "kick" not in lines or not {"snare", "side_stick"} & set(lines):
        return groove
    genre, bars = session.style.genre, groove.length / groove.steps
    eighths = sum(mark != "." for mark in lines.get("hat_closed", "")) <= 9 * bars
    if intensity >= RIDE_FROM and eighths and "ride" not in lines and rng.random() < 1.3 * ride_share(genre):
        lines = {"ride" if drum == "hat_closed" else drum: row for drum, row in lines.items()}
    if session.swing > 0.6 or groove.steps % 16 or not any(drum in lines for drum in ("hat_closed", "ride")):
        return replace(groove, lines=lines)
    if set("Xx") & set(lines.get("snare", "")):
        there = sum(mark in "g?" for mark in lines["snare"])
        for step in _added(session, "ghost", lines["snare"], ".", there, rng):
            lines["snare"] = _marked(lines["snare"], step, "g")
    if "hat_closed" in lines and session.style.crash:
        opened = lines.get("hat_open", "." * groove.length)
        for step in _added(session, "hat_open", lines["hat_closed"], "Xxo", groove.length - opened.count("."), rng):
            lines["hat_closed"] = _marked(lines["hat_closed"], step, ".")
            opened = _marked(opened, step, "x")
        lines["hat_open"] = opened
    return replace(groove, lines=lines)


def _added(session: Session, habit: str, row: str, where: str, there: int, rng: np.random.Generator) -> list[int]:
    """Steps, among those that ``row`` marks so, where this drummer adds what the genre's do and the groove lacks.

    The same in each of its bars: a habit.
    """
    chances = np.array(places(session.style.genre, habit))
    bars = len(row) / len(chances)
    missing = max(0.0, 1.0 - there / bars / max(1e-6, float(chances.sum())))
    habit_of = rng.random(len(chances)) < missing * chances
    return [step for step, mark in enumerate(row) if mark in where and habit_of[step % len(chances)]]


def _marked(row: str, step: int, mark: str) -> str:
    return row[:step] + mark + row[step + 1:]


def limbs(session: Session, cell: Cell, hits: list[Hit], foot: Sequence[int], rng: np.random.Generator) -> list[Hit]:
    """A bar's strokes with those of the foot, and the bounces of some ghost notes."""
    if session.style.machine or not {"hat_closed", "ride"} & {hit.drum for hit in hits}:
        return hits
    return [*hits, *_treads(session, cell, hits, foot, rng), *_bounces(session, hits, rng)]


def _treads(session: Session, cell: Cell, hits: list[Hit], foot: Sequence[int], rng: np.random.Generator) -> list[Hit]:
    """The foot keeps time where the hats are free, and closes what was opened."""
    if any(hit.drum == "hat_pedal" for hit in hits):
        return []
    step = CELL_BEATS[session.family] * session.stretch / STEPS[session.family]
    hats = [hit.onset for hit in hits if hit.drum in HATS]
    wanted = [session.at(cell.onset + k * step) for k in foot if rng.random() < KEPT]
    wanted += [hit.onset + 2 * step for hit in hits if hit.drum == "hat_open"]
    free = sorted({round(at, 4) for at in wanted if at < cell.onset + cell.beats - 0.01
                   and all(abs(at - hat) > 0.6 * step for hat in hats)})
    return [Hit(at, "hat_pedal", CHICK + float(rng.normal(0, 6))) for at in free]


def _bounces(session: Session, hits: list[Hit], rng: np.random.Generator) -> list[Hit]:
    """Second strokes of a stick let bounce, 50 to 75 ms after a ghost note, where sixteenths leave room for them."""
    if 15 / session.bpm < LEAST_ROOM_S:
        return []
    snares = [hit.onset for hit in hits if hit.drum == "snare"]
    found = []
    for hit in hits:
        if hit.drum == "snare" and hit.velocity < 52 and rng.random() < BOUNCED:
            at = hit.onset + rng.uniform(0.05, 0.075) * session.bpm / 60
            if all(not hit.onset < other < at + 0.04 * session.bpm / 60 for other in snares):
                found.append(Hit(at, "snare", BOUNCE * hit.velocity))
    return found
