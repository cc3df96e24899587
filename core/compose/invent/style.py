"""What a style is like: by hand what a band and a listener expect, by counting what its tunes do.

The counts (models/invent_styles.json) are written by models/training/invent/styles.py.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from core.compose.invent.names import MANNERS
from core.compose.invent.tokens import TICKS, Event, degree

PATH = Path(__file__).resolve().parents[3] / "models" / "invent_styles.json"
INTERVALS = 25  # -12..12 semitones, wider ones folded onto the ends
LENGTHS = (3, 4, 6, 9, 12, 18, 24, 36)  # upper edges of the bins of note lengths, in ticks; one bin above
# How much of a tune's time each degree has in major and minor: Temperley, "Music and Probability" (2007), table 6.1
PROFILES = np.array([[0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400],
                     [0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330]])


@dataclass(frozen=True)
class Style:
    """``meters`` and ``minor``: shares; ``histograms``: the three of :func:`histograms`; ``nats``: mean and spread of
    nats a note under the network; ``most_repeats`` of 95 in 100 tunes, ``widest`` (semitones) of 80; ``echo`` and
    ``rhythm_echo``: how often a bar, or its rhythm, comes again after 1, 2, 4 and 8 bars; ``breath``: how often the
    fourth bar ends on a long note; ``density``: mean and spread of log2 notes a beat; ``rest``: share of the time."""

    name: str
    meters: dict[str, float]
    minor: float
    histograms: dict[str, list[float]]
    nats: tuple[float, float]
    most_repeats: int
    widest: int
    echo: dict[str, float]
    rhythm_echo: dict[str, float]
    breath: float
    density: tuple[float, float]
    rest: float

    @property
    def genre(self) -> str:
        """The genre its band plays."""
        return MANNERS[self.name][0]

    @property
    def tempos(self) -> tuple[int, int]:
        """Slowest and fastest usual beats a minute."""
        return MANNERS[self.name][1:]


@cache
def _stored() -> dict[str, Any]:
    return dict(json.loads(PATH.read_text(encoding="utf-8")))


@cache
def style_of(name: str) -> Style:
    """One of names.STYLES. Raises KeyError."""
    stored = _stored()[name]
    return Style(name=name, **{**stored, "nats": tuple(stored["nats"]), "density": tuple(stored["density"])})


def alike(events: Sequence[Event], style: Style) -> float:
    """Mean overlap of a tune's three histograms with a style's, 0..1."""
    found = histograms(events)
    return float(np.mean([overlap(found[name], np.array(usual)) for name, usual in style.histograms.items()]))


def density(events: Sequence[Event]) -> float:
    """log2 of the notes a beat."""
    return float(np.log2(sum(event.sounds for event in events) * TICKS / (events[-1].end - events[0].onset)))


def unevenness(events: Sequence[Event], phrase: int) -> float:
    """log2 of the notes of the fullest whole phrase over those of the emptiest; ``phrase`` in ticks."""
    counts = Counter(event.onset // phrase for event in events if event.sounds)
    whole = [counts[number] for number in range(events[-1].end // phrase)]
    return float(np.log2(max(whole) / max(1, min(whole)))) if len(whole) > 1 else 0.0


def rest(events: Sequence[Event]) -> float:
    """The share of the time in which nothing sounds."""
    return sum(event.ticks for event in events if not event.sounds) / (events[-1].end - events[0].onset)


def histograms(events: Sequence[Event]) -> dict[str, np.ndarray]:
    """Shares of the degrees (12, by time), of the intervals (25) and of the note lengths (9) of a tune."""
    sounding = [event for event in events if event.sounds]
    degrees, steps, lengths = np.zeros(12), np.zeros(INTERVALS), np.zeros(len(LENGTHS) + 1)
    for event in sounding:
        degrees[degree(event)] += event.ticks / TICKS
        lengths[int(np.searchsorted(LENGTHS, event.ticks))] += 1
    for one, two in pairwise(sounding):
        steps[int(np.clip(two.pitch - one.pitch, -12, 12)) + 12] += 1
    return {name: counts / max(1e-9, counts.sum())
            for name, counts in (("degrees", degrees), ("intervals", steps), ("lengths", lengths))}


def lead_of_key(events: Sequence[Event], minor: bool) -> float:
    """By how much a tune's own key fits its degrees better than the best of the 23 others does, in correlation."""
    weights = histograms(events)["degrees"]
    fits = np.array([[np.corrcoef(np.roll(profile, shift), weights)[0, 1] for shift in range(12)]
                     for profile in PROFILES])
    own, fits[int(minor), 0] = fits[int(minor), 0], -1.0
    return float(own - fits.max())


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """How much two histograms of sum 1 have in common, 0..1."""
    return float(np.minimum(a, b).sum())


def longest_repeat(events: Sequence[Event]) -> int:
    """The most notes in a row on one pitch."""
    best = run = 0
    last = None
    for event in events:
        if event.sounds:
            run = run + 1 if event.pitch == last else 1
            last, best = event.pitch, max(best, run)
    return best


def bar_signs(events: Sequence[Event], bar: int) -> list[tuple[tuple[int, ...], ...]]:
    """For each bar what happens in it: (place, pitch, duration) of its events."""
    bars: dict[int, list[tuple[int, ...]]] = {}
    for event in events:
        bars.setdefault(event.onset // bar, []).append((event.onset % bar, event.pitch, event.duration))
    return [tuple(bars.get(i, ())) for i in range(max(bars, default=-1) + 1)]


def echoes(events: Sequence[Event], bar: int, *, rhythm: bool = False) -> Counter[str]:
    """How many bars repeat the one 1, 2, 4 or 8 before them ("4"), and how many could ("of 4").

    Note for note, or in ``rhythm`` alone.
    """
    signs, counts = bar_signs(events, bar), Counter[str]()
    if rhythm:
        signs = [tuple((place, duration) for place, _, duration in sign) for sign in signs]
    for lag in (1, 2, 4, 8):
        for i in range(lag, len(signs)):
            if len(signs[i]) > 1:
                counts[f"of {lag}"] += 1
                counts[str(lag)] += signs[i] == signs[i - lag]
    return counts


def returns(events: Sequence[Event], bar: int) -> float:
    """The share of bars that are, note for note, the bar 4 or 8 before them, of those that could be."""
    counts = echoes(events, bar)
    return (counts["4"] + counts["8"]) / max(1, counts["of 4"] + counts["of 8"])


def same_at_end(events: Sequence[Event]) -> int:
    """How many notes on one pitch the tune ends with."""
    pitches = [event.pitch for event in events if event.sounds][::-1]
    return next((i for i, pitch in enumerate(pitches) if pitch != pitches[0]), len(pitches))


def breaths(events: Sequence[Event], bar: int) -> tuple[int, int]:
    """(how many fourth bars end on a note as long as a beat and half as long again as usual, how many there are)."""
    usual = float(np.median([event.ticks for event in events if event.sounds]))
    long, ends = 0, range(4 * bar, events[-1].end - bar + 1, 4 * bar)
    for end in ends:
        before = [event for event in events if event.sounds and event.onset < end]
        long += bool(before) and before[-1].ticks >= max(TICKS, 1.5 * usual)
    return long, len(ends)
