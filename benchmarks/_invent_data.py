"""What the parts of `benchmarks invent` share: held-out windows, tunes made once, features of a tune."""

import functools
import json
import pickle
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compose.invent.fresh import fresh
from core.compose.invent.names import STYLES
from core.compose.invent.runs import note_runs
from core.compose.invent.tokens import LOWEST, TICKS, Event, frame_of, to_events
from core.music import Key, Melody
from models.training.invent.windows import Window

Floats = NDArray[np.floating]


def windows(cache: Path, part: str) -> dict[str, list[Window]]:
    """The windows of one part by style; near copies of training windows are left out of ``test``, and the rest of it
    is kept beside the cache."""
    held = cache.with_suffix(".held.pkl")
    if part == "test" and held.exists():
        return dict(pickle.loads(held.read_bytes()))
    everything = _everything(cache)
    found = defaultdict(list)
    known = _runs([w for w in everything if w.part == "train"]) if part == "test" else frozenset()
    for window in everything:
        if window.part == part:
            own = _runs([window])
            if part != "test" or not own or len(own & known) / len(own) < 0.3:
                found[window.style].append(window)
    if part == "test":
        held.write_bytes(pickle.dumps(dict(found)))
    return found


@functools.cache
def _everything(cache: Path) -> list[Window]:
    stored: list[Window] = pickle.loads(cache.read_bytes())
    return stored


def _runs(members: list[Window]) -> frozenset[int]:
    from core.compose.invent.tokens import to_notes

    return frozenset().union(*(note_runs(to_notes(w.events, w.frame)) for w in members))


def kept(store: Path | None, name: str, work: Callable[[], Any]) -> Any:
    """What ``work`` answers (JSON), kept in ``store``: a part broken off goes on where it was."""
    path = store / f"{name}.json" if store else None
    if path and path.exists():
        return json.loads(path.read_text())
    found = work()
    if path and store:
        store.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found))
    return found


def made(style: str, seed: int, bars: int, store: Path | None) -> Melody:
    """A tune of ours."""
    return Melody.from_json(kept(store, f"{style}-{bars}-{seed}", lambda: fresh(style, bars=bars, seed=seed).to_json()))


def heard(path: Path, store: Path | None) -> Melody | None:
    """A recording's tune, None where it is refused."""
    from core import errors, studio

    def listen() -> Any:
        try:
            return studio.listen(path).melody.to_json()
        except errors.HumbandError:
            return None

    stored = kept(store, f"heard-{path.stem}", listen)
    return Melody.from_json(stored) if stored else None


def events_of(melody: Melody) -> tuple[Event, ...]:
    """A tune's events in its own frame."""
    return to_events(melody, frame_of(melody))


def krumhansl(melody: Melody) -> Key:
    """The key by Krumhansl and Kessler's profiles, as music21 has them."""
    from music21.analysis.discrete import KrumhanslKessler
    from music21.note import Note as M21Note
    from music21.stream import Stream

    stream: Any = Stream([M21Note(note.pitch, quarterLength=note.duration_beats) for note in melody.notes])
    found: Any = KrumhanslKessler(stream).getSolution(stream)
    return Key(found.tonic.pitchClass, found.mode)


def grams(events: tuple[Event, ...], minor: bool, bar: int) -> Floats:
    """What the classifier is told besides core.compose.invent.ear.features: pairs of degrees and of intervals, rhythms
    of beats and of bars, turns of three moves, degrees by place; the rhythms and turns hashed into bins."""
    sounding = [event for event in events if event.sounds]
    pitches, onsets = np.array([e.pitch for e in sounding]), np.array([e.onset for e in sounding])
    degrees, steps, gaps = (pitches + LOWEST) % 12, np.diff(pitches), np.diff(onsets)
    of_degrees, of_steps, of_places = np.zeros((12, 12)), np.zeros((19, 19)), np.zeros((12, 8))
    of_beats, of_bars, of_turns = np.zeros(96), np.zeros(256), np.zeros(256)
    np.add.at(of_degrees, (degrees[:-1], degrees[1:]), 1)
    near = np.clip(steps, -9, 9) + 9
    np.add.at(of_steps, (near[:-1], near[1:]), 1)
    np.add.at(of_places, (degrees, np.minimum(7, onsets % bar * 8 // bar)), 1)
    for counts, span in ((of_beats, TICKS), (of_bars, bar)):
        inside = defaultdict(list)
        for onset in onsets.tolist():
            inside[onset // span].append(onset % span)
        for places in inside.values():
            counts[hash(tuple(places)) % len(counts)] += 1
    kinds = np.digitize(steps, (-4.5, -2.5, -0.5, 0.5, 2.5, 4.5)).tolist()
    lengths = np.clip(np.round(np.log2(np.maximum(1, gaps) / 3)), -1, 4).astype(int).tolist()
    for i in range(len(kinds) - 2):
        of_turns[hash((*kinds[i:i + 3], *lengths[i:i + 2])) % len(of_turns)] += 1
    return np.concatenate([np.sqrt(counts.ravel() / max(1.0, counts.sum())) for counts in
                           (of_degrees, of_steps, of_beats, of_bars, of_turns, of_places)])


__all__ = ["STYLES", "events_of", "grams", "heard", "kept", "krumhansl", "made", "windows"]
