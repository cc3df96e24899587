"""What the parts of `benchmarks invent` share: held-out windows, tunes made once, features of a tune."""

import json
import pickle
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.compose.invent.fresh import fresh
from core.compose.invent.names import STYLES
from core.compose.invent.runs import note_runs
from core.compose.invent.style import LENGTHS, histograms
from core.compose.invent.tokens import TICKS, Event, frame_of, to_events
from core.music import Melody
from models.training.invent.windows import Window

Floats = NDArray[np.floating]


def windows(cache: Path, part: str) -> dict[str, list[Window]]:
    """The windows of one part by style; near copies of training windows are left out of the others."""
    everything: list[Window] = pickle.loads(cache.read_bytes())
    found = defaultdict(list)
    known = _runs([w for w in everything if w.part == "train"]) if part == "test" else frozenset()
    for window in everything:
        if window.part == part:
            own = _runs([window])
            if part != "test" or not own or len(own & known) / len(own) < 0.3:
                found[window.style].append(window)
    return found


def _runs(members: list[Window]) -> frozenset[int]:
    from core.compose.invent.tokens import to_notes

    return frozenset().union(*(note_runs(to_notes(w.events, w.frame)) for w in members))


def made(style: str, seed: int, bars: int, store: Path | None) -> Melody:
    """A tune of ours, kept in ``store`` so that each part of the benchmark does not make it again."""
    path = store / f"{style}-{bars}-{seed}.json" if store else None
    if path and path.exists():
        return Melody.from_json(json.loads(path.read_text()))
    melody = fresh(style, bars=bars, seed=seed)
    if path and store:
        store.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(melody.to_json()))
    return melody


def events_of(melody: Melody) -> tuple[Event, ...]:
    """A tune's events in its own frame."""
    return to_events(melody, frame_of(melody))


def features(events: tuple[Event, ...], minor: bool, bar: int, bpm: float | None = None) -> Floats:
    """What a classifier of composers is told of a melody: no tempo, no key, no tune by heart."""
    hists = histograms(events)
    sounding = [e for e in events if e.sounds]
    steps = np.diff([e.pitch for e in sounding])
    moves = np.zeros((5, 5))
    kinds = np.digitize(steps, (-2.5, -0.5, 0.5, 2.5))
    np.add.at(moves, (kinds[:-1], kinds[1:]), 1 / max(1, len(kinds) - 1))
    lengths = np.searchsorted(LENGTHS, [e.ticks for e in sounding])
    pairs = np.zeros((len(LENGTHS) + 1,) * 2)
    np.add.at(pairs, (lengths[:-1], lengths[1:]), 1 / max(1, len(lengths) - 1))
    places = np.bincount([e.onset % TICKS for e in sounding], minlength=TICKS) / len(sounding)
    share_rest = sum(e.ticks for e in events if not e.sounds) / max(1, sum(e.ticks for e in events))
    few = [minor, share_rest, np.abs(steps).mean() / 5, np.abs(steps).max() / 12,
           len(sounding) / (events[-1].end / bar) / 8,
           np.ptp([e.pitch for e in sounding]) / 12, np.mean(steps == 0), bar / 48,
           np.mean([e.onset % bar == 0 for e in sounding])]
    return np.concatenate([*hists.values(), moves.ravel(), pairs.ravel(), places, few])


__all__ = ["STYLES", "events_of", "features", "made", "windows"]
