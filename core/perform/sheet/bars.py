"""Where the bar lines lie: the upbeat, the full bars, changes of meter and key."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.music import Key, Meter
from core.perform.sheet.score import TICKS, BarLine

UPBEAT_SHARE = 2 / 3  # of a bar: what starts later than the rest of it is an upbeat


@dataclass(frozen=True, slots=True)
class Signature:
    """From this beat (a bar line) on, this meter and key hold."""

    onset_beats: float
    meter: Meter
    key: Key


def lay_bars(signatures: Sequence[Signature], first: int, end: int) -> tuple[BarLine, ...]:
    """The bars from the one that holds ``first`` to the one before ``end`` (ticks; the first signature
    stands on a bar line).

    The first bar starts at its first note where that leaves an upbeat; the first full bar is number 1.
    """
    bars: list[BarLine] = []
    at = round(signatures[0].onset_beats * TICKS)
    while at < end or not bars:
        signature = next((s for s in reversed(signatures) if round(s.onset_beats * TICKS) <= at), signatures[0])
        changes = [round(s.onset_beats * TICKS) - at for s in signatures if s.onset_beats * TICKS > at + 0.5]
        length = min(round(signature.meter.bar_beats * TICKS), *changes, 1 << 30)
        if at + length > first:
            bars.append(BarLine(at, length, signature.meter, signature.key, 0))
        at += length
    head = bars[0]
    lead = _whole_pulses(head, first - head.onset)
    if 0 < lead < head.length and head.length - lead <= UPBEAT_SHARE * head.length:
        head = BarLine(head.onset + lead, head.length - lead, head.meter, head.key, 0)
    numbers = range(0 if head.shortfall else 1, len(bars) + 1)
    return tuple(BarLine(b.onset, b.length, b.meter, b.key, n, is_last=b.end >= end)
                 for n, b in zip(numbers, (head, *bars[1:]), strict=False))


def _whole_pulses(bar: BarLine, ticks: int) -> int:
    """Silence before an upbeat that starts within a beat: rounded so that the upbeat is a plain value long."""
    return ticks if ticks % 6 == 0 else ticks // 12 * 12
