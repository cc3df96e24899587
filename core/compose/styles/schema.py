"""Reads style files, with errors that name the line.

A genre is one TOML file beside this module. Patterns are drawn on a grid, one character a step, so that they can be
read and sung:

* drums: ``X`` accent, ``x`` normal, ``o`` soft, ``g`` ghost, ``?`` a soft hit on some bars, ``.`` nothing;
* bass: ``1 3 5 7`` chord degrees, ``8`` octave, ``L`` fifth below, ``a`` approach to the next root, ``w``
  a walking step, ``k`` wherever the kick plays, ``g`` a ghost note, ``-`` hold, ``.`` rest;
* chords: ``x`` ``X`` ``o`` struck (normal, accent, soft), ``d`` ``u`` strummed down or up, ``1``..``6``
  one voice from the bottom, ``0`` the bass note, ``-`` hold, ``.`` rest.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from core import theory
from core.compose.styles.tables import (
    ALPHABETS,
    COLOURS,
    ENDINGS,
    FAMILIES,
    INTROS,
    KINDS,
    ORNAMENTS,
    STEPS,
    Grid,
    Player,
    Style,
    StyleError,
)


class _Reader:
    """Checks one file's tables against the dataclasses, knowing where each key stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")

    def fail(self, where: tuple[str | int, ...], problem: str) -> StyleError:
        dotted = ".".join(str(part + 1) if isinstance(part, int) else part for part in where)
        return StyleError(f"{self.path.name}:{self.line_of(where)}: {dotted}: {problem}")

    def line_of(self, where: tuple[str | int, ...]) -> int:
        """Line of a key path like ("style", 1, "player", 0, "range"), or of its table where it is absent."""
        counts: dict[str, int] = {}  # index of the array tables met so far
        here: tuple[str | int, ...] = ()
        best, depth = 1, 0
        for number, line in enumerate(self.text.splitlines(), 1):
            found: tuple[str | int, ...] | None = None
            if header := re.match(r"\s*\[\[([\w.]+)\]\]", line):
                name = header[1]
                counts[name] = counts.get(name, -1) + 1
                for inner in [other for other in counts if other.startswith(name + ".")]:
                    del counts[inner]
                here = found = self._indexed(name, counts)
            elif header := re.match(r"\s*\[([\w.]+)\]", line):
                here = found = self._indexed(header[1], counts)
            elif entry := re.match(r"\s*\"?([\w/]+)\"?\s*=", line):
                found = (*here, entry[1])
            if found and found == where[: len(found)] and len(found) > depth:
                best, depth = number, len(found)
        return best

    @staticmethod
    def _indexed(name: str, counts: Mapping[str, int]) -> tuple[str | int, ...]:
        parts: list[str | int] = []
        words = name.split(".")
        for i, word in enumerate(words):
            parts.append(word)
            if ".".join(words[: i + 1]) in counts:
                parts.append(counts[".".join(words[: i + 1])])
        return tuple(parts)

    def read(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise StyleError(f"{self.path.name}: {error}") from error

    def known(
        self, table: Mapping[str, Any], where: tuple[str | int, ...], cls: type, extra: set[str]
    ) -> None:
        names = {f.name for f in fields(cls)} | extra
        for key in table:
            if key not in names:
                raise self.fail((*where, key), f"no such field; there are {', '.join(sorted(names))}")
        for f in fields(cls):
            required = f.default is MISSING and f.default_factory is MISSING
            if (
                required
                and f.name not in table
                and f.name not in ("genre", "grooves", "fills", "players", "steps", "lines")
            ):
                raise self.fail(where, f"{f.name} is missing")

    def number_pair(
        self, value: Any, where: tuple[str | int, ...], low: float, high: float
    ) -> tuple[Any, Any]:
        if (
            not isinstance(value, list)
            or len(value) != 2
            or not all(isinstance(v, int | float) for v in value)
            or not low <= value[0] <= value[1] <= high
        ):
            raise self.fail(where, f"wants [low, high] within {low:g}..{high:g}, has {value!r}")
        return value[0], value[1]

    def grid(self, table: dict[str, Any], where: tuple[str | int, ...], *, fill: bool) -> Grid:
        self.known(table, where, Grid, {"grid"})
        meter = table.get("meter")
        if meter not in FAMILIES:
            raise self.fail((*where, "meter"), f"wants one of {', '.join(FAMILIES)}, has {meter!r}")
        steps = table.get("steps", STEPS[meter])
        lines: dict[str, str] = {}
        for row in str(table.get("grid", "")).strip().splitlines():
            name, _, cells = row.strip().partition(" ")
            cells = cells.replace(" ", "").replace("|", "")
            if name not in theory.GM_DRUMS:
                raise self.fail((*where, "grid"), f"no drum is called {name!r}")
            if bad := set(cells) - set(ALPHABETS["drums"]):
                raise self.fail(
                    (*where, "grid"), f"{name}: {sorted(bad)[0]!r} is not of {ALPHABETS['drums']}"
                )
            lines[name] = cells
        lengths = {len(cells) for cells in lines.values()}
        if len(lengths) != 1:
            raise self.fail((*where, "grid"), f"lines of different lengths: {sorted(lengths)}")
        length = lengths.pop()
        if (not fill and length % steps) or (fill and not 0 < length <= steps):
            raise self.fail((*where, "grid"), f"{length} columns do not fit a cell of {steps} steps")
        intensity = self.number_pair(table.get("intensity", [0.0, 1.0]), (*where, "intensity"), 0, 1)
        return Grid(meter, lines, steps, intensity, bool(table.get("keep", False)))

    def player(self, table: dict[str, Any], where: tuple[str | int, ...]) -> Player:
        self.known(table, where, Player, set())
        if table["kind"] not in KINDS:
            raise self.fail((*where, "kind"), f"wants one of {', '.join(KINDS)}, has {table['kind']!r}")
        if table.get("colour", "triad") not in COLOURS:
            raise self.fail((*where, "colour"), f"wants one of {', '.join(COLOURS)}")
        if set(table.get("ornaments", ())) - set(ORNAMENTS):
            raise self.fail((*where, "ornaments"), f"wants some of {', '.join(ORNAMENTS)}")
        for name in table["instruments"]:
            if name not in theory.GM_PROGRAMS:
                raise self.fail((*where, "instruments"), f"General MIDI has no {name!r}")
        patterns = {}
        for meter, rows in table.get("patterns", {}).items():
            if meter not in FAMILIES:
                raise self.fail((*where, "patterns"), f"no meter family {meter!r}")
            here = (*where, "patterns", meter)
            patterns[meter] = tuple(self.pattern(row, table["kind"], meter, here) for row in rows)
        numbers: dict[str, Any] = {"range": self.number_pair(table["range"], (*where, "range"), 12, 115)}
        for name, low, high in (
            ("pan", -1, 1),
            ("reverb", 0, 1),
            ("volume_db", -24, 12),
            ("gate", 0.05, 1.2),
            ("velocity", 1, 120),
            ("voices", 1, 6),
            ("variety", 0, 1),
            ("enter", 0, 1),
            ("leave", 0, 1.01),
            ("lag_ms", -40, 60),
            ("jitter_ms", 0, 20),
            ("duck_db", 0, 12),
        ):
            value = table.get(name, getattr(Player, name))
            if not isinstance(value, int | float) or not low <= value <= high:
                raise self.fail((*where, name), f"wants a number within {low}..{high}, has {value!r}")
            numbers[name] = value
        return Player(
            table["role"],
            table["kind"],
            tuple(table["instruments"]),
            patterns=patterns,
            colour=table.get("colour", "triad"),
            ornaments=tuple(table.get("ornaments", ())),
            **numbers,
        )

    def pattern(self, row: str, kind: str, meter: str, where: tuple[str | int, ...]) -> str:
        cells = row.replace(" ", "").replace("|", "")
        if bad := set(cells) - set(ALPHABETS[kind]):
            raise self.fail(where, f"{row!r}: {sorted(bad)[0]!r} is not of {ALPHABETS[kind]!r}"
            )
        if not cells or (len(cells) % STEPS[meter] and len(cells) % 12):
            raise self.fail(where, f"{row!r}: {len(cells)} steps do not fill cells of {STEPS[meter]}"
            )
        return cells

    def style(
        self, genre: str, table: dict[str, Any], where: tuple[str | int, ...], common_fills: tuple[Grid, ...]
    ) -> Style:
        self.known(table, where, Style, {"groove", "fill", "player"})
        grooves = tuple(
            self.grid(g, (*where, "groove", i), fill=False) for i, g in enumerate(table.get("groove", []))
        )
        fills = tuple(
            self.grid(g, (*where, "fill", i), fill=True) for i, g in enumerate(table.get("fill", []))
        )
        players = tuple(self.player(p, (*where, "player", i)) for i, p in enumerate(table.get("player", [])))
        for kind in ("melody", "bass", "comp"):
            if kind not in {player.kind for player in players}:
                raise self.fail(where, f"no player of kind {kind}")
        if not grooves:
            raise self.fail(where, "no groove")
        own = {fill.meter for fill in fills}
        fills += tuple(fill for fill in common_fills if fill.meter not in own)
        options: dict[str, Any] = {}
        for name, allowed in (("intros", INTROS), ("endings", ENDINGS)):
            values = tuple(table.get(name, allowed))
            if not values or set(values) - set(allowed):
                raise self.fail((*where, name), f"wants some of {', '.join(allowed)}")
            options[name] = values
        slowing = table.get("slowing", 0.0)
        if not isinstance(slowing, int | float) or not 0 <= slowing <= 0.4:
            raise self.fail((*where, "slowing"), f"wants a number within 0..0.4, has {slowing!r}")
        plain = {
            name: table[name]
            for name in (
                "minor",
                "variation",
                "machine",
                "crash",
                "slowing",
                "drum_lag_ms",
                "drum_volume_db",
                "drum_kit",
                "swing_unit",
            )
            if name in table
        }
        return Style(
            genre,
            table["name"],
            self.number_pair(table["tempo"], (*where, "tempo"), 30, 300),
            table["energy"],
            grooves,
            fills,
            players,
            swing=self.number_pair(table.get("swing", [0.5, 0.5]), (*where, "swing"), 0.5, 0.75),
            **options,
            **plain,
        )


def read_fills(path: Path) -> tuple[Grid, ...]:
    """The fills that every style may use, from ``common.toml``. Raises StyleError."""
    reader = _Reader(path)
    return tuple(reader.grid(g, ("fill", i), fill=True) for i, g in enumerate(reader.read()["fill"]))


def read_genre(path: Path, common_fills: tuple[Grid, ...] = ()) -> tuple[Style, ...]:
    """The styles of one genre's file. Raises StyleError, naming the line."""
    reader = _Reader(path)
    data = reader.read()
    if data.get("genre") != path.stem:
        raise reader.fail(("genre",), f"wants {path.stem!r}, has {data.get('genre')!r}")
    styles = tuple(
        reader.style(path.stem, table, ("style", i), common_fills)
        for i, table in enumerate(data.get("style", []))
    )
    if not styles:
        raise reader.fail(("genre",), "no [[style]]")
    return styles
