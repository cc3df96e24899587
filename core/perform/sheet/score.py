"""What a page of music says: bars of written values, spelt pitches, chord symbols. No layout, no library.

Times are integers, ``TICKS`` to a quarter note: sixteenths, thirty-seconds and triplets of all of them are whole
numbers, so that a bar is exactly full or it is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.music import Key, Meter

TICKS = 24  # in a quarter note

Step = Literal["C", "D", "E", "F", "G", "A", "B"]
STEPS: tuple[Step, ...] = ("C", "D", "E", "F", "G", "A", "B")
Syllabic = Literal["single", "begin", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Pitch:
    """A written pitch: letter, semitones the accidental moves it (-2..2), octave (4 holds middle C)."""

    step: Step
    alter: int
    octave: int

    @property
    def midi(self) -> int:
        """Its MIDI number."""
        return 12 * (self.octave + 1) + (0, 2, 4, 5, 7, 9, 11)[STEPS.index(self.step)] + self.alter

    @property
    def staff_place(self) -> int:
        """Steps above C0: what decides where on the staff it stands."""
        return 7 * self.octave + STEPS.index(self.step)


@dataclass(frozen=True, slots=True)
class Tuplet:
    """``actual`` notes in the time of ``normal``."""

    actual: int
    normal: int


@dataclass(frozen=True, slots=True)
class Head:
    """One pitch of a note or chord. ``accidental``: what is printed before it, None where the key says it;
    ``cross``: drawn as a cross, as cymbals are."""

    pitch: Pitch
    tie_from: bool = False
    tie_to: bool = False
    accidental: int | None = None
    cross: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A note, a chord or (without heads) a rest, exactly as it is written: one note value.

    ``kind`` is the denominator of the value (1 whole, 2 half, 4 quarter ...), ``dots`` its dots. ``beams`` has
    an entry a beam: begin, continue, end, forward or backward hook. ``hidden`` rests only fill a second voice.
    """

    onset: int  # ticks from the start of its bar
    duration: int  # ticks
    kind: int
    dots: int = 0
    heads: tuple[Head, ...] = ()
    tuplet: Tuplet | None = None
    tuplet_edge: Literal["start", "stop"] | None = None
    beams: tuple[str, ...] = ()
    hidden: bool = False
    whole_bar: bool = False
    lyric: str = ""
    syllabic: Syllabic = "single"

    @property
    def end(self) -> int:
        """Ticks from the start of its bar."""
        return self.onset + self.duration

    @property
    def is_rest(self) -> bool:
        """Whether nothing sounds."""
        return not self.heads


@dataclass(frozen=True, slots=True)
class Symbol:
    """A chord symbol over a place of its bar."""

    onset: int  # ticks from the start of the bar
    text: str  # in core.theory's spelling


@dataclass(frozen=True, slots=True)
class BarLine:
    """Where a bar lies in the piece and what is said at its head.

    ``length`` is shorter than the meter's bar for an upbeat. ``jump`` starts or ends a repeat, ``ending`` numbers
    its first and second ending.
    """

    onset: int  # ticks from the start of the piece
    length: int
    meter: Meter
    key: Key
    number: int
    repeat_from: bool = False
    repeat_to: bool = False
    ending: int = 0
    is_last: bool = False
    mark: str = ""  # a rehearsal mark or the name of a section

    @property
    def end(self) -> int:
        """Ticks from the start of the piece."""
        return self.onset + self.length

    @property
    def shortfall(self) -> int:
        """Ticks by which an upbeat, which is bar 0, is shorter than a whole bar."""
        return round(self.meter.bar_beats * TICKS) - self.length if self.number == 0 else 0


@dataclass(frozen=True)
class Staff:
    """One staff: for every bar its voices, each of which fills the bar exactly."""

    clef: str  # treble, treble_8 (an octave lower), bass, percussion
    bars: tuple[tuple[tuple[Value, ...], ...], ...]

    def values(self) -> Iterator[Value]:
        """All of them, bar by bar, voice by voice."""
        for voices in self.bars:
            for voice in voices:
                yield from voice


@dataclass(frozen=True)
class Part:
    """A player: one staff, or two for a keyboard. ``sounds`` is how many semitones higher it sounds than written.
    The pitches of an ``unpitched`` one are places on the staff."""

    name: str
    staves: tuple[Staff, ...]
    symbols: tuple[tuple[Symbol, ...], ...] = ()  # a tuple a bar, or none at all
    sounds: int = 0
    program: int = 0
    unpitched: bool = False


@dataclass(frozen=True)
class Score:
    """All that stands on the pages."""

    title: str
    composer: str
    bpm: float
    bars: tuple[BarLine, ...]
    parts: tuple[Part, ...]
    swing: bool = False
