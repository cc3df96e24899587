"""Which note values a stretch of sound is written with: where it is cut and tied, which rests, which tuplets.

The rules are those of Gould, "Behind Bars" (2011), pp. 153-175: a reader must see the middle of the bar and the beats;
what is syncopated in the plainest way (eighth, quarter, eighth) may hide one of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.music import Meter
from core.perform.sheet.score import TICKS, Tuplet

KINDS = {96: 1, 48: 2, 24: 4, 12: 8, 6: 16, 3: 32}  # ticks: denominator of the note value
_PLAIN = {ticks: (kind, 0) for ticks, kind in KINDS.items()} | {
    ticks * 3 // 2: (kind, 1) for ticks, kind in KINDS.items() if ticks > 3}
BAR, MIDDLE, BEAT, HALF_BEAT, QUARTER_BEAT, FINER = range(6)  # how much a place of the bar weighs; smaller is more


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a note or rest that is one written value."""

    onset: int
    end: int
    kind: int
    dots: int = 0
    tuplet: Tuplet | None = None
    group: int = -1  # onset of its tuplet


@lru_cache(maxsize=64)
def beats_of(meter: Meter) -> tuple[int, ...]:
    """Ticks from the start of the bar at which its beats lie: (0, 24, 48, 72) in 4/4, (0, 36) in 6/8."""
    bar = round(meter.bar_beats * TICKS)
    if meter.is_compound:
        return tuple(range(0, bar, 36))
    if meter.denominator >= 8 and meter.numerator > 4:  # 5/8, 7/8: in twos, and a three at the end
        unit = 4 * TICKS // meter.denominator
        return tuple(range(0, bar - 2 * unit, 2 * unit)) if meter.numerator % 2 else tuple(range(0, bar, 2 * unit))
    return tuple(range(0, bar, max(4 * TICKS // max(meter.denominator, 4), 12)))


@lru_cache(maxsize=64)
def middles_of(meter: Meter) -> tuple[int, ...]:
    """The inner places of a bar that nothing plain may hide: the half of 4/4, the third beat's end of 5/4."""
    if meter.is_compound:
        return beats_of(meter)[1:]
    if meter.denominator == 4 and meter.numerator == 5:
        return (3 * TICKS,)
    if meter.denominator <= 4 and meter.numerator * 4 // meter.denominator >= 4:
        half = 2 * TICKS
        return tuple(range(half, round(meter.bar_beats * TICKS), half))
    return ()


@lru_cache(maxsize=4096)
def weight(meter: Meter, place: int) -> int:
    """How much a place (ticks from the bar line) weighs: BAR, MIDDLE, BEAT ... FINER."""
    if place % round(meter.bar_beats * TICKS) == 0:
        return BAR
    if place in middles_of(meter):
        return MIDDLE
    if place in beats_of(meter):
        return BEAT
    return HALF_BEAT if place % 12 == 0 else QUARTER_BEAT if place % 6 == 0 else FINER


def tuplet_regions(meter: Meter, places: Iterable[int]) -> list[tuple[int, int, int, Tuplet]]:
    """(start, end, ticks a unit, tuplet) of every stretch that the places (ticks from the bar line) make a tuplet."""
    places = sorted(set(places))
    bar = round(meter.bar_beats * TICKS)
    regions = []
    at = 0
    while at < bar:
        for length, units in ((96, (32,)), (48, (16,)), (24, (8, 4)), (12, (4,))):
            inner = [p - at for p in places if at < p < at + length]
            fits = at + length <= bar and at % min(length, 24) == 0 and _may_span(meter, at, length)
            unit = next((u for u in units if inner and all(p % u == 0 for p in inner)), 0)
            if fits and unit and any(p % 3 for p in inner) and not _better_in_halves(inner, length, unit):
                actual = length // unit
                regions.append((at, at + length, unit, Tuplet(actual, 2 if actual == 3 else 4)))
                at += length
                break
        else:
            at += 12
    return regions


def _may_span(meter: Meter, at: int, length: int) -> bool:
    if length == 96:
        return at == 0 and meter.bar_beats == 4 and not meter.is_compound
    inside = [m for m in middles_of(meter) if at < m < at + length]
    return not inside


def _better_in_halves(inner: Sequence[int], length: int, unit: int) -> bool:
    """Whether six in a beat are rather three and two, or three and three, in its halves."""
    return length == 24 and unit == 4 and 12 in inner


def cut_note(meter: Meter, onset: int, end: int) -> list[Piece]:
    """A sounding stretch within one bar (ticks from the bar line), outside tuplets, as values to be tied."""
    inner = range(onset // 3 * 3 + 3, end, 3)
    strongest = min((weight(meter, p) for p in inner), default=FINER)
    length = end - onset
    if length in _PLAIN and (not inner or _may_hide(meter, onset, end, strongest)):
        return [Piece(onset, end, *_PLAIN[length])]
    if not inner:
        raise ValueError(f"no note value lasts {length} ticks")
    cuts = [p for p in inner if weight(meter, p) == strongest]
    cut = cuts[0] if weight(meter, onset) > strongest else cuts[-1]
    return cut_note(meter, onset, cut) + cut_note(meter, cut, end)


def _may_hide(meter: Meter, onset: int, end: int, strongest: int) -> bool:
    first, last = weight(meter, onset), weight(meter, end)
    if strongest == MIDDLE:
        if meter.is_compound:
            return first <= MIDDLE and last <= MIDDLE
        return (first == BAR or last == BAR or (first == last == BEAT and end - onset == 2 * TICKS)) and (
            first <= BEAT and last <= BEAT)
    if strongest == BEAT:
        return (first <= BEAT and last <= HALF_BEAT) or (
            first == HALF_BEAT and last <= HALF_BEAT and end - onset <= 3 * TICKS // 2)
    return True


def cut_rest(meter: Meter, onset: int, end: int) -> list[Piece]:
    """A silence within one bar, outside tuplets: no rest hides a beat unless it starts on a stronger one."""
    pieces = []
    while onset < end:
        length = next(v for v in _rest_values(meter) if _rest_fits(meter, onset, onset + v, end))
        pieces.append(Piece(onset, onset + length, *_PLAIN[length]))
        onset += length
    return pieces


def _rest_values(meter: Meter) -> tuple[int, ...]:
    return (72, 36, 24, 12, 6, 3) if meter.is_compound else (48, 24, 12, 6, 3)


def _rest_fits(meter: Meter, onset: int, stop: int, end: int) -> bool:
    if stop > end:
        return False
    length = stop - onset
    if meter.is_compound:
        if length in (36, 72):
            return onset % length == 0
        return onset % 36 % min(length, 12) == 0 and onset // 36 == (stop - 1) // 36 and (
            length != 24 or onset % 36 == 0)
    if length == 48:
        return meter.bar_beats % 2 == 0 and onset % 48 == 0
    return onset % length == 0 or (length == 24 and onset in beats_of(meter) and stop in (*beats_of(meter), end))


def cut_in_tuplet(onset: int, end: int, region: tuple[int, int, int, Tuplet]) -> list[Piece]:
    """A stretch inside a tuplet as values of it."""
    start, _, unit, tuplet = region
    written = unit * tuplet.actual // tuplet.normal  # ticks the unit's note value lasts outside the tuplet
    pieces = []
    while onset < end:
        room = (end - onset) // unit
        count = next(c for c in (4, 3, 2, 1) if c <= room and written * c in _PLAIN)
        pieces.append(Piece(onset, onset + count * unit, *_PLAIN[written * count], tuplet, start))
        onset += count * unit
    return pieces
