"""The table of what human drummers do (models/groove.md), read once."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[2] / "models" / "groove.json"
KIN = {"lofi": "hiphop"}  # genres that nobody played in the dataset


@lru_cache(maxsize=1)
def habits() -> Mapping[str, Mapping[str, Any]]:
    """``touch``: genre (or ``any``) -> drum -> place -> (velocity mean, its spread, ms late, their spread);
    ``places``: genre (or ``any``) -> drum -> strokes a bar on each of sixteen sixteenths; ``hands``: genre (or ``any``)
    -> spread in ms of habit, drift, moment and limb; ``rides``: genre -> the ride's share of ride and hats."""
    table: dict[str, dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def places(genre: str, drum: str) -> tuple[float, ...]:
    """Strokes a bar of ``drum`` (kick, ghost, hat_open, side_stick, hat_pedal) on each sixteenth, as people play it."""
    table = habits()["places"]
    owner = KIN.get(genre, genre)
    return tuple(table[owner if owner in table else "any"][drum])


def ride_share(genre: str) -> float:
    """How much of their time on hats or ride the genre's drummers spend on the ride; 0 where too few were heard."""
    return float(habits()["rides"].get(KIN.get(genre, genre), 0.0))


def hands(genre: str) -> tuple[float, float, float, float]:
    """Spread in ms of what the genre's drummers' distance from the grid is made of: habit, drift, moment, limb."""
    table = habits()["hands"]
    habit, drift, moment, limb = table.get(KIN.get(genre, genre), table["any"])
    return habit, drift, moment, limb
