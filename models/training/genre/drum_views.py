"""The drum parts as the models see them, measured once and cached.

    python -m models.training.genre.drum_views UNPACKED drum_views.npz

CUT rows are random stretches of one to eight bars, half of them with their velocities flattened (a drum
machine's), for training; READ rows are the windows the product takes. Tempo is the last columns of a row:
where a collection has no tempo of its own, training draws one (``bpm`` is nan here).
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.understand.drum_features import BAR_BEATS, MIN_HITS, measure, windows
from models.training.genre.drums import Part, load_parts

CUT, READ = range(2)
CUTS = 5


def seed_values(part: Part) -> np.ndarray:
    """The seed's drum input: eight seconds at sixteen moments a second, the loudest hit's key / 127, 0 for none."""
    values, loudest = np.zeros(128, np.float32), np.zeros(128)
    for hit in part.hits:
        moment = round((hit.onset_beats - part.hits[0].onset_beats) * 60 / (part.bpm or 120.0) * 16)
        if moment < 128 and hit.velocity > loudest[moment]:
            values[moment], loudest[moment] = hit.pitch / 127, hit.velocity
    return values


def main(unpacked: Path, out: Path) -> None:
    """Measure everything; a minute or two on one core."""
    parts = load_parts(unpacked)
    rng = np.random.default_rng(5)
    rows, owner, kind = [], [], []
    for index, part in enumerate(parts):
        bars = max(int(part.hits[-1].onset_beats // BAR_BEATS) + 1, 1)
        for _ in range(CUTS):
            length = min(int(rng.choice([1, 2, 4, 4, 8])), bars)
            start = int(rng.integers(0, bars - length + 1)) * BAR_BEATS
            cut = [hit for hit in part.hits if start - 0.1 <= hit.onset_beats < start + length * BAR_BEATS - 0.1]
            if rng.uniform() < 0.5:
                cut = [replace(hit, velocity=90) for hit in cut]
            if len(cut) >= MIN_HITS:
                rows.append(measure(cut, 120.0))
                owner.append(index)
                kind.append(CUT)
        for window in windows(part.hits):
            rows.append(measure(window, 120.0))
            owner.append(index)
            kind.append(READ)
    np.savez(out, x=np.stack(rows).astype(np.float16), owner=np.array(owner), kind=np.array(kind),
             genre=np.array([p.genre for p in parts]), collection=np.array([p.collection for p in parts]),
             group=np.array([p.group for p in parts]), bpm=np.array([p.bpm or np.nan for p in parts]),
             fill=np.array([p.is_fill for p in parts]), held_out=np.array([p.held_out for p in parts]),
             name=np.array([p.name for p in parts]), seed=np.stack([seed_values(p) for p in parts]))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
