"""Notes, meters, keys, chords, and the JSON rows they are kept in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from core import theory

PITCH_BEND = 128  # where a Control bends instead of turning one of MIDI's 128 controllers
MAX_BEATS = 20_000.0  # where a file of notes may end: over an hour at any tempo


@dataclass(frozen=True, slots=True)
class SungNote:
    """One note as it was sung.

    ``pitch_midi`` is fractional (60.3 = middle C, 30 cents sharp), ``confidence`` 0..1,
    ``loudness_db`` relative to full scale.
    """

    onset_s: float
    offset_s: float
    pitch_midi: float
    confidence: float = 1.0
    loudness_db: float = -20.0

    @property
    def duration_s(self) -> float:
        """Seconds from onset to offset."""
        return self.offset_s - self.onset_s


@dataclass(frozen=True, slots=True)
class Note:
    """One note of the score, or of a performance when onset and duration are off the grid."""

    onset_beats: float
    duration_beats: float
    pitch: int
    velocity: int = 80

    @property
    def end_beats(self) -> float:
        """Where the note stops."""
        return self.onset_beats + self.duration_beats


@dataclass(frozen=True, slots=True)
class Control:
    """What a hand does beside striking notes: MIDI controller ``number`` turned to ``value``.

    Number 128 (PITCH_BEND) bends by ``value``, -8192..8191 for two semitones down..up.
    """

    onset_beats: float
    number: int
    value: int


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature."""

    numerator: int = 4
    denominator: int = 4

    @classmethod
    def parse(cls, text: str) -> "Meter":
        """From ``"6/8"``. Raises ValueError."""
        match = re.fullmatch(r"(\d{1,2})/(1|2|4|8|16)", text.strip())
        if not match or int(match[1]) == 0:
            raise ValueError(f"meter {text!r}")
        return cls(int(match[1]), int(match[2]))

    @property
    def bar_beats(self) -> float:
        """Length of a bar in quarters: 4.0 in 4/4, 3.0 in 6/8."""
        return 4 * self.numerator / self.denominator

    @property
    def is_compound(self) -> bool:
        """Whether the pulse is a dotted quarter (6/8, 9/8, 12/8)."""
        return self.denominator == 8 and self.numerator % 3 == 0 and self.numerator > 3

    @property
    def pulse_beats(self) -> float:
        """Length of the felt pulse in quarters: 1.0 in 4/4, 1.5 in 6/8."""
        return 1.5 if self.is_compound else 4 / self.denominator

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic pitch class and a mode."""

    tonic_pc: int = 0
    mode: str = "major"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """From ``"F# minor"``. Raises ValueError."""
        return cls(*theory.parse_key(text))

    @property
    def flats(self) -> bool:
        """Whether this key is spelt with flats."""
        return theory.uses_flats(self.tonic_pc, self.mode)

    @property
    def is_minor(self) -> bool:
        """Whether the third degree is minor."""
        return self.mode in theory.MINOR_MODES

    @property
    def scale(self) -> tuple[int, ...]:
        """The scale's pitch classes, tonic first."""
        return theory.scale_pitch_classes(self.tonic_pc, self.mode)

    def transposed(self, semitones: int) -> "Key":
        """The key that many semitones higher."""
        return replace(self, tonic_pc=(self.tonic_pc + semitones) % 12)

    def __str__(self) -> str:
        return f"{theory.name_of(self.tonic_pc, self.flats)} {self.mode}"


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord symbol over a stretch of beats."""

    onset_beats: float
    duration_beats: float
    symbol: str

    @property
    def end_beats(self) -> float:
        """Where the chord stops."""
        return self.onset_beats + self.duration_beats

    @property
    def root_pc(self) -> int:
        """Pitch class of the root."""
        return theory.parse_chord(self.symbol)[0]

    @property
    def bass_pc(self) -> int:
        """Pitch class the bass plays: the slash note, or the root."""
        return theory.parse_chord(self.symbol)[2]

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """The chord tones, root first."""
        return theory.chord_pitch_classes(self.symbol)


def notes_to_json(notes: Iterable[Note], *, velocity: bool = False) -> list[list[float]]:
    """Notes as [onset_beats, duration_beats, pitch] rows, and velocity as a fourth column if wanted."""
    return [[round(n.onset_beats, 4), round(n.duration_beats, 4), n.pitch] + ([n.velocity] if velocity else [])
            for n in notes]


def notes_from_json(rows: Iterable[Iterable[float]]) -> tuple[Note, ...]:
    """The inverse of :func:`notes_to_json`. Raises ValueError."""
    notes = []
    for row in rows:
        try:
            onset, duration, pitch, *rest = row
            note = Note(float(onset), float(duration), int(pitch), int(rest[0]) if rest else 80)
        except (TypeError, OverflowError) as error:
            raise ValueError(f"note {row!r}") from error
        if not (abs(note.onset_beats) <= MAX_BEATS and 0 < note.duration_beats <= MAX_BEATS and 0 <= note.pitch <= 127):
            raise ValueError(f"note {row!r}")
        notes.append(note)
    return tuple(notes)


def chords_to_json(chords: Iterable[Chord]) -> list[list[Any]]:
    """Chords as [onset_beats, duration_beats, symbol] rows."""
    return [[round(c.onset_beats, 4), round(c.duration_beats, 4), c.symbol] for c in chords]


def chords_from_json(rows: Iterable[Iterable[Any]]) -> tuple[Chord, ...]:
    """The inverse of :func:`chords_to_json`. Raises ValueError."""
    chords = []
    for row in rows:
        try:
            onset, duration, symbol = row
            chord = Chord(float(onset), float(duration), str(symbol))
        except (TypeError, OverflowError) as error:
            raise ValueError(f"chord {row!r}") from error
        if not (abs(chord.onset_beats) <= MAX_BEATS and 0 < chord.duration_beats <= MAX_BEATS):
            raise ValueError(f"chord {row!r}")
        theory.parse_chord(chord.symbol)
        chords.append(chord)
    return tuple(chords)
