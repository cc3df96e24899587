"""Two judges name the genre of a drum part: the one that ships, and a second one of other features.

The second was written for this table alone and never looked at while styles were made: which stroke follows which at
what distance, in a random forest. Both are taught by human and book patterns only (models/training/genre/held.py), and
asked about the held-back ones and about our own drummers.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from core.music import Note
from core.understand.drum_features import windows
from core.understand.drum_genre import guess_drum_genre

Part = tuple[str, Sequence[Note], float]
"""Genre, strokes in beats, bpm."""
_VOICES = {36: 0, 35: 0, 38: 1, 40: 1, 37: 2, 42: 3, 22: 3, 44: 4, 46: 5, 26: 5, 51: 6, 59: 6, 53: 6, 49: 7, 57: 7,
           41: 8, 43: 8, 45: 8, 47: 8, 48: 8, 50: 8}
_OTHERS = 9
_DISTANCES = (0.02, 0.18, 0.29, 0.42, 0.6, 0.85, 1.2)  # beats: edges of together, thirty-second, sixteenth ...


def following(hits: Sequence[Note]) -> np.ndarray:
    """How often each drum follows each at each distance, (700,), of length 1."""
    counts = np.zeros((_OTHERS + 1, _OTHERS + 1, len(_DISTANCES)))
    ordered = sorted(hits, key=lambda hit: (hit.onset_beats, hit.pitch))
    for index, first in enumerate(ordered):
        for second in ordered[index + 1:index + 7]:
            place = int(np.searchsorted(_DISTANCES, second.onset_beats - first.onset_beats))
            if place == len(_DISTANCES):
                break
            counts[_VOICES.get(first.pitch, _OTHERS), _VOICES.get(second.pitch, _OTHERS), place] += 1
    flat = np.sqrt(counts.ravel())
    return flat / max(1e-9, float(np.linalg.norm(flat)))


def second_judge(parts: Sequence[Part]) -> Callable[[Sequence[Note], float], dict[str, float]]:
    """A judge taught by these parts."""
    from sklearn.ensemble import RandomForestClassifier

    rows = [(following(window), genre) for genre, hits, _ in parts for window in windows(hits, most=3)]
    forest = RandomForestClassifier(150, min_samples_leaf=2, class_weight="balanced", random_state=1, n_jobs=1)
    forest.fit(np.array([row for row, _ in rows]), [genre for _, genre in rows])

    def judge(hits: Sequence[Note], bpm: float) -> dict[str, float]:
        del bpm
        seen = windows(hits)
        if not seen:
            return {}
        vote = forest.predict_proba(np.array([following(window) for window in seen])).mean(0)
        return dict(zip(forest.classes_.tolist(), vote.tolist(), strict=True))

    return judge


def named(judge: Callable[[Sequence[Note], float], dict[str, float]], parts: Sequence[Part]) -> dict[str, float]:
    """The share of each genre's parts that the judge names rightly, among the genres asked about."""
    asked = {genre for genre, *_ in parts}
    found: dict[str, list[bool]] = {}
    for genre, hits, bpm in parts:
        guess = {name: share for name, share in judge(hits, bpm).items() if name in asked}
        found.setdefault(genre, []).append(bool(guess) and max(guess, key=lambda name: guess[name]) == genre)
    return {genre: round(float(np.mean(hit)), 3) for genre, hit in sorted(found.items())}


def judged(unpacked: Path, ours: Sequence[Part]) -> dict[str, dict[str, dict[str, float]]]:
    """{judge: {"held-back" or "ours": {genre: share named rightly}}}, over the genres that both have."""
    from models.training.genre.drums import load_parts
    from models.training.genre.held import BENCH, TRAIN, drum_part_of

    parts = [part for part in load_parts(unpacked) if not part.is_fill]
    both = {part.genre for part in parts if drum_part_of(part) == BENCH} & {genre for genre, *_ in ours}
    taught, held = ([(part.genre, part.hits, part.bpm or 120.0) for part in parts
                     if drum_part_of(part) == which and part.genre in both] for which in (TRAIN, BENCH))
    mine = [part for part in ours if part[0] in both]
    judges = {"ours (models/drum_genre.md)": guess_drum_genre, "second (what follows what)": second_judge(taught)}
    return {name: {"held-back": named(judge, held), "ours": named(judge, mine)} for name, judge in judges.items()}
