"""The drummer: grooves that vary, fills at the ends of phrases, a crash after them, and a human hand."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.compose.habits import places
from core.compose.limbs import Hit, foot_steps, limbs, own_groove
from core.compose.session import Cell, Session
from core.compose.styles import CELL_BEATS, STEPS, Grid

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


def drum_part(session: Session) -> list[Hit]:
    """All strokes of the song."""
    style = session.style
    rng = session.dice("drums")
    hits: list[Hit] = []
    grooves: dict[tuple[str, int], Grid] = {}
    crash_next = False
    fill: Grid | None = None
    cells = session.cells
    entry = session.entry("drums")
    foot, own = foot_steps(session), session.dice("drums", "limbs")
    for cell in cells:
        section = cell.section
        if cell.onset + cell.beats <= entry + 1e-6:
            continue
        key = (section.name, round(section.intensity * 10))
        if key not in grooves:
            written = _choose(style.grooves, session.family, section.intensity, rng)
            grooves[key] = own_groove(session, written, section.intensity, own)
        if section.name == "ending" and cell.is_section_end:
            hits += _last(session, cell)
            break
        bar_hits = limbs(session, cell, _groove(session, cell, grooves[key], rng), foot, own)
        changes = cell.is_section_end and cell.number + 1 < len(cells)
        if changes or (cell.is_phrase_end and rng.random() < (0.7 if (cell.index + 1) % 8 == 0 else 0.3)):
            others = [f for f in style.fills if f is not fill]  # never the same fill twice running
            wanted = section.intensity + (0.15 if changes else -0.1)
            fill = _choose_fill(others, session, wanted, changes, rng) or fill
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
    fitting = [g for g in grooves if g.meter == family] or [_borrowed(g, family) for g in grooves]

    def miss(groove: Grid) -> float:
        low, high = groove.intensity
        return max(low - intensity, intensity - high, 0.0)

    least = min(map(miss, fitting))
    best = [g for g in fitting if miss(g) <= least + 1e-9]
    return best[int(rng.integers(len(best)))]


def _borrowed(groove: Grid, family: str) -> Grid:
    """A groove of another meter, each of its cells cut or repeated to the length of this one."""
    own, wanted = groove.steps, STEPS[family]
    lines = {
        drum: "".join((row[i : i + own] * 2)[:wanted] for i in range(0, len(row), own))
        for drum, row in groove.lines.items()
    }
    return Grid(family, lines, wanted, groove.intensity)


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
    weight = np.where(size >= 0.5, 3.0 if big else 0.5, 0.4 if big else 1.0)
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
    if not session.style.machine:
        # Human neighbouring bars share about .55 of their strokes (Groove MIDI), the first of a phrase is plainest.
        thin = len(hits) < 13 or session.swing > 0.6  # every turn of such a bar changes a quarter of it
        first = (0.6, 0.35, 0.05, 0.0, 0.0) if thin else (0.3, 0.45, 0.2, 0.05, 0.0)
        later = (0.15, 0.5, 0.35, 0.0, 0.0) if thin else (0.05, 0.3, 0.35, 0.25, 0.05)
        for _ in range(int(rng.choice(5, p=first if cell.index % 4 == 0 else later))):
            if rng.random() < session.style.variation:
                hits = _turned(session, cell, hits, rng)
    elif cell.index % 4 == 3:
        hits = _machine_turn(session, cell, hits, rng)
    return hits


def _turned(session: Session, cell: Cell, hits: list[Hit], rng: np.random.Generator) -> list[Hit]:
    """What a drummer changes without thinking: a kick or a ghost note more or less, an opened hat."""
    step = CELL_BEATS[session.family] * session.stretch / STEPS[session.family]
    taken = {(round(h.onset, 2), h.drum) for h in hits}
    drums = {h.drum for h in hits}
    kicks = [h for h in hits if h.drum == "kick" and h.onset > cell.onset + 0.1]

    def added(habit: str, drum: str, velocity: float) -> list[Hit] | None:
        step_of = _step(session, habit, rng)
        at = session.at(cell.onset + step_of * step)
        free = at < cell.onset + cell.beats - 0.01 and (round(at, 2), drum) not in taken
        return [*hits, Hit(at, drum, velocity + float(rng.normal(0, 4)))] if free else None

    ways: list[list[Hit] | None] = [
        added("kick", "kick", 80) if "kick" in drums else None,
        added("ghost", "snare", 36) if "snare" in drums else None,
        added("side_stick", "side_stick", 52) if "side_stick" in drums else None,
        added("side_stick", "low_tom", 58) if "low_tom" in drums else None,
        added("side_stick", "triangle_open", 56) if "triangle_open" in drums else None,
        [h for h in hits if h is not kicks[int(rng.integers(len(kicks)))]] if len(kicks) > 1 else None,
    ]
    if "snare" in drums and len(hits) >= 8:
        ways.append(added("ghost", "snare", 40))
    if len(hits) >= 8:
        ways += [_drag(session, hits, taken, rng)] * 2
    closed = [h for h in hits if h.drum == "hat_closed" and (round(h.onset, 2), "hat_open") not in taken]
    if len(closed) >= 4:
        if session.style.crash:
            wanted = session.at(cell.onset + _step(session, "hat_open", rng) * step)
            opened = min(closed, key=lambda h: abs(h.onset - wanted))
            ways.append([Hit(h.onset, "hat_open", h.velocity + 4) if h is opened else h for h in hits])
        off = [h for h in closed if abs(h.onset - round(h.onset)) > 0.1]
        if off:
            skipped = off[int(rng.integers(len(off)))]
            ways.append([h for h in hits if h is not skipped])
        if step * 60 / session.bpm > 0.1:  # one more, between two eighths
            ways.append(added("ghost", "hat_closed", 58))
    if len([h for h in hits if h.drum in CYMBALS]) >= 7:  # the cymbals rest for a beat, often at a bar's end
        beats = round(cell.beats)
        rest = cell.onset + (beats - 1 if rng.random() < 0.5 else int(rng.integers(1, max(2, beats))))
        ways.append([h for h in hits if h.drum not in CYMBALS or not rest - 0.1 <= h.onset < rest + 0.9])
    possible = [way for way in ways if way is not None]
    return possible[int(rng.integers(len(possible)))] if possible else hits


def _step(session: Session, habit: str, rng: np.random.Generator) -> int:
    """A sixteenth of the bar, as likely as the genre's drummers strike there; swung styles keep to their eighths."""
    weights = np.array(places(session.style.genre, habit)[:STEPS[session.family]]) + 0.01
    weights[0] = 0.0
    if session.swing > 0.6 and session.style.swing_unit == 0.5:
        weights[1::2] = 0.0
    return int(rng.choice(len(weights), p=weights / weights.sum()))


def _drag(session: Session, hits: list[Hit], taken: set[tuple[float, str]], rng: np.random.Generator
          ) -> list[Hit] | None:
    """A soft stroke, or two, a thirty-second before a backbeat or between two hats: what no grid of sixteenths has."""
    half = CELL_BEATS[session.family] * session.stretch / STEPS[session.family] / 2
    if half * 60 / session.bpm < 0.045:
        return None
    leading = [h for h in hits if h.drum in ("snare", "side_stick") and h.velocity > 60]
    cymbals = [h for h in hits if h.drum in ("hat_closed", "ride", "shaker")]
    targets = leading if leading and (not cymbals or rng.random() < 0.6) else cymbals
    if not targets:
        return None
    target = targets[int(rng.integers(len(targets)))]
    count = 1 + int(target.drum == "snare" and rng.random() < 0.4)
    drum = "snare" if target.drum == "side_stick" else target.drum
    early = [Hit(target.onset - half * (k + 1), drum, max(26.0, 0.38 * target.velocity - 5 * k)) for k in range(count)]
    free = all(h.onset > 0 and (round(h.onset, 2), drum) not in taken for h in early)
    return [*hits, *early] if free else None


def _machine_turn(session: Session, cell: Cell, hits: list[Hit], rng: np.random.Generator) -> list[Hit]:
    """A machine's fourth bar: one stroke dropped or doubled, as a producer would draw it."""
    step = CELL_BEATS[session.family] * session.stretch / STEPS[session.family]
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
