"""The things everything else talks about: notes, melodies, chords, songs. Frozen, and in beats.

A beat is a quarter note, in every meter; ``bpm`` counts quarters a minute; beat 0 is a bar line,
so an upbeat of one beat in 4/4 starts at 3.0. Sung notes, before they are laid on a grid, are in
seconds. Data walks one way: Sound -> SungNotes -> Melody -> LeadSheet -> Song.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from core import theory

GENRES = ("rock", "jazz", "electronic", "pop", "folk", "classical",
          "latin", "funk", "hiphop", "reggae", "blues", "lofi")
FEELS = ("loose", "normal", "tight")
COLOURS = ("plain", "rich", "jazzy", "dark", "bright")  # of the harmony
MIN_BPM, MAX_BPM = 30.0, 300.0


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


@dataclass(frozen=True)
class Melody:
    """A tune on its grid. ``swing`` is the share of a beat its first eighth takes: 0.5 is straight.

    ``key`` is the one it begins in; ``modulations`` are the bar lines (in beats) where it plainly changes, and to what.
    """

    notes: tuple[Note, ...]
    bpm: float
    key: Key = Key()
    meter: Meter = Meter()
    swing: float = 0.5
    modulations: tuple[tuple[float, Key], ...] = ()

    @property
    def end_beats(self) -> float:
        """Where the last note stops."""
        return max((note.end_beats for note in self.notes), default=0.0)

    @property
    def bars(self) -> int:
        """Number of bars from beat 0 to the end of the last note."""
        return math.ceil(self.end_beats / self.meter.bar_beats - 1e-6)

    def transposed(self, semitones: int) -> "Melody":
        """The same tune, moved by semitones."""
        notes = tuple(replace(note, pitch=note.pitch + semitones) for note in self.notes)
        modulations = tuple((beat, key.transposed(semitones)) for beat, key in self.modulations)
        return replace(self, notes=notes, key=self.key.transposed(semitones), modulations=modulations)

    def to_json(self) -> dict[str, Any]:
        """As ``humband melody`` writes it; a dorian key, say, as the minor one, with ``mode`` beside it."""
        usual = "minor" if self.key.is_minor else "major"
        told: dict[str, Any] = {"mode": self.key.mode} if self.key.mode != usual else {}
        if self.modulations:
            told["modulations"] = [[beat, str(key)] for beat, key in self.modulations]
        return {"bpm": round(self.bpm, 2), "key": str(replace(self.key, mode=usual)), **told, "meter": str(self.meter),
                "swing": round(self.swing, 3), "notes": notes_to_json(self.notes)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Melody":
        """The inverse of :meth:`to_json`; key and meter may be absent or null. Raises ValueError."""
        try:
            bpm = float(data.get("bpm") or 100.0)
            key = Key.parse(data.get("key") or "C major")
            key = Key.parse(f"{theory.name_of(key.tonic_pc)} {data['mode']}") if data.get("mode") else key
            melody = cls(notes_from_json(data["notes"]), bpm, key, Meter.parse(data.get("meter") or "4/4"),
                         float(data.get("swing") or 0.5),
                         tuple((float(beat), Key.parse(name)) for beat, name in data.get("modulations") or ()))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this is no melody: it needs bpm, key, meter and notes") from error
        if not MIN_BPM <= bpm <= MAX_BPM:
            raise ValueError(f"bpm {bpm} is outside {MIN_BPM:.0f}..{MAX_BPM:.0f}")
        return melody


@dataclass(frozen=True)
class LeadSheet:
    """A melody with its chords: what arranging, engraving and searching start from."""

    melody: Melody
    chords: tuple[Chord, ...]

    def transposed(self, semitones: int) -> "LeadSheet":
        """The same lead sheet, moved by semitones and spelt for its new key."""
        melody = self.melody.transposed(semitones)
        chords = tuple(replace(c, symbol=theory.transpose_chord(c.symbol, semitones, flats=melody.key.flats))
                       for c in self.chords)
        return LeadSheet(melody, chords)

    def to_json(self) -> dict[str, Any]:
        """The melody's fields, and ``chords`` as [onset_beats, duration_beats, symbol] rows."""
        return self.melody.to_json() | {"chords": chords_to_json(self.chords)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "LeadSheet":
        """The inverse of :meth:`to_json`. Raises ValueError."""
        return cls(Melody.from_json(data), chords_from_json(data.get("chords") or ()))


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the form: ``intro``, ``statement``, ``middle``, ``ending`` ..."""

    name: str
    onset_beats: float
    duration_beats: float
    intensity: float = 0.5  # 0..1: how full the band plays

    @property
    def end_beats(self) -> float:
        """Where the section stops."""
        return self.onset_beats + self.duration_beats


@dataclass(frozen=True)
class Track:
    """What one player plays. ``role`` names it (melody, chords, bass, drums, pad, counter ...)."""

    role: str
    program: int
    notes: tuple[Note, ...]
    is_drum: bool = False
    volume_db: float = 0.0
    pan: float = 0.0  # -1 left .. 1 right
    reverb: float = 0.2  # 0..1: how much of it the room gets
    duck_db: float = 0.0  # how far each kick drum presses it down (side-chain)


@dataclass(frozen=True)
class Wish:
    """What the person asked for. None: choose for them. The same input, wish and seed give the same song."""

    genre: str | None = None
    bpm: float | None = None
    key: Key | None = None
    seed: int = 1
    length_s: float | None = None
    feel: str = "normal"
    colour: str = "plain"

    def to_json(self) -> dict[str, Any]:
        """Only what differs from no wish at all, and the seed."""
        return {"genre": self.genre, "bpm": self.bpm, "key": str(self.key) if self.key else None,
                "seed": self.seed, "length_s": self.length_s, "feel": self.feel, "colour": self.colour}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Wish":
        """The inverse of :meth:`to_json`."""
        fields = {name: data[name] for name in cls.__dataclass_fields__ if data.get(name) is not None}
        if "key" in fields:
            fields["key"] = Key.parse(fields["key"])
        return cls(**fields)


@dataclass(frozen=True)
class Song:
    """An arranged song. ``notes``, ``chords`` and ``sections`` are in the song's own beats; the tune as
    it was heard stands in ``lead_sheet``, so that every later wish starts from it."""

    title: str
    genre: str
    style: str
    bpm: float
    key: Key
    meter: Meter
    swing: float
    seed: int
    notes: tuple[Note, ...]
    chords: tuple[Chord, ...]
    sections: tuple[Section, ...]
    tracks: tuple[Track, ...]
    lead_sheet: LeadSheet
    wish: Wish = field(default_factory=Wish)

    @cached_property
    def end_beats(self) -> float:
        """Where the last section stops."""
        return max((section.end_beats for section in self.sections), default=0.0)

    @property
    def duration_s(self) -> float:
        """Seconds from the first to the last beat, without the tail of the last sounds."""
        return self.end_beats * 60 / self.bpm

    def track(self, role: str) -> Track:
        """The track of that role. Raises KeyError."""
        for track in self.tracks:
            if track.role == role:
                return track
        raise KeyError(role)

    def to_json(self) -> dict[str, Any]:
        """Everything, in plain JSON types."""
        return {
            "title": self.title, "genre": self.genre, "style": self.style, "bpm": round(self.bpm, 2),
            "key": str(self.key), "meter": str(self.meter), "swing": round(self.swing, 3), "seed": self.seed,
            "notes": notes_to_json(self.notes), "chords": chords_to_json(self.chords),
            "sections": [{"name": s.name, "onset_beats": s.onset_beats, "duration_beats": s.duration_beats,
                          "intensity": s.intensity} for s in self.sections],
            "tracks": [{"role": t.role, "program": t.program, "is_drum": t.is_drum, "volume_db": t.volume_db,
                        "pan": t.pan, "reverb": t.reverb, "notes": notes_to_json(t.notes, velocity=True)}
                       | ({"duck_db": t.duck_db} if t.duck_db else {})
                       for t in self.tracks],
            "lead_sheet": self.lead_sheet.to_json(), "wish": self.wish.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Song":
        """The inverse of :meth:`to_json`. Raises ValueError."""
        try:
            return cls(
                str(data["title"]), str(data["genre"]), str(data["style"]), float(data["bpm"]),
                Key.parse(data["key"]), Meter.parse(data["meter"]), float(data["swing"]), int(data["seed"]),
                notes_from_json(data["notes"]), chords_from_json(data["chords"]),
                tuple(Section(**section) for section in data["sections"]),
                tuple(Track(**{**track, "notes": notes_from_json(track["notes"])}) for track in data["tracks"]),
                LeadSheet.from_json(data["lead_sheet"]), Wish.from_json(data.get("wish") or {}),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this is no song of ours") from error


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
        if not (math.isfinite(note.onset_beats) and 0 < note.duration_beats < math.inf and 0 <= note.pitch <= 127):
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
            chords.append(Chord(float(onset), float(duration), str(symbol)))
        except TypeError as error:
            raise ValueError(f"chord {row!r}") from error
        theory.parse_chord(chords[-1].symbol)
    return tuple(chords)
