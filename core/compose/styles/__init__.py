"""Genres as data: one TOML file a genre, each with its styles. See ``docs/styles.md``."""

from functools import lru_cache
from pathlib import Path

from core.compose.styles.schema import read_fills, read_genre
from core.compose.styles.tables import CELL_BEATS, FAMILIES, STEPS, Grid, Player, Style, StyleError

__all__ = ["CELL_BEATS", "FAMILIES", "STEPS", "Grid", "Player", "Style", "StyleError", "load_styles"]


@lru_cache(maxsize=1)
def load_styles() -> dict[str, tuple[Style, ...]]:
    """All styles by genre, in the order of their files. Raises StyleError, naming file and line."""
    folder = Path(__file__).parent
    common = read_fills(folder / "common.toml")
    return {
        path.stem: read_genre(path, common) for path in sorted(folder.glob("*.toml")) if path.stem != "common"
    }
