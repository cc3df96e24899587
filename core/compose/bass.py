"""Bass lines: a small language of degrees on a grid, and walking lines.

Beat one of every chord is its root (or slash bass); lines move by the nearest road, approach the next
root by step, and stay in the instrument's low register.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core import theory
from core.compose.feel import clamp
from core.compose.session import Cell, Session, pick_pattern, varied
from core.compose.styles import Player
from core.music import Chord, Note

DEFAULT_PATTERNS = {
    "4/4": ("1---------------", "1-------5-------", "1---1---1---1---"),
    "3/4": ("1-----------", "1-------5---"),
    "6/8": ("1-----------", "1-----5-----", "1---.15---.5"),
}
VARIETY = 0.4  # how often a bar's pattern is changed by a stroke
DEGREES = {"3": 1, "5": 2, "7": 3}


def root_path(chords: tuple[Chord, ...], player: Player) -> tuple[int, ...]:
    """The bass pitch under each chord: low, and near the one before."""
    low, high = player.range
    pitches: list[int] = []
    for chord in chords:
        target = low + 7 if not pitches else 0.7 * pitches[-1] + 0.3 * (low + 6)
        pitches.append(theory.nearest_pitch(chord.bass_pc, target, low, min(high, low + 13)))
    return tuple(pitches)


def bass_line(session: Session, player: Player, kicks: tuple[float, ...]) -> list[Note]:
    """The bass player's notes; ``kicks`` are the kick drum's onsets in played beats, to lock with."""
    rng = session.dice("bass")
    roots = root_path(session.plan.chords, player)
    patterns = player.patterns.get(session.family) or DEFAULT_PATTERNS[session.family]
    line = _Line(session, player, roots, np.array(kicks), rng)
    chosen: dict[tuple[str, int], str] = {}
    entry = session.entry("bass")
    for cell in session.cells:
        section = cell.section
        if cell.onset < entry - 1e-6:
            continue
        if section.name == "ending" and cell.is_section_end:
            line.end(cell)
            continue
        if not player.enter <= section.intensity < player.leave and section.name != "ending":
            continue
        name = (section.name, round(section.intensity * 10))
        if name not in chosen:
            chosen[name] = pick_pattern(patterns, section.intensity, rng)
        pattern = chosen[name]
        if len(patterns) > 1 and (rng.random() < (0.45 if cell.is_phrase_end else 0.1)):
            pattern = pick_pattern(patterns, section.intensity + 0.2, rng)
        hits = session.hits(pattern, cell)
        if not session.style.machine and not set(pattern) & set("kw"):  # the kick's line, and even quarters that walk
            hits = varied(hits, session, VARIETY, rng)
        line.play(cell, hits)
    return line.notes


class _Line:
    """Grows a line cell by cell, knowing where it stands."""

    def __init__(
        self,
        session: Session,
        player: Player,
        roots: tuple[int, ...],
        kicks: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        self.session, self.player, self.roots, self.kicks, self.rng = session, player, roots, kicks, rng
        self.notes: list[Note] = []
        self.low, self.high = player.range

    def play(self, cell: Cell, strokes: Sequence[tuple[float, str]]) -> None:
        """Add one cell of a pattern."""
        session = self.session
        end = session.at(cell.onset + cell.beats)
        hits = [(at, mark) for at, mark in strokes if mark != "-"]
        if any(mark == "k" for _, mark in hits):
            inside = self.kicks[(self.kicks >= cell.onset - 1e-6) & (self.kicks < end - 0.05)]
            hits = sorted(
                [(at, mark) for at, mark in hits if mark not in "k."] + [(float(k), "1") for k in inside]
            )
        hits = self._with_changes(hits, cell, end)
        for (at, mark), (until, _) in pairwise([*hits, (end, ".")]):
            if mark != "." and until - at > 0.04:
                self._add(at, until, mark, cell)

    def _with_changes(self, hits: list[tuple[float, str]], cell: Cell, end: float) -> list[tuple[float, str]]:
        """Every chord's first beat has its root, whatever the pattern says there."""
        chords = self.session.chord_onsets
        first = self.session.chord_at(cell.onset)
        marks = dict(hits)
        for index in range(first, self.session.chord_at(end - 1e-3) + 1):
            at = max(chords[index], cell.onset)
            near = next((t for t in marks if abs(t - at) < 0.02), None)
            if at == cell.onset and chords[index] < cell.onset - 1e-6 and near is None:
                continue
            if near is not None and marks[near] in "." and chords[index] < cell.onset - 1e-6:
                continue
            marks[at if near is None else near] = "1" if near is None or marks[near] != "8" else "8"
        return sorted(marks.items())

    def _add(self, at: float, until: float, mark: str, cell: Cell) -> None:
        session = self.session
        index = session.chord_at(at)
        root = self.roots[index]
        velocity = self.player.velocity + 26 * (cell.section.intensity - 0.6)
        if mark == "g":
            pitch, velocity, until = (
                (self.notes[-1].pitch if self.notes else root),
                velocity - 38,
                min(until, at + 0.2),
            )
        elif mark == "w":
            pitch = self._walk(at, until, index)
        elif mark == "a":
            pitch = self._approach(self._root_at(until), root)
        else:
            pitch = self._degree(index, mark)
        if abs(at - round(at)) < 0.02 and abs(at - cell.onset) < 0.02:
            velocity += 6
        elif abs(at - round(at)) > 0.1:
            velocity -= 5
        self.notes.append(
            Note(at, max(0.06, (until - at) * self.player.gate), pitch, clamp(velocity, 15, 120))
        )

    def _degree(self, index: int, mark: str) -> int:
        chord, root = self.session.plan.chords[index], self.roots[index]
        if mark == "1":
            return root
        if mark == "8":
            return root + 12 if root + 12 <= self.high else root
        pcs = chord.pitch_classes
        if mark == "L":
            below = root - 5 if (chord.root_pc + 7) % 12 in pcs else root - 12
            return below if below >= self.low else below + 12
        place = DEGREES[mark]
        pc = pcs[place] if place < len(pcs) else pcs[-1] if mark != "7" else (chord.root_pc + 9) % 12
        above = root + (pc - root) % 12
        ahead = self.roots[min(index + 1, len(self.roots) - 1)]
        before = self.notes[-1].pitch if self.notes else root
        reachable = [p for p in (above, above - 12) if self.low <= p <= self.high] or [above]
        return min(reachable, key=lambda p: abs(p - before) + 0.7 * abs(p - ahead) + 0.1 * (p - self.low))

    def _root_at(self, beats: float) -> int:
        return self.roots[self.session.chord_at(beats)]

    def _approach(self, target: int, root: int) -> int:
        """A step or semitone into the next root, from the side the line comes from."""
        before = self.notes[-1].pitch if self.notes else root
        scale = self.session.key.scale
        side = -1 if before <= target else 1
        if self.rng.random() < 0.35:
            side = -side
        whole = target + 2 * side
        near = target + side
        pitch = (
            whole if whole % 12 in scale and (near % 12 not in scale) and self.rng.random() < 0.6 else near
        )
        return pitch if self.low <= pitch <= self.high else target - (pitch - target)

    def _walk(self, at: float, until: float, index: int) -> int:
        """The next step of a walking line: chord tones on strong beats, a step into each new root."""
        session = self.session
        chord = session.plan.chords[index]
        root = self.roots[index]
        onset = session.chord_onsets[index]
        before = self.notes[-1].pitch if self.notes else root
        bar = session.plan.meter.bar_beats
        if at - onset < 0.02 or (
            at % bar < 0.02 and before % 12 != chord.bass_pc and self.rng.random() < 0.9
        ):
            return root if self.rng.random() < 0.8 or root + 12 > self.high else root + 12
        following = session.chord_at(until)
        if following != index:
            return self._approach(self.roots[following], root)
        if until % bar < 0.02 and self.rng.random() < 0.6:
            return self._approach(root, root)
        if at % bar < 0.02:
            return self._degree(index, "1" if self.rng.random() < 0.7 else "5")
        pcs = chord.pitch_classes
        strong = abs(at % 2.0) < 0.1
        ahead = self.roots[min(index + 1, len(self.roots) - 1)]
        best, best_cost = root, 99.0
        for pitch in range(max(self.low, before - 7), min(self.high, before + 7) + 1):
            pc = pitch % 12
            if pitch == before or (pc not in pcs and pc not in session.key.scale):
                continue
            cost = abs(pitch - before) * 0.35 + abs(pitch - ahead) * 0.08 + abs(pitch - (self.low + 9)) * 0.1
            cost += 0.0 if pc in pcs else 2.5 if strong else 0.8
            if len(self.notes) > 1 and pitch == self.notes[-2].pitch:
                cost += 1.5
            cost += float(self.rng.random()) * 1.4
            if cost < best_cost:
                best, best_cost = pitch, cost
        return best

    def end(self, cell: Cell) -> None:
        """The last root, held."""
        song = self.session.plan.end_beats
        last_bar = song - self.session.plan.meter.bar_beats
        if cell.onset < last_bar - 1e-6:
            self.notes.append(
                Note(cell.onset, last_bar - cell.onset, self._root_at(cell.onset), self.player.velocity)
            )
        self.notes.append(Note(last_bar, song - last_bar, self.roots[-1], min(120, self.player.velocity + 8)))
