"""How many bars stand on a line, and how large the staves are drawn."""

from core.perform.sheet.score import BarLine, Part, Score

LINE_WIDTH = 48.0  # what one line holds, in the widths of bar_width, at full size
BAR_LINE, NOTE, ACCIDENTAL = 1.2, 1.0, 0.5
SCALES = {1: 90, 2: 80, 3: 72, 4: 64}  # staves: per cent of 7.2 mm
MANY = 52


def scale_of(score: Score) -> int:
    """Per cent of full size: smaller the more staves there are."""
    staves = sum(len(part.staves) for part in score.parts)
    return SCALES.get(staves, MANY)


def bar_width(score: Score, index: int) -> float:
    """Roughly how wide a bar is, as its busiest staff has it."""
    return max(_staff_width(part, index) for part in score.parts)


def _staff_width(part: Part, index: int) -> float:
    width = 0.0
    for staff in part.staves:
        onsets: dict[int, float] = {}
        for voice in staff.bars[index]:
            for value in voice:
                room = NOTE + min(1.0, value.duration / 48) + ACCIDENTAL * any(
                    head.accidental is not None for head in value.heads) + 0.25 * max(0, len(value.lyric) - 3)
                onsets[value.onset] = max(onsets.get(value.onset, 0.0), room)
        width = max(width, sum(onsets.values()))
    named = sum(0.4 * len(symbol.text) + 0.8 for symbol in part.symbols[index]) if part.symbols else 0.0
    return BAR_LINE + max(width, named)


def line_breaks(score: Score) -> list[int]:
    """Indices of the bars that start a line: four bars a line where they have room, else as many as fit.

    An upbeat stands before the first line's bars and counts as none of them.
    """
    room = LINE_WIDTH * 90 / scale_of(score)
    widths = [bar_width(score, index) for index in range(len(score.bars))]
    first = 1 if score.bars[0].shortfall else 0
    for wanted in (4, 3, 2):
        starts = list(range(first + wanted, len(widths), wanted))
        lines = [sum(widths[a:b]) for a, b in zip([0, *starts], [*starts, len(widths)], strict=True)]
        crowded = sum(width > room for width in lines)
        if crowded <= 0.1 * len(lines) and max(lines) <= 1.25 * room:
            return _no_widow(score.bars, starts, wanted)
    return _greedy(widths, room)


def _greedy(widths: list[float], room: float) -> list[int]:
    starts, used = [], 0.0
    for index, width in enumerate(widths):
        if index and used + width > room:
            starts.append(index)
            used = 0.0
        used += width
    return starts


def _no_widow(bars: tuple[BarLine, ...], starts: list[int], wanted: int) -> list[int]:
    """A last line of one bar goes up to the line before, if that holds no more than four then."""
    if starts and len(bars) - starts[-1] == 1 and wanted <= 4 and len(bars) > 2:
        return starts[:-1]
    return starts
