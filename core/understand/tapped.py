"""From taps to a tempo."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import NoBeat
from core.music import MAX_BPM, MIN_BPM

MIN_TAPS, MOST_TAPS = 4, 32  # looked at
STEADY = 0.15  # of a beat: how far from its beat a tap may lie
ON_BEAT, TAPPED = 0.67, 0.7  # the share of the taps that must lie on a beat, and of the beats that must be tapped
EVENNESS = 0.035  # of a beat: root mean square of the taps about their line, above which they keep no time
COUNTS = (3, 4, 6, 8)  # taps that count a bar, or two, in
COUNT_EVENNESS = 0.1  # of a beat, from gap to gap
SOONEST, LATEST = 0.4, 2.3  # beats from the last count to the first note
STRAY_COST = 0.5  # of a tap beside the beat, or of a beat without a tap, where a tap on the beat counts 1


@dataclass(frozen=True)
class CountIn:
    """What a count-in says: ``bpm`` of its beats, and when the bar after it begins."""

    bpm: float
    bar_line_s: float


def count_in(taps_s: Sequence[float], first_note_s: float) -> CountIn | None:
    """The count-in before a tune; None where what comes before the first note is none: too few, uneven, too far off."""
    times = np.sort(np.asarray(taps_s, dtype=float))
    times = times[times < first_note_s - 0.05]
    if len(times) not in COUNTS:
        return None
    gaps = np.diff(times)
    period = float(gaps.mean())
    beats_later = (first_note_s - times[-1]) / period
    even = float(np.abs(gaps / period - 1).max()) <= COUNT_EVENNESS
    if not (even and 60 / MAX_BPM <= period <= 60 / MIN_BPM and SOONEST <= beats_later <= LATEST):
        return None
    period, start = np.polyfit(np.arange(len(times)), times, 1)
    return CountIn(float(60.0 / period), float(start + period * len(times)))


def tapped_bpm(times_s: Sequence[float]) -> float:
    """Beats a minute of taps; a few may be missing, or be strays. Raises NoBeat where they are too few or not steady.

    Every gap between two taps is tried as the period, from every tap; the one that explains most is refined by
    least squares.
    """
    times = np.sort(np.asarray(times_s, dtype=float))[:MOST_TAPS]
    if len(times) < MIN_TAPS:
        raise NoBeat()
    gaps = np.unique(np.round(np.concatenate([times[skip:] - times[:-skip] for skip in (1, 2, 3)]), 2))
    periods = gaps[(gaps >= 60 / MAX_BPM) & (gaps <= 60 / MIN_BPM)]
    tries = [_explained(times, float(start), float(period)) for period in periods for start in times]
    if not tries:
        raise NoBeat()
    _, beats, on = max(tries, key=lambda tried: tried[0])
    tapped, span = len(beats), beats[-1] - beats[0] + 1
    if tapped < MIN_TAPS or tapped < ON_BEAT * len(times) or tapped < TAPPED * span:
        raise NoBeat()
    period, start = np.polyfit(beats, on, 1)
    if np.sqrt(np.mean((on - start - period * beats) ** 2)) > max(EVENNESS * period, 0.025):
        raise NoBeat()
    return float(60.0 / period)


def _explained(times: np.ndarray, start: float, period: float) -> tuple[float, np.ndarray, np.ndarray]:
    """(how well a beat of that period explains the taps, the beats tapped, the times of their taps).

    The beat is followed from tap to tap, so that a tempo that drifts a little is no reason to refuse it.
    """
    beats: list[int] = []
    on: list[float] = []
    clock, beat = start, 0
    for time in times[times >= start - 1e-9]:
        step = round((time - clock) / period)
        if abs(time - clock - step * period) <= STEADY * period and (step > 0 or not beats):
            beat += step
            beats.append(beat)
            on.append(float(time))
            clock = float(time)
    missed = beats[-1] + 1 - len(beats)
    score = len(beats) - STRAY_COST * (len(times) - len(beats) + missed)
    return score, np.array(beats), np.array(on)
