"""Which style a tune sounds like: a logistic regression over what can be counted in it (models/invent_ear.npz).

It is learned by models/training/invent/ear.py from real tunes, and chooses among drafts. Tempo and key it is not told.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compose.invent.style import LENGTHS, histograms
from core.compose.invent.tokens import TICKS, Event

PATH = Path(__file__).resolve().parents[3] / "models" / "invent_ear.npz"
Floats = NDArray[np.floating[Any]]


def features(events: Sequence[Event], minor: bool, bar: int) -> Floats:
    """Histograms, pairs of moves and of lengths, places in the beat, and a few shares; ``bar`` in ticks."""
    counted = histograms(events)
    sounding = [event for event in events if event.sounds]
    steps = np.diff([event.pitch for event in sounding])
    moves = np.zeros((5, 5))
    kinds = np.digitize(steps, (-2.5, -0.5, 0.5, 2.5))
    np.add.at(moves, (kinds[:-1], kinds[1:]), 1 / max(1, len(kinds) - 1))
    lengths = np.searchsorted(LENGTHS, [event.ticks for event in sounding])
    pairs = np.zeros((len(LENGTHS) + 1,) * 2)
    np.add.at(pairs, (lengths[:-1], lengths[1:]), 1 / max(1, len(lengths) - 1))
    places = np.bincount([event.onset % TICKS for event in sounding], minlength=TICKS) / len(sounding)
    share_rest = sum(event.ticks for event in events if not event.sounds) / max(1, sum(event.ticks for event in events))
    few = [minor, share_rest, np.abs(steps).mean() / 5, np.abs(steps).max() / 12,
           len(sounding) / (events[-1].end / bar) / 8, np.ptp([event.pitch for event in sounding]) / 12,
           np.mean(steps == 0), bar / 48, np.mean([event.onset % bar == 0 for event in sounding])]
    return np.concatenate([*counted.values(), moves.ravel(), pairs.ravel(), places, few])


@cache
def _learned() -> tuple[Floats, Floats]:
    with np.load(PATH) as stored:
        return stored["weights"], stored["bias"]


def heard_as(events: Sequence[Event], minor: bool, bar: int) -> Floats:
    """(styles,) log probability of each style, in nats; a tune of fewer than four notes tells nothing."""
    weights, bias = _learned()
    if sum(event.sounds for event in events) < 4:
        return np.full(len(bias), -np.log(len(bias)))
    scores = features(events, minor, bar) @ weights + bias
    scores = scores - scores.max()
    return np.asarray(scores - np.log(np.exp(scores).sum()))
