"""What is made of notes: melodies, lead sheets, songs and the wishes they follow; each as JSON and back."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from core import theory
from core.music.elements import (
    Chord,
    Control,
    Key,
    Meter,
    Note,
    chords_from_json,
    chords_to_json,
    notes_from_json,
    notes_to_json,
)

MIN_BPM, MAX_BPM = 30.0, 300.0
MAX_TUNE_BEATS = 4_000.0  # thirteen minutes at the quickest tempo
C_MAJOR, COMMON_TIME = Key(), Meter()


@dataclass(frozen=True)
class Melody:
    """A tune on its grid. ``swing`` is the share of a beat its first eighth takes: 0.5 is straight.

    ``key`` is the one it begins in; ``modulations`` are the bar lines (in beats) where it plainly changes, and to what.
    """

    notes: tuple[Note, ...]
    bpm: float
    key: Key = C_MAJOR
    meter: Meter = COMMON_TIME
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
        if melody.end_beats > MAX_TUNE_BEATS:
            raise ValueError(f"a tune of more than {MAX_TUNE_BEATS:,.0f} beats")
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
    controls: tuple[Control, ...] = ()  # bends and swells, by onset


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
    slowing: tuple[tuple[float, float], ...] = ()  # (from this beat, at this share of the tempo), by beat

    @cached_property
    def end_beats(self) -> float:
        """Where the last section stops."""
        return max((section.end_beats for section in self.sections), default=0.0)

    @property
    def duration_s(self) -> float:
        """Seconds from the first to the last beat, without the tail of the last sounds."""
        return self.seconds(self.end_beats)

    def seconds(self, beats: float) -> float:
        """When a place in beats is played: at a constant tempo, until the band slows down."""
        slow, here, tempo = 0.0, 0.0, 1.0
        for at, share in self.slowing:
            if beats <= at:
                break
            slow, here, tempo = slow + (at - here) / tempo, at, share
        return (slow + (beats - here) / tempo) * 60 / self.bpm

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
                       | ({"controls": [[round(c.onset_beats, 4), c.number, c.value] for c in t.controls]}
                          if t.controls else {})
                       for t in self.tracks],
            "lead_sheet": self.lead_sheet.to_json(), "wish": self.wish.to_json(),
        } | ({"slowing": [[at, share] for at, share in self.slowing]} if self.slowing else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Song":
        """The inverse of :meth:`to_json`. Raises ValueError."""
        try:
            return cls(
                str(data["title"]), str(data["genre"]), str(data["style"]), float(data["bpm"]),
                Key.parse(data["key"]), Meter.parse(data["meter"]), float(data["swing"]), int(data["seed"]),
                notes_from_json(data["notes"]), chords_from_json(data["chords"]),
                tuple(Section(**section) for section in data["sections"]),
                tuple(Track(**{**track, "notes": notes_from_json(track["notes"]),
                               "controls": tuple(Control(float(at), int(number), int(value))
                                                 for at, number, value in track.get("controls") or ())})
                      for track in data["tracks"]),
                LeadSheet.from_json(data["lead_sheet"]), Wish.from_json(data.get("wish") or {}),
                _slowing(data.get("slowing") or ()),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this is no song of ours") from error


def _slowing(rows: Iterable[Iterable[float]]) -> tuple[tuple[float, float], ...]:
    """A stored song's slowing. Raises ValueError for a tempo no band has."""
    found = tuple((float(at), float(share)) for at, share in rows)
    if not all(0.2 <= share <= 2.0 and at >= 0 for at, share in found) or list(found) != sorted(found):
        raise ValueError(f"slowing {found!r}")
    return found
