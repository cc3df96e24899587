"""How events are chosen: several drafts side by side, each event drawn from what the network holds likely.

Drawn from the nucleus (Holtzman et al., "The curious case of neural text degeneration", ICLR 2020); the style is
leant on by guidance without a classifier (Ho and Salimans 2022): what the style adds to the network's opinion is
added once more, ``guidance`` times. What a tune must not do is ruled out before the draw: run past its end, close
off the tonic triad, leave its range, stand still on a note, rest twice, or copy eight notes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from core.compose.invent import network
from core.compose.invent.runs import known_runs, last_run
from core.compose.invent.tokens import (
    ANY_STYLE,
    DURATIONS,
    LOWEST,
    PITCHES,
    REST,
    STYLE,
    TICKS,
    Event,
    Frame,
    Reader,
    read,
    tonic_tones,
)

Floats = NDArray[np.float64]
Leaning = Callable[[Reader], Floats | None]
"""What is added to the log probabilities (PITCHES, durations) of the next event of a draft."""

LENGTHS = np.array(DURATIONS)
FORBIDDEN = -1e9
UNLIKELY = 12.0  # nats behind the likeliest event: such events are never drawn
_PITCHES = np.arange(PITCHES - 1)
_DEGREES = (_PITCHES + LOWEST) % 12
MOST_TRIES = 24  # draws of one event before a draft is given up as a copy


@dataclass(frozen=True)
class Manner:
    """How freely events are drawn, and what a tune may do at most."""

    temperature: float = 1.0
    nucleus: float = 0.95
    guidance: float = 0.0
    most_repeats: int = 4  # of one pitch in a row
    widest: int = 19  # semitones from the lowest to the highest note
    longest_rest: int = 24  # ticks
    allowed: frozenset[int] = frozenset()  # runs that are the person's own
    endings: frozenset[int] | None = None  # degrees the last note may have; None: those of the tonic triad


@dataclass
class Draft:
    """A tune in the making. ``log_p``: of the drawn events under the network, in nats, before any leaning;
    ``of_style``: the part of it that knowing the style gave."""

    reader: Reader
    log_p: float = 0.0
    of_style: float = 0.0
    failed: bool = False
    low: int = 99
    high: int = -1
    drawn: list[Event] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether nothing is to be added."""
        return self.failed or self.reader.onset >= self.reader.frame.end

    @property
    def nats_a_note(self) -> float:
        """Mean negative log likelihood of what was drawn."""
        return -self.log_p / self.notes

    @property
    def notes(self) -> int:
        """How many notes were drawn, 1 at least."""
        return max(1, sum(event.sounds for event in self.drawn))


def write(frame: Frame, count: int, rng: np.random.Generator, manner: Manner, *, before: Sequence[Event] = (),
          leanings: Sequence[Leaning] = (), start: int = 0) -> list[Draft]:
    """``count`` drafts from the end of ``before`` (or ``start``) to the frame's end; those that failed are left out.

    ``leanings``: one for each draft, or none.
    """
    drafts = [_opened(frame, before, start) for _ in range(count)]
    guided = manner.guidance > 0 and frame.style != ANY_STYLE
    styles = (frame.style, ANY_STYLE) if guided else (frame.style,)
    memory = network.begin(count * len(styles))
    if before:  # the memory after all but the last event; the next step takes that one in
        rows = np.repeat(read([*before], frame)[None], memory.shape[1], 0)
        rows[:, :, STYLE] = np.repeat(styles, count)[:, None]
        _, memory = network.step(rows, memory)
    going = list(range(count))
    while going:
        rows = np.tile(np.array([drafts[i].reader.features() for i in going]), (len(styles), 1))
        rows[:, STYLE] = np.repeat(styles, len(going))
        log_p, memory = network.step(rows, memory)
        for place, i in enumerate(going):
            draft, own = drafts[i], log_p[place].astype(np.float64)
            gain = own - log_p[len(going) + place] if guided else np.zeros(1)
            weighed = own + manner.guidance * gain
            if leanings and (more := leanings[i](draft.reader)) is not None:
                weighed = weighed + more
            if (event := _draw(draft, weighed, rng, manner)) is not None:
                draft.log_p += float(own[event.pitch, event.duration])
                draft.of_style += float(gain[event.pitch, event.duration]) if guided else 0.0
        left = [place for place, i in enumerate(going) if not drafts[i].done]
        if len(left) < len(going):
            memory = memory[:, [first + place for first in range(0, memory.shape[1], len(going)) for place in left]]
            going = [going[place] for place in left]
    return [draft for draft in drafts if not draft.failed]


def _opened(frame: Frame, before: Sequence[Event], start: int) -> Draft:
    draft = Draft(Reader(frame, before[0].onset if before else start))
    for event in before:
        _take(draft, event)
    return draft


def _take(draft: Draft, event: Event) -> None:
    draft.reader.take(event)
    if event.sounds:
        draft.low, draft.high = min(draft.low, event.pitch), max(draft.high, event.pitch)


def _draw(draft: Draft, weighed: Floats, rng: np.random.Generator, manner: Manner) -> Event | None:
    """Add one event and return it; or mark the draft as failed where every likely one would copy."""
    scores = np.where(possible(draft, manner), weighed / manner.temperature, FORBIDDEN).ravel()
    known, events = known_runs(), draft.reader.events
    likely = np.flatnonzero(scores > max(scores.max() - UNLIKELY, FORBIDDEN / 2))
    order = likely[np.argsort(-scores[likely])]
    chance = np.exp(scores[order] - scores.max())
    chance /= chance.sum()
    inside = int(np.searchsorted(np.cumsum(chance), manner.nucleus)) + 1
    for tried in range(MOST_TRIES):
        if tried == MOST_TRIES // 2:
            inside = len(chance)  # the likely ones are all copies: look further
        total = chance[:inside].sum()
        if total <= 0:
            if inside >= len(chance):
                break
            inside = len(chance)
            continue
        pick = min(int(np.searchsorted(np.cumsum(chance[:inside]), rng.random() * total)), inside - 1, len(chance) - 1)
        pitch, duration = divmod(int(order[pick]), len(DURATIONS))
        event = Event(draft.reader.onset, pitch, duration)
        run = last_run([*events[-24:], event]) if event.sounds else None
        if run is None or run in manner.allowed or run not in known:
            draft.drawn.append(event)
            _take(draft, event)
            return event
        chance[pick] = 0.0
    draft.failed = True
    return None


def possible(draft: Draft, manner: Manner) -> NDArray[np.bool_]:
    """(PITCHES, durations) which events may come next."""
    reader, frame = draft.reader, draft.reader.frame
    beat, last_length = 18 if frame.meter.is_compound else TICKS, closing_ticks(frame)
    endings = manner.endings or tonic_tones(frame.key)
    closes = reader.onset % frame.bar % beat == 0 and frame.end - reader.onset >= last_length
    allowed = _in_time(frame.end - reader.onset, last_length, endings if closes else frozenset(), manner.longest_rest
                       ).copy()
    events = reader.events
    if not events or events[-1].pitch == REST:
        allowed[REST] = False
    low, high = max(0, draft.high - manner.widest), draft.low + manner.widest + 1
    allowed[:low], allowed[high:REST] = False, False
    tail = [event.pitch for event in events[-manner.most_repeats:]]
    if len(tail) == manner.most_repeats and len(set(tail)) == 1 and tail[0] != REST:
        allowed[tail[0]] = False
    if not allowed.any():  # odd corners, such as one tick before the end: fill it whatever it is
        left = frame.end - reader.onset - LENGTHS
        near = (low <= _PITCHES) & (high > _PITCHES)
        allowed[:-1] = (on_degrees(endings) & near)[:, None] & (left == max(0, left[left >= 0].min(initial=0)))[None]
    return allowed


@lru_cache(maxsize=4096)
def _in_time(left: int, last_length: int, endings: frozenset[int], longest_rest: int) -> NDArray[np.bool_]:
    """(PITCHES, durations) what fits into the ``left`` ticks: a last note, on one of ``endings``, of ``last_length``
    at least; or something that leaves room for it."""
    allowed, after = np.ones((PITCHES, len(DURATIONS)), bool), left - LENGTHS
    allowed[:, (after < 0) | ((after > 0) & (after < last_length))] = False
    final = after == 0
    allowed[:-1, final] &= on_degrees(endings)[:, None]
    allowed[REST, final] = False
    allowed[REST, longest_rest < LENGTHS] = False
    return allowed


@cache
def on_degrees(degrees: frozenset[int]) -> NDArray[np.bool_]:
    """(PITCHES - 1,) which pitches stand so many semitones above a tonic."""
    return np.isin(_DEGREES, list(degrees))


def closing_ticks(frame: Frame) -> int:
    """How long the last note is at least."""
    return min(18 if frame.meter.is_compound else TICKS, frame.bar)
