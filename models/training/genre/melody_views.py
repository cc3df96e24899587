"""The melodies as the models see them, measured once and cached.

    python -m models.training.genre.melody_views ../shared UNPACKED views.npz

Every tune is seen as cut (random stretches of 16 to 48 notes, for training), as read (the windows the
product takes of a clean MIDI file) and as sung (performed and misheard as models/training/rhythm/data.py
does, then laid on its grid by core.understand: the first take from the tune's start, for the test; the
second from anywhere, for training only), and as the seed's 64 values.
"""

import sys
import time
from pathlib import Path

import numpy as np

from core.music import Note
from core.understand import understand
from core.understand.genre import chosen_windows
from core.understand.genre_features import MIN_NOTES, measure, top_line
from models.training.genre.tunes import Tune, load_tunes
from models.training.rhythm.data import load_singer, mishear, sing_tune

CUT, READ, SUNG, SUNG_MID = range(4)
CUTS = 4
CROWDED = ("essen", "oneill", "aird", "ryan", "nottingham", "openhymnal", "pop909", "classical")


def seed_values(tune: Tune) -> np.ndarray:
    """The seed's melody input: pitch / 127 at sixteen moments a second for four seconds, 0 where nothing sounds."""
    beats_a_second = (tune.bpm or 120.0) / 60
    values = np.zeros(64, np.float32)
    first = tune.rows[0][0]
    for onset, length, pitch in tune.rows:
        start, end = (onset - first) / beats_a_second * 16, (onset + length - first) / beats_a_second * 16
        values[int(round(start)):max(int(round(end)), int(round(start)) + 1)] = pitch / 127
    return values


def main(shared: Path, unpacked: Path, out: Path) -> None:
    """Measure everything; about ten minutes on one core, nearly all of it the grid of the sung takes."""
    tunes = load_tunes(shared, unpacked)
    singer = load_singer(shared)
    rng = np.random.default_rng(11)
    rows, owner, kind = [], [], []

    def keep(line: tuple[Note, ...], index: int, what: int) -> None:
        if len(line) >= MIN_NOTES:
            rows.append(measure(line).astype(np.float16))
            owner.append(index)
            kind.append(what)

    started = time.time()
    for index, tune in enumerate(tunes):
        line = top_line([Note(*row) for row in tune.rows])
        for _ in range(CUTS):
            size = int(rng.integers(16, 49))
            start = int(rng.integers(0, max(len(line) - size, 0) + 1))
            keep(line[start:start + size], index, CUT)
        for window in chosen_windows(line):
            keep(window, index, READ)
        takes = [(SUNG, 0)]
        if tune.collection not in CROWDED:
            takes.append((SUNG_MID, int(rng.integers(0, max(len(tune.rows) - 12, 1)))))
        for what, start in takes:
            got = sing_tune({"meter": tune.meter, "notes": tune.rows}, singer, rng, start=start)
            if got:
                for window in chosen_windows(understand(mishear(got[0], rng)).notes):
                    keep(window, index, what)
        if index % 500 == 0:
            print(index, len(tunes), round(time.time() - started), flush=True)
    np.savez(out, x=np.stack(rows), owner=np.array(owner), kind=np.array(kind),
             genre=np.array([t.genre for t in tunes]), collection=np.array([t.collection for t in tunes]),
             group=np.array([t.group for t in tunes]), title=np.array([t.title for t in tunes]),
             seed=np.stack([seed_values(t) for t in tunes]))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
