"""What a style may say: frozen dataclasses. ``docs/styles.md`` explains every field with examples."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FAMILIES = ("4/4", "3/4", "6/8")
CELL_BEATS = {"4/4": 4.0, "3/4": 3.0, "6/8": 3.0}
STEPS = {"4/4": 16, "3/4": 12, "6/8": 12}
KINDS = ("melody", "bass", "comp", "pad", "counter")
COLOURS = ("power", "triad", "seventh", "ninth")
INTROS = ("loop", "turnaround", "tonic")
ENDINGS = ("hit", "tag", "cadence")
ORNAMENTS = ("scoop", "fall", "grace", "mordent", "trill", "vibrato", "swell")
ALPHABETS = {
    "drums": "Xxog?.",
    "bass": "13578Lawkg-.",
    "comp": "Xxoduw0123456-.",
    "pad": "Xxo-.",
    "counter": "",
    "melody": "",
}


class StyleError(ValueError):
    """A style file breaks the schema; the message names file and line."""


@dataclass(frozen=True)
class Grid:
    """Drum lines on a grid: a groove (whole cells) or a fill (the end of a cell).

    ``steps`` is the number of steps in one cell (16 in 4/4, 12 in 3/4 and 6/8; 12 in 4/4 are triplets).
    ``intensity`` is the range of section intensities, 0..1, in which it is played.
    """

    meter: str
    lines: Mapping[str, str]
    steps: int
    intensity: tuple[float, float] = (0.0, 1.0)
    keep: bool = False  # a fill that is laid over the groove instead of replacing it

    @property
    def length(self) -> int:
        """Steps from the first to the last column."""
        return len(next(iter(self.lines.values())))


@dataclass(frozen=True)
class Player:
    """One chair of the band. ``patterns`` run from sparse to busy, by meter family."""

    role: str
    kind: str
    instruments: tuple[str, ...]
    range: tuple[int, int]
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    colour: str = "triad"
    voices: int = 3
    volume_db: float = 0.0
    pan: float = 0.0
    reverb: float = 0.2
    enter: float = 0.0  # plays in sections at least this intense
    leave: float = 1.01  # and less intense than this
    gate: float = 0.95  # share of its written length that a note sounds
    velocity: int = 80
    variety: float = 0.55  # how often a chord player changes a stroke of a bar's pattern
    lag_ms: float = 0.0
    jitter_ms: float = 5.0
    duck_db: float = 0.0  # how far the kick drum presses it down
    ornaments: tuple[str, ...] = ()  # of ORNAMENTS: what the player adds to the written notes


@dataclass(frozen=True)
class Style:
    """A way of playing a genre."""

    genre: str
    name: str
    tempo: tuple[float, float]
    energy: float
    grooves: tuple[Grid, ...]
    fills: tuple[Grid, ...]
    players: tuple[Player, ...]
    minor: float = 0.0  # -1 wants major tunes .. 1 wants minor ones
    swing: tuple[float, float] = (0.5, 0.5)
    swing_unit: float = 0.5  # what is swung: 0.5 eighths, 0.25 sixteenths
    variation: float = 1.0  # how much the drummer changes from bar to bar
    machine: bool = False  # drums and synths sit on the grid
    crash: bool = True
    intros: tuple[str, ...] = INTROS
    endings: tuple[str, ...] = ENDINGS
    slowing: float = 0.0  # how much slower the last bars get, as a share of the tempo
    drum_lag_ms: float = 0.0
    drum_volume_db: float = 0.0
    drum_kit: int = 0

    @property
    def meters(self) -> frozenset[str]:
        """Meter families that this style has grooves for."""
        return frozenset(groove.meter for groove in self.grooves)

    def player(self, kind: str) -> Player:
        """The first player of that kind. Raises KeyError."""
        for player in self.players:
            if player.kind == kind:
                return player
        raise KeyError(kind)
