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
    ``places``: genre (or ``any``) -> drum -> strokes a bar on each of sixteen sixteenths."""
    table: dict[str, dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def places(genre: str, drum: str) -> tuple[float, ...]:
    """How often a bar the genre's drummers strike ``drum`` (kick, ghost, hat_open, side_stick) on each sixteenth."""
    table = habits()["places"]
    owner = KIN.get(genre, genre)
    return tuple(table[owner if owner in table else "any"][drum])
