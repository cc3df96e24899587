"""Which tunes and drum parts the shipped models were trained on, and which are kept for the benchmark.

By a hash of what a split may not part (an artist's connected group of tunes; a drum style's family), so that
anybody who loads the same data finds the same parts.
"""

import hashlib

from models.training.genre.drums import Part
from models.training.genre.tunes import Tune

TRAIN, TEMPERATURE, BENCH = "train", "temperature", "bench"


def tune_part_of(tune: Tune) -> str:
    """``bench`` (an eighth of the groups), ``temperature`` (a sixteenth) or ``train``."""
    return part_of_group(tune.group)


def part_of_group(group: int) -> str:
    """The part of a group of tunes."""
    share = _share(f"tunes {group}")
    return BENCH if share < 2 else TEMPERATURE if share < 3 else TRAIN


def drum_part_of(part: Part) -> str:
    """groove-midi: its validation split is ``bench``; of the other collections a fifth of the style families."""
    return drum_part_of_group(part.collection, part.group, part.held_out)


def drum_part_of_group(collection: str, group: str, held_out: bool) -> str:
    """The same from the three things that decide it."""
    if collection == "groove":
        return BENCH if held_out else TRAIN
    return BENCH if _share(f"drums {group}") < 3 else TRAIN


def _share(name: str) -> int:
    return int(hashlib.md5(name.encode()).hexdigest(), 16) % 16
