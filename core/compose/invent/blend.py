"""A walk from one tune to another on which every step is itself a tune.

Many drafts are written on the way: half bar by half bar each leans towards one of the two tunes, with ever more half
bars on the other's side, while the network joins what meets. Then the chain of drafts is chosen (dynamic programming)
whose likeness to the first tune falls and to the second rises evenly, in what sounds when and, as far as can be, in
the moves from note to note. It is what MusicVAE (Roberts et al. 2018) walks
a latent space for: every point between two melodies a melody.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from core.compose.invent import network
from core.compose.invent.decode import LENGTHS, Draft, Floats, Leaning, Manner, write
from core.compose.invent.follow import nearest_style
from core.compose.invent.names import STYLES
from core.compose.invent.reshape import in_meter, in_mode, of_length
from core.compose.invent.runs import note_runs
from core.compose.invent.style import longest_repeat, style_of
from core.compose.invent.tokens import (
    DURATIONS,
    LOWEST,
    PITCHES,
    Event,
    Frame,
    Reader,
    frame_of,
    to_events,
    to_notes,
)
from core.errors import NoIdea
from core.music import Melody

LEVELS = 9  # shares of the second tune that drafts are written at
DRAFTS = 5  # at each level
PULL = 4.5  # log odds for the event of the tune leant towards
SLOT = 3  # ticks: tunes are compared sixteenth by sixteenth
PITCH_SHARE = 0.6  # of likeness; the rest is notes struck together
UNEVEN, BACKWARD, BACKWARD_MOVES, UNLIKELY = 1.0, 30.0, 3.0, 1.5
STRANGE, MOST_STRANGE = 20.0, 1.08  # what nats beyond those of real tunes cost, and from which ratio on
MOST_BARS = 16


@dataclass(frozen=True)
class Side:
    """Both tunes in the key, meter and length of one of them."""

    frame: Frame
    own: tuple[Event, ...]
    other: tuple[Event, ...]
    melody: Melody


@dataclass(frozen=True)
class Stop:
    """A draft with how like both tunes it is, in time (``to_a``, ``to_b``) and in moves; ``strange``: its nats a note
    over those of its style's real tunes."""

    melody: Melody
    to_a: float
    to_b: float
    moves_a: float
    moves_b: float
    strange: float


def blended(a: Melody, b: Melody, steps: int, seed: int) -> list[Melody]:
    """``steps`` melodies from near ``a`` to near ``b``; the same arguments give the same. Raises NoIdea."""
    rng = np.random.default_rng([seed, len(a.notes), len(b.notes)])
    a, b = (of_length(tune, min(tune.bars, MOST_BARS)) for tune in (a, b))
    allowed = note_runs(a.notes) | note_runs(b.notes)
    levels = np.linspace(0.0, 1.0, LEVELS)
    stops = _stops(_side(a, b), levels[levels <= 0.5], rng, allowed, from_a=True)
    stops += _stops(_side(b, a), 1 - levels[levels >= 0.5], rng, allowed, from_a=False)
    if len(stops) < steps:
        raise NoIdea()
    chain = _chain(stops, steps)
    return [replace(stop.melody, bpm=a.bpm ** (1 - share) * b.bpm ** share, swing=a.swing + (b.swing - a.swing) * share)
            for stop, share in zip(chain, np.linspace(0, 1, steps), strict=True)]


def _side(melody: Melody, other: Melody) -> Side:
    frame = frame_of(melody)
    own = to_events(melody, frame)
    bent = in_mode(in_meter(of_length(in_meter(other, melody.meter), melody.bars), melody.meter), melody.key.is_minor)
    bent = replace(bent, key=replace(bent.key, mode=melody.key.mode))
    theirs = to_events(bent, replace(frame_of(bent), bars=frame.bars))
    return Side(replace(frame, style=STYLES.index(nearest_style(own, frame))), own, theirs, melody)


def _stops(side: Side, shares: Floats, rng: np.random.Generator, allowed: frozenset[int], *, from_a: bool
           ) -> list[Stop]:
    """Drafts on one side of the way; ``shares``: how much of the other tune."""
    half = max(1, side.frame.bar // 2)
    halves = side.frame.end // half + 1
    drawn = rng.random((DRAFTS, halves))
    turns = [(np.argsort(np.argsort(row)) + 0.5) / halves < share for share in shares for row in drawn]
    leanings = [leaning(side, turn, half) for turn in turns]
    usual = style_of(STYLES[side.frame.style])
    pitches = [event.pitch for event in (*side.own, *side.other) if event.sounds]
    freedom = Manner(nucleus=0.92, widest=min(24, max(usual.widest, max(pitches) - min(pitches))),
                     most_repeats=max(usual.most_repeats, longest_repeat(side.own), longest_repeat(side.other)),
                     allowed=allowed)
    start = side.own[0].onset
    drafts = write(side.frame, len(turns), rng, freedom, leanings=leanings, start=start)
    return [_stop(draft, side, from_a) for draft in drafts]


def leaning(side: Side, turns: Sequence[bool], half: int) -> Leaning:
    """Leans towards the other tune in the half bars of ``turns``, towards the own one elsewhere."""
    at = [{event.onset: event for event in tune} for tune in (side.own, side.other)]

    def lean(reader: Reader) -> Floats | None:
        which = int(turns[min(len(turns) - 1, reader.onset // half)])
        event = at[which].get(reader.onset)
        tune = (side.own, side.other)[which]
        more: Floats = np.zeros((PITCHES, len(DURATIONS)))
        if event is None:
            event = next((e for e in tune if e.onset <= reader.onset < e.end), None)
            if event is None:
                return None
            more[:, reader.onset + LENGTHS == event.end] += PULL / 2
            more[event.pitch] += PULL / 4
            return more
        more[event.pitch] += PULL / 2
        more[event.pitch, event.duration] += PULL / 2
        more[:, reader.onset + LENGTHS == event.end] += PULL / 4
        return more

    return lean


def _stop(draft: Draft, side: Side, from_a: bool) -> Stop:
    events = draft.drawn
    own, other = likeness(events, side.own, side.frame.end), likeness(events, side.other, side.frame.end)
    own_moves, other_moves = shared_moves(events, side.own), shared_moves(events, side.other)
    melody = replace(side.melody, notes=to_notes(events, side.frame))
    usual = style_of(STYLES[side.frame.style]).nats[0]
    alike = (own, other, own_moves, other_moves) if from_a else (other, own, other_moves, own_moves)
    return Stop(melody, *alike, draft.nats_a_note / usual)


def likeness(one: Sequence[Event], two: Sequence[Event], end: int) -> float:
    """How alike two tunes in one frame are, 0..1: the share of sixteenths on one pitch, and of notes struck alike."""
    slots = [np.full(end // SLOT + 1, -1) for _ in range(2)]
    struck = []
    for row, events in zip(slots, (one, two), strict=True):
        for event in events:
            if event.sounds:
                row[event.onset // SLOT:max(event.onset // SLOT + 1, event.end // SLOT)] = (event.pitch + LOWEST) % 12
        struck.append({(event.onset, (event.pitch + LOWEST) % 12) for event in events if event.sounds})
    same = float((slots[0] == slots[1]).mean())
    together = 2 * len(struck[0] & struck[1]) / max(1, len(struck[0]) + len(struck[1]))
    return PITCH_SHARE * same + (1 - PITCH_SHARE) * together


def shared_moves(one: Sequence[Event], two: Sequence[Event]) -> float:
    """The share of moves (interval, distance between onsets) that two tunes have in common, in any order, 0..1."""
    bags = []
    for events in (one, two):
        sounding = [event for event in events if event.sounds]
        bags.append(Counter((b.pitch - a.pitch, b.onset - a.onset) for a, b in pairwise(sounding)))
    return 2 * (bags[0] & bags[1]).total() / max(1, bags[0].total() + bags[1].total())


def _chain(stops: Sequence[Stop], steps: int) -> list[Stop]:
    """The drafts in an order in which likeness to the first tune falls and to the second rises, as evenly as can be."""
    to_a, to_b = np.array([s.to_a for s in stops]), np.array([s.to_b for s in stops])
    way = to_b - to_a
    targets = np.linspace(way.min(), way.max(), steps)
    strange = np.array([s.strange for s in stops])
    unlikely = UNLIKELY * np.maximum(0, strange - 1.0) + STRANGE * np.maximum(0, strange - MOST_STRANGE)
    local = UNEVEN * np.abs(way[None] - targets[:, None]) + unlikely[None]
    backward = BACKWARD * ((to_a[None] >= to_a[:, None]).astype(float) + (to_b[None] <= to_b[:, None]))
    moves_a, moves_b = np.array([s.moves_a for s in stops]), np.array([s.moves_b for s in stops])
    backward += BACKWARD_MOVES * ((moves_a[None] >= moves_a[:, None]).astype(float)
                                  + (moves_b[None] <= moves_b[:, None]))
    np.fill_diagonal(backward, 1e6)
    cost, back = local[0], []
    for step in range(1, steps):
        ways = cost[:, None] + backward
        back.append(ways.argmin(0))
        cost = ways.min(0) + local[step]
    path = [int(cost.argmin())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return [stops[i] for i in reversed(path)]


def nats_a_note(melody: Melody, style: int) -> float:
    """How likely the network finds a melody in a style: nats a note."""
    frame = replace(frame_of(melody), style=style)
    return network.nats_a_note(to_events(melody, frame), frame)
