"""Many notes on one staff: which are chords, which belong to a second voice, and what a held note gives up.

One voice reads more easily than two, so a second one is opened only where a note is held for long while others
move (Gould, "Behind Bars", pp. 44-52).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.perform.sheet.quantize import Placed
from core.perform.sheet.score import TICKS

MOST_HEADS = 5  # fingers


@dataclass(frozen=True)
class Block:
    """Notes of one staff that begin and end together."""

    onset: int
    end: int
    pitches: tuple[int, ...]

    @property
    def middle(self) -> float:
        """Mean MIDI pitch."""
        return sum(self.pitches) / len(self.pitches)


def to_voices(placed: Sequence[Placed], *, held_ticks: int = 2 * TICKS) -> tuple[list[Block], list[Block]]:
    """Upper and lower voice of a staff, neither overlapping itself; the lower one is empty where one voice does.

    A note that is still held when others begin gives up the rest, unless that is ``held_ticks`` or longer.
    """
    upper: list[Block] = []
    lower: list[Block] = []
    for group in _groups(placed, held_ticks):
        held_above = bool(upper) and upper[-1].end > group[0].onset
        held_below = bool(lower) and lower[-1].end > group[0].onset
        if len(group) > 1:  # two lengths at once
            _release(upper, group[0].onset)
            _release(lower, group[0].onset)
            upper.append(group[1])
            lower.append(group[0])
        elif held_above and not held_below and _worth_holding(upper[-1], group[0], held_ticks):
            held = upper[-1]
            if group[0].middle >= held.middle and (not lower or lower[-1].end <= held.onset):
                upper.pop()
                lower.append(held)
                upper.append(group[0])
            elif group[0].middle < held.middle:
                lower.append(group[0])
            else:
                _release(upper, group[0].onset)
                upper.append(group[0])
        elif held_below and not held_above and group[0].middle >= lower[-1].middle:
            upper.append(group[0])  # the lower voice was opened for this
        elif held_above and held_below:
            _move(upper, lower, group[0], held_ticks)
        else:
            _release(upper, group[0].onset)
            _release(lower, group[0].onset)
            upper.append(group[0])
    return upper, lower


def to_beats(voice: Sequence[Block]) -> list[Block]:
    """A second voice whose blocks last to a beat, or to the next block: what stops within a beat asks for rests."""
    nexts = [*(block.onset for block in voice[1:]), 1 << 30]
    return [replace(block, end=min(-(-block.end // TICKS) * TICKS, after))
            for block, after in zip(voice, nexts, strict=False)]


def _move(upper: list[Block], lower: list[Block], block: Block, held_ticks: int) -> None:
    """Both voices hold: the one nearer in pitch gives way to the new block."""
    near_upper = abs(block.middle - upper[-1].middle) <= abs(block.middle - lower[-1].middle)
    first, second = (upper, lower) if near_upper else (lower, upper)
    if not _worth_holding(second[-1], block, held_ticks):
        _release(second, block.onset)
    _release(first, block.onset)
    first.append(block)


def _worth_holding(held: Block, new: Block, held_ticks: int) -> bool:
    return held.end - new.onset >= held_ticks and new.onset > held.onset


def _release(voice: list[Block], onset: int) -> None:
    if voice and voice[-1].end > onset:
        last = voice.pop()
        if last.onset < onset:
            voice.append(replace(last, end=onset))


def _groups(placed: Sequence[Placed], held_ticks: int) -> list[list[Block]]:
    """Notes that begin together: one block, or two (low, high) where one part is held much longer."""
    at: dict[int, list[Placed]] = {}
    for note in placed:
        at.setdefault(note.onset, []).append(note)
    onsets = sorted(at)
    groups = []
    for onset, after in zip(onsets, [*onsets[1:], 1 << 30], strict=True):
        notes = sorted({note.pitch: note for note in at[onset]}.values(), key=lambda n: n.pitch)
        notes = [*notes[: MOST_HEADS - 1], notes[-1]] if len(notes) > MOST_HEADS else notes
        split = _split(notes, after, held_ticks)
        parts = [notes[:split], notes[split:]] if split else [notes]
        groups.append([Block(onset, _common_end(part, after), tuple(n.pitch for n in part)) for part in parts])
    return groups


def _split(notes: Sequence[Placed], after: int, held_ticks: int) -> int:
    """How many of the lower notes are held on while the upper ones move, or the other way round; 0: none."""
    held = [note.end - after >= held_ticks for note in notes]
    if all(held) or not any(held):
        return 0
    changes = [i for i in range(1, len(held)) if held[i] != held[i - 1]]
    return changes[0] if len(changes) == 1 else 0


def _common_end(notes: Sequence[Placed], after: int) -> int:
    """One end for all: the longest, unless that alone reaches beyond the next onset."""
    ends = sorted(note.end for note in notes)
    inside = [end for end in ends if end <= after]
    return ends[-1] if not inside or len(inside) * 2 < len(ends) else inside[-1]
