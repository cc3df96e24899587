"""The melodies as the models see them, measured once and cached.

    python -m models.training.genre.melody_views ../shared UNPACKED views.npz
    python -m models.training.genre.melody_views ../shared UNPACKED sung.npz --sung

Every tune is seen as cut (random stretches of 16 to 48 notes, for training), as read (the windows the
product takes of a clean MIDI file) and as the seed's 64 values; in the second file as sung: its first
fourteen seconds performed and misheard as models/training/rhythm/data.py does, then laid on their grid by
core.understand. Of the crowded collections only a part is sung.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from core.music import Note
from core.understand import understand
from core.understand.genre import chosen_windows
from core.understand.genre_features import MIN_NOTES, measure, top_line
from models.training.genre.tunes import Tune, load_tunes
from models.training.rhythm.data import load_singer, mishear, sing_tune

CUT, READ, SUNG = range(3)
CUTS = 3
SUNG_OF_CROWDED = 0.3
CROWDED = ("essen", "oneill", "aird", "ryan", "nottingham", "openhymnal", "pop909", "classical")


def seed_values(tune: Tune) -> np.ndarray:
    """The seed's melody input: pitch / 127 at sixteen moments a second for four seconds, 0 where nothing sounds."""
    beats_a_second = (tune.bpm or 120.0) / 60
    values = np.zeros(64, np.float32)
    first = tune.rows[0][0]
    for onset, length, pitch in tune.rows:
        start, end = (onset - first) / beats_a_second * 16, (onset + length - first) / beats_a_second * 16
        values[round(start):max(round(end), round(start) + 1)] = pitch / 127
    return values


def main(shared: Path, unpacked: Path, out: Path, sung: bool) -> None:
    """Measure everything: some minutes on one core, twenty for the sung takes (nearly all of it their grid)."""
    tunes = load_tunes(shared, unpacked)
    rng = np.random.default_rng(11)
    singer = load_singer(shared)
    rows, owner, kind = [], [], []
    started = time.time()
    for index in (rng.permutation(len(tunes)) if sung else range(len(tunes))):
        views = _sung(tunes[index], singer, rng) if sung else _clean(tunes[index], rng)
        for what, line in views:
            if len(line) >= MIN_NOTES:
                rows.append(measure(line).astype(np.float16))
                owner.append(index)
                kind.append(what)
        if len(rows) % 1000 < 3:
            print(len(rows), len(set(owner)), len(tunes), round(time.time() - started), flush=True)
            if sung and len(rows) > 20:
                np.savez(out, x=np.stack(rows), owner=np.array(owner), kind=np.array(kind))
    table = {} if sung else {
        "genre": np.array([t.genre for t in tunes]), "collection": np.array([t.collection for t in tunes]),
        "group": np.array([t.group for t in tunes]), "title": np.array([t.title for t in tunes]),
        "seed": np.stack([seed_values(t) for t in tunes])}
    np.savez(out, x=np.stack(rows), owner=np.array(owner), kind=np.array(kind), **table)


def _clean(tune: Tune, rng: np.random.Generator) -> Iterator[tuple[int, tuple[Note, ...]]]:
    line = top_line([Note(*row) for row in tune.rows])
    for _ in range(CUTS):
        size = int(rng.integers(16, 49))
        start = int(rng.integers(0, max(len(line) - size, 0) + 1))
        yield CUT, line[start:start + size]
    for window in chosen_windows(line):
        yield READ, window


def _sung(tune: Tune, singer: ModuleType, rng: np.random.Generator) -> Iterator[tuple[int, tuple[Note, ...]]]:
    if tune.collection in CROWDED and rng.uniform() > SUNG_OF_CROWDED:
        return
    got = sing_tune({"meter": tune.meter, "notes": tune.rows}, singer, rng)
    if got:
        for window in chosen_windows(understand(mishear(got[0], rng)).notes):
            yield SUNG, window


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), "--sung" in sys.argv)
