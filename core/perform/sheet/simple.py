"""Sung rhythms as a person would write them: what comes once and is hard to read was unevenness, and not meant."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.music import Meter
from core.perform.sheet.quantize import Placed
from core.perform.sheet.score import TICKS

FEW = 0.15  # of a tune's beats: what is rarer, or comes once, is a stray
THIRDS = (TICKS // 3, 2 * TICKS // 3)
SHORTEST_TUNE = 8  # notes; of fewer none is left out
EARLY, LATE = 3 * TICKS // 4, TICKS // 4  # a sixteenth before a beat, and after one


def without_strays(line: Sequence[Placed], meter: Meter) -> list[Placed]:
    """A sung line (one note at a time) without lone thirds of a beat, and without lone notes that reach over a beat
    from a sixteenth before it, or begin a sixteenth after one that nothing marks: they move to the nearest half beat or
    beat that is free. What a tune does often, and a triplet of three notes, stays.
    """
    if meter.is_compound or not line:
        return list(line)
    for is_stray, ways in ((_is_third, _ways_of_third), (_is_off, _ways_of_off)):
        line = _moved(line, is_stray, ways)
    return list(line)


def without_afterthought(line: Sequence[Placed], meter: Meter) -> list[Placed]:
    """A sung line without one last short note after a bar of silence: a chair, a click, and no part of the tune."""
    bar = round(meter.bar_beats * TICKS)
    if len(line) > SHORTEST_TUNE and line[-1].onset - line[-2].end >= bar and (
            line[-1].end - line[-1].onset <= TICKS * 2 // 3):
        return list(line[:-1])
    return list(line)


Strange = Callable[[Sequence[Placed], int], bool]


def _moved(line: Sequence[Placed], is_stray: Strange, ways: Callable[[int], tuple[int, ...]]) -> list[Placed]:
    strays = [i for i in range(len(line)) if is_stray(line, i)]
    beats = {line[i].onset // TICKS for i in strays}
    moved = list(line)
    if len(beats) > max(1.0, FEW * (line[-1].onset - line[0].onset) / TICKS):
        return moved
    for i in strays:
        note = line[i]
        beat, place = divmod(note.onset, TICKS)
        low = moved[i - 1].onset if i else -TICKS
        high = line[i + 1].onset if i + 1 < len(line) else 1 << 30
        onset = next((to for to in (beat * TICKS + way for way in ways(place)) if low < to < high), note.onset)
        if i and moved[i - 1].end == note.onset:
            moved[i - 1] = replace(moved[i - 1], end=onset)
        moved[i] = replace(note, onset=onset, end=max(note.end, min(onset + TICKS // 2, high)))
    return moved


def _is_third(line: Sequence[Placed], i: int) -> bool:
    """A note on a third of its beat that is none of three in it."""
    beat, place = divmod(line[i].onset, TICKS)
    near = {note.onset for note in line[max(0, i - 2):i + 3]}
    return place in THIRDS and not {beat * TICKS + third for third in (0, *THIRDS)} <= near


def _ways_of_third(place: int) -> tuple[int, ...]:
    return (TICKS // 2, 0) if place == THIRDS[0] else (TICKS // 2, TICKS)


def _is_off(line: Sequence[Placed], i: int) -> bool:
    """A note held over the beat from a sixteenth before it, or begun a sixteenth after a beat that is held over."""
    note = line[i]
    beat, place = divmod(note.onset, TICKS)
    if place == EARLY:
        return note.end > (beat + 1) * TICKS
    return place == LATE and (i == 0 or line[i - 1].onset < beat * TICKS)


def _ways_of_off(place: int) -> tuple[int, ...]:
    return (TICKS,) if place == EARLY else (0,)
