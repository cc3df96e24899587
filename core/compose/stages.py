"""A long tune told in stages: stretches of whole phrases, each a little fuller than the one before."""

import math

from core.compose.tune import Tune

STAGE_BARS, STAGE_S = 4, 12.0  # of a stage at least, on the mean: shorter tunes are told in one breath
MOST = 4


def stage_bars(tune: Tune, bars: int, bar_s: float) -> tuple[int, ...]:
    """Bars of each stage of a statement: multiples of four, cut where the tune breathes; one stage for a short tune."""
    count = min(MOST, bars // STAGE_BARS, int(bars * bar_s / STAGE_S))
    cuts = [0]
    for k in range(1, count):
        wanted = bars * k / count
        places = range(cuts[-1] + STAGE_BARS, bars - STAGE_BARS + 1, 4)
        if not places:
            break
        cuts.append(min(places, key=lambda bar: (abs(bar - wanted) / 4 - _breath(tune, bar), bar)))
    return tuple(b - a for a, b in zip(cuts, [*cuts[1:], bars], strict=True))


def _breath(tune: Tune, bar: int) -> float:
    """0..1: how much of a bar passes without a new note before this bar line, or before the upbeat to it."""
    line = bar * tune.meter.bar_beats - tune.upbeat_beats
    before = max((n.onset_beats for n in tune.notes if n.onset_beats < line - 0.1), default=0.0)
    after = min((n.onset_beats for n in tune.notes if n.onset_beats >= line - 0.1), default=math.inf)
    return min(1.0, (min(after, line + tune.meter.bar_beats) - before) / tune.meter.bar_beats)


def intensities(count: int, middle: float, spread: float) -> tuple[float, ...]:
    """Of so many stages: growing evenly about the middle, by the spread to either side."""
    return tuple(middle + spread * (2 * k / (count - 1) - 1) for k in range(count)) if count > 1 else (middle,)
