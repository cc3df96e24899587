"""A tune as events: what the network reads and writes, and what it is told at each step.

An event is a pitch relative to the tonic, or a rest, and a duration. Time is in ticks of 1/12 beat, so that
triplets and sixteenths are whole; tick 0 is a bar line. Besides the event before, each step knows its place
in the bar, the bars left, and what stood 1, 2, 4 and 8 bars ago (the lookback of Waite, "Generating
long-term structure in songs and stories", Magenta 2016), so that repeating is easy to learn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core import theory
from core.compose.invent.names import STYLES
from core.music import Chord, Key, Melody, Meter, Note

TICKS = 12  # a beat
DURATIONS = (1, 2, 3, 4, 6, 8, 9, 12, 15, 16, 18, 20, 21, 24, 27, 30, 36, 42, 48, 60, 72, 96)  # ticks
LOWEST, HIGHEST = -15, 24  # pitches relative to the reference tonic; others are folded in by octaves
REST = HIGHEST - LOWEST + 1
NONE = REST + 1  # no event there; in front of the first event
PITCHES = REST + 1  # that can be predicted
LAGS = (1, 2, 4, 8)  # bars
METERS = (Meter(4, 4), Meter(3, 4), Meter(2, 4), Meter(6, 8), Meter(3, 8), Meter(9, 8), Meter(12, 8))
ANY_STYLE = len(STYLES)
PLACES = 72  # ticks in the longest bar
MOST_LEFT = 17  # bars left are told up to this
# Columns of the features of a step: integers first, the chord's tones last
PITCH, DURATION, PLACE, BAR, LEFT, METER, MODE, STYLE, LAG_PITCH, LAG_DURATION = 0, 1, 2, 3, 4, 5, 6, 7, 8, 12
MATCHES, CHORD, WIDTH = 16, 20, 32

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Event:
    """``pitch``: 0..REST - 1 above LOWEST, or REST; ``duration``: an index of DURATIONS; ``onset`` in ticks."""

    onset: int
    pitch: int
    duration: int

    @property
    def ticks(self) -> int:
        """How long it lasts."""
        return DURATIONS[self.duration]

    @property
    def end(self) -> int:
        """Where the next one begins, in ticks."""
        return self.onset + DURATIONS[self.duration]

    @property
    def sounds(self) -> bool:
        """Whether it is a note."""
        return self.pitch != REST


@dataclass(frozen=True)
class Frame:
    """What is fixed before the first note: key, meter, length and style. ``tonic`` is the reference tonic's pitch."""

    key: Key
    meter: Meter
    bars: int
    style: int = ANY_STYLE
    tonic: int = 60
    chords: tuple[Chord, ...] = ()

    @cached_property
    def bar(self) -> int:
        """Ticks in a bar."""
        return round(self.meter.bar_beats * TICKS)

    @property
    def end(self) -> int:
        """Ticks in the tune."""
        return self.bars * self.bar

    def pitch_of(self, event: Event) -> int:
        """The MIDI pitch of an event that sounds."""
        return self.tonic + LOWEST + event.pitch


def meter_index(meter: Meter) -> int:
    """The meter itself, or the one most like it: by the pulse, then by the length of the bar."""
    return min(range(len(METERS)), key=lambda i: (METERS[i] != meter, METERS[i].is_compound != meter.is_compound,
                                                  abs(METERS[i].bar_beats - meter.bar_beats)))


def reference_tonic(pitches: Sequence[int], key: Key) -> int:
    """The tonic that has the middle of the tune from 4 below to 7 above it."""
    middle = round(float(np.median(pitches)))
    return middle - (middle - key.tonic_pc + 4) % 12 + 4


def frame_of(melody: Melody, *, style: int = ANY_STYLE, bars: int | None = None, chords: Sequence[Chord] = ()) -> Frame:
    """The frame of a tune that exists. Raises ValueError for a tune without notes."""
    if not melody.notes:
        raise ValueError("a tune needs notes")
    tonic = reference_tonic([note.pitch for note in melody.notes], melody.key)
    return Frame(melody.key, melody.meter, bars or melody.bars, style, tonic, tuple(chords))


def duration_index(ticks: int) -> int:
    """The longest duration of the vocabulary that fits into ``ticks`` (at least the shortest)."""
    return max(0, int(np.searchsorted(DURATIONS, ticks, side="right")) - 1)


def to_events(melody: Melody, frame: Frame) -> tuple[Event, ...]:
    """The tune as events from its first note on. Short gaps are closed, longer ones become rests."""
    onsets = [round(note.onset_beats * TICKS) for note in melody.notes]
    events: list[Event] = []
    for i, note in enumerate(melody.notes):
        length = max(1, round(note.duration_beats * TICKS))
        if i + 1 < len(onsets):
            gap = onsets[i + 1] - onsets[i]
            if gap <= 0:
                continue
            length = gap if gap - length <= max(2, gap // 4) else min(length, gap)
        else:
            gap = length
        pitch = note.pitch - frame.tonic
        while pitch > HIGHEST:
            pitch -= 12
        while pitch < LOWEST:
            pitch += 12
        events.append(Event(onsets[i], pitch - LOWEST, duration_index(length)))
        left = onsets[i] + gap - events[-1].end
        while left > 0:
            events.append(Event(events[-1].end, REST, duration_index(left)))
            left -= events[-1].ticks
    return tuple(events)


def to_notes(events: Sequence[Event], frame: Frame) -> tuple[Note, ...]:
    """The notes of the events, in beats."""
    return tuple(Note(event.onset / TICKS, event.ticks / TICKS, frame.pitch_of(event))
                 for event in events if event.sounds)


class Reader:
    """Tells, event by event, what the network is to know before the next one; kept by the decoder for each tune."""

    def __init__(self, frame: Frame, onset: int = 0) -> None:
        self.frame, self.onset = frame, onset
        self.events: list[Event] = []
        self._at: dict[int, Event] = {}
        self._matches = [0] * len(LAGS)
        self._fixed = (meter_index(frame.meter), int(frame.key.is_minor), frame.style)
        self._chords = [(round(c.onset_beats * TICKS), round(c.end_beats * TICKS),
                         [(pc - frame.key.tonic_pc) % 12 for c_pcs in (c.pitch_classes,) for pc in c_pcs])
                        for c in frame.chords]

    def copy(self) -> "Reader":
        """A reader at the same place that goes its own way."""
        other = Reader.__new__(Reader)
        other.__dict__.update(self.__dict__)
        other.events, other._at, other._matches = list(self.events), dict(self._at), list(self._matches)
        return other

    def lagged(self, lag: int) -> Event | None:
        """The event that began at this place ``lag`` bars ago."""
        return self._at.get(self.onset - lag * self.frame.bar)

    def features(self) -> Ints:
        """(WIDTH,) what is known before the event at ``onset``."""
        row = np.zeros(WIDTH, np.int64)
        frame = self.frame
        row[PITCH], row[DURATION] = (self.events[-1].pitch, self.events[-1].duration) if self.events else (NONE, 0)
        bar, place = divmod(self.onset, frame.bar)
        row[PLACE] = min(place, PLACES - 1)
        row[BAR] = bar % 8
        row[LEFT] = max(0, min(MOST_LEFT, -(-(frame.end - self.onset) // frame.bar)))
        row[METER], row[MODE], row[STYLE] = self._fixed
        for i, lag in enumerate(LAGS):
            event = self._at.get(self.onset - lag * frame.bar)
            row[LAG_PITCH + i], row[LAG_DURATION + i] = (event.pitch, event.duration) if event else (NONE, 0)
            row[MATCHES + i] = self._matches[i]
        for start, end, tones in self._chords:
            if start <= self.onset < end:
                row[[CHORD + tone for tone in tones]] = 1
                break
        return row

    def take(self, event: Event) -> None:
        """Go on by one event, which begins at ``onset``."""
        for i, lag in enumerate(LAGS):
            before = self._at.get(event.onset - lag * self.frame.bar)
            same = before is not None and (before.pitch, before.duration) == (event.pitch, event.duration)
            self._matches[i] = min(3, self._matches[i] + 1) if same else 0
        self.events.append(event)
        self._at[event.onset] = event
        self.onset = event.end


def read(events: Sequence[Event], frame: Frame) -> Ints:
    """(events, WIDTH) what is known before each of the events."""
    reader = Reader(frame, events[0].onset)
    rows = []
    for event in events:
        rows.append(reader.features())
        reader.take(event)
    return np.array(rows)


def tonic_tones(key: Key) -> frozenset[int]:
    """Pitch classes of the tonic triad, above the tonic."""
    return frozenset(theory.CHORD_SHAPES["m" if key.is_minor else ""])


def degree(event: Event) -> int:
    """Semitones above the tonic, 0..11, of an event that sounds."""
    return (event.pitch + LOWEST) % 12


def moved(events: Sequence[Event], ticks: int) -> tuple[Event, ...]:
    """The same events, later by so many ticks."""
    return tuple(replace(event, onset=event.onset + ticks) for event in events)
