"""The drummer: grooves that vary, fills at the ends of phrases, a crash after them, and a human hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core import theory
from core.compose.session import Cell, Session
from core.compose.styles import CELL_BEATS, Grid
from core.music import Note

LEVEL = {"X": 112, "x": 92, "o": 70, "g": 36, "?": 54}
CYMBALS = frozenset(
    {
        "hat_closed",
        "hat_open",
        "hat_pedal",
        "ride",
        "ride_bell",
        "ride_2",
        "shaker",
        "cabasa",
        "tambourine",
        "maracas",
    }
)
HIT_BEATS = 0.12  # drums ring by themselves: a short note is enough


@dataclass(frozen=True, slots=True)
class Hit:
    """One stroke, still on the swung grid."""

    onset: float
    drum: str
    velocity: float


def drum_part(session: Session) -> list[Hit]:
    """All strokes of the song."""
    style = session.style
    rng = session.dice("drums")
    hits: list[Hit] = []
    grooves: dict[tuple[str, int], Grid] = {}
    crash_next = False
    cells = session.cells
    for cell in cells:
        section = cell.section
        key = (section.name, round(section.intensity * 10))
        if key not in grooves:
            grooves[key] = _choose(style.grooves, session.family, section.intensity, rng)
        if section.name == "ending" and cell.is_section_end:
            hits += _last(session, cell)
            break
        bar_hits = _groove(session, cell, grooves[key], rng)
        changes = cell.is_section_end and cell.number + 1 < len(cells)
        if changes or (cell.is_phrase_end and rng.random() < (0.7 if (cell.index + 1) % 8 == 0 else 0.3)):
            fill = _choose_fill(
                style.fills, session, section.intensity + (0.15 if changes else -0.1), changes, rng
            )
            if fill:
                bar_hits = _filled(session, cell, bar_hits, fill, section.intensity)
        opens = crash_next or (cell.index == 0 and cell.number > 0)
        if opens and style.crash and section.intensity > 0.42:
            bar_hits = [h for h in bar_hits if not (h.drum in CYMBALS and abs(h.onset - cell.onset) < 0.02)]
            bar_hits.append(
                Hit(session.at(cell.onset), "crash" if rng.random() < 0.75 else "crash_2", 104)
            )
        crash_next = changes
        hits += bar_hits
    return hits


def _choose(grooves: Sequence[Grid], family: str, intensity: float, rng: np.random.Generator) -> Grid:
    """A groove of this meter that suits the intensity, or lies nearest to it."""
    fitting = [g for g in grooves if g.meter == family] or list(grooves)

    def miss(groove: Grid) -> float:
        low, high = groove.intensity
        return max(low - intensity, intensity - high, 0.0)

    least = min(map(miss, fitting))
    best = [g for g in fitting if miss(g) <= least + 1e-9]
    return best[int(rng.integers(len(best)))]


def _choose_fill(
    fills: Sequence[Grid], session: Session, intensity: float, big: bool, rng: np.random.Generator
) -> Grid | None:
    fitting = [
        f for f in fills if f.meter == session.family and f.intensity[0] <= intensity <= f.intensity[1]
    ]
    if not fitting:
        fitting = [f for f in fills if f.meter == session.family]
    if not fitting:
        return None
    size = np.array([f.length / f.steps for f in fitting])
    weight = np.where(size >= 0.5, 2.0 if big else 0.5, 1.0)
    return fitting[int(rng.choice(len(fitting), p=weight / weight.sum()))]


def _lines(
    session: Session, cell: Cell, lines: Mapping[str, str], steps: int
) -> list[tuple[float, str, str]]:
    return [
        (at, drum, mark)
        for drum, row in lines.items()
        for at, mark in session.hits(row, cell, steps)
        if mark != "."
    ]


def _groove(session: Session, cell: Cell, groove: Grid, rng: np.random.Generator) -> list[Hit]:
    """One cell of groove: the optional strokes come and go, and every fourth cell has a turn of its own."""
    lift = 0.86 + 0.24 * cell.section.intensity
    fast = CELL_BEATS[session.family] * session.stretch / groove.steps * 60 / session.bpm < 0.085
    hits = []
    for at, drum, mark in _lines(session, cell, groove.lines, groove.steps):
        if mark == "?" and rng.random() > 0.35:
            continue
        if mark in "g?" and fast:
            continue
        accent = 0.0
        if drum in CYMBALS:
            beat = (at - cell.onset) / session.stretch
            accent = 6.0 if abs(beat - round(beat)) < 0.05 else -4.0
        hits.append(Hit(at, drum, LEVEL[mark] * lift + accent))
    if cell.index % 4 in (1, 3) and not session.style.machine:
        hits = _turned(session, cell, hits, rng)
    elif cell.index % 4 == 3:
        hits = _machine_turn(session, cell, hits, rng)
    return hits


def _turned(session: Session, cell: Cell, hits: list[Hit], rng: np.random.Generator) -> list[Hit]:
    """What a drummer changes without thinking: a kick more or less, a ghost note, an opened hat."""
    step = CELL_BEATS[session.family] * session.stretch / (16 if session.family == "4/4" else 12)
    choice = int(rng.integers(4))
    kicks = [h for h in hits if h.drum == "kick"]
    taken = {(round(h.onset, 2), h.drum) for h in hits}

    def add(steps: float, drum: str, velocity: float) -> None:
        at = session.at(cell.onset + steps * step)
        if at < cell.onset + cell.beats - 0.01 and (round(at, 2), drum) not in taken:
            hits.append(Hit(at, drum, velocity))

    if choice == 0 and kicks:
        add(float(rng.choice([7, 10, 11, 14])), "kick", 80)
    elif choice == 1 and any(h.drum == "snare" for h in hits):
        add(float(rng.choice([7, 9, 11, 15])), "snare", 34)
    elif choice == 2 and len(kicks) > 2:
        gone = kicks[1 + int(rng.integers(len(kicks) - 1))]
        hits = [h for h in hits if h is not gone]
    elif any(h.drum == "hat_closed" for h in hits):
        late = max(h.onset for h in hits if h.drum == "hat_closed")
        hits = [
            Hit(h.onset, "hat_open", h.velocity + 4) if h.drum == "hat_closed" and h.onset == late else h
            for h in hits
        ]
    return hits


def _machine_turn(session: Session, cell: Cell, hits: list[Hit], rng: np.random.Generator) -> list[Hit]:
    """A machine's fourth bar: one stroke dropped or doubled, as a producer would draw it."""
    step = CELL_BEATS[session.family] * session.stretch / (16 if session.family == "4/4" else 12)
    choice = int(rng.integers(3))
    last = cell.onset + cell.beats
    if choice == 0:
        return [h for h in hits if not (h.drum == "kick" and h.onset >= last - 4 * step - 0.01)]
    if choice == 1:
        return hits + [Hit(session.at(last - k * step), "snare", 78 - 8 * k) for k in (1, 2)]
    return hits + [Hit(session.at(last - step), "hat_open", 84)]


def _filled(session: Session, cell: Cell, hits: list[Hit], fill: Grid, intensity: float) -> list[Hit]:
    """The fill in place of the groove at the cell's end; the kick goes on unless the fill has its own."""
    width = CELL_BEATS[session.family] * session.stretch / fill.steps * fill.length
    start = cell.onset + cell.beats - min(width, cell.beats)
    straight = session.family == "4/4" and fill.steps % 16 != 0
    step = CELL_BEATS[session.family] * session.stretch / fill.steps
    skip = fill.length - round(min(width, cell.beats) / step)
    drums = set(fill.lines)
    kept = [
        h
        for h in hits
        if h.onset < session.at(start) - 0.01
        or fill.keep
        or (h.drum in ("kick", "hat_pedal") and h.drum not in drums)
    ]
    for drum, row in fill.lines.items():
        for i, mark in enumerate(row[skip:]):
            if mark in ".?":
                continue
            at = start + i * step
            growth = 0.9 + 0.18 * i / max(1, len(row) - skip)
            kept.append(
                Hit(at if straight else session.at(at), drum, LEVEL[mark] * growth * (0.8 + 0.3 * intensity))
            )
    return kept


def _last(session: Session, cell: Cell) -> list[Hit]:
    """The final stroke: on the last bar line."""
    last_bar = session.plan.end_beats - session.plan.meter.bar_beats
    loud = session.style.crash
    hits = [Hit(last_bar, "kick", 100), Hit(last_bar, "crash" if loud else "ride", 98 if loud else 70)]
    if cell.onset < last_bar - 1e-6:
        hits += [Hit(cell.onset, "kick", 92), Hit(cell.onset, "ride", 70)]
    return hits


def strokes_to_notes(hits: Sequence[Hit]) -> list[Note]:
    """Strokes as General MIDI notes, the loudest where two fall on one drum at one time."""
    best: dict[tuple[int, int], Hit] = {}
    for hit in hits:
        key = (round(hit.onset * 48), theory.GM_DRUMS[hit.drum])
        if key not in best or best[key].velocity < hit.velocity:
            best[key] = hit
    return [
        Note(max(0.0, hit.onset), HIT_BEATS, pitch, int(np.clip(round(hit.velocity), 12, 124)))
        for (_, pitch), hit in best.items()
    ]
