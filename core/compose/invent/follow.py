"""What comes after a tune: the same key, meter and tempo, its motifs again, and a cadence.

The hum is read into the network's memory and goes on from there. Where the answer begins, and again at its half, the
draw leans towards what the hum did at the same place: question and answer, as a period is built.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core.compose.invent import network
from core.compose.invent.decode import Draft, Floats, Leaning, Manner, on_degrees, write
from core.compose.invent.fresh import GUIDANCE, MOST_ROUNDS, NUCLEUS, ROOT, TEMPERATURE, WIDEST, add_cadence, distance
from core.compose.invent.names import STYLES
from core.compose.invent.runs import note_runs
from core.compose.invent.style import Style, lead_of_key, longest_repeat, style_of
from core.compose.invent.tokens import (
    DURATIONS,
    PITCHES,
    REST,
    STYLE,
    Event,
    Frame,
    Reader,
    degree,
    frame_of,
    read,
    to_events,
    to_notes,
)
from core.errors import NoIdea
from core.music import Chord, Melody

DRAFTS = 12
MOTIF_BONUS = 2.5  # log odds for doing as the hum did
MOTIF_NOTES, NO_MOTIF = 4, 6.0  # cost of a draft that takes up no motif of so many notes
FOREIGN, OFTEN = 1.2, 0.1  # log odds against tones outside the scale that the hum has less often than that
ASTRAY, NEARLY_ASTRAY = 5.0, 0.05  # cost of fitting another key as well as the hum's; by so much its own fits better
DULL = 6.0  # for all moves that stand still, beyond the hum's share
NO_COMPOSER = STYLES[STYLES.index("folk"):]


def follow(melody: Melody, *, bars: int, seed: int, style: str | None = None, chords: Sequence[Chord] = ()) -> Melody:
    """The tune and ``bars`` more bars of it, which end on the tonic triad. ``style``: left out, the one it sounds like.

    Raises ValueError for a tune without notes, KeyError for an unknown style, NoIdea.
    """
    heard = frame_of(melody, chords=chords)
    events = to_events(melody, heard)
    name = style or nearest_style(events, heard)
    manner = style_of(name)
    frame = replace(heard, bars=heard.bars + bars, style=STYLES.index(name))
    rng = np.random.default_rng([seed, len(events), bars])
    pitches = [event.pitch for event in events if event.sounds]
    freedom = Manner(TEMPERATURE, NUCLEUS, GUIDANCE, widest=min(24, max(WIDEST, max(pitches) - min(pitches))),
                     most_repeats=max(manner.most_repeats, longest_repeat(events)),
                     allowed=note_runs(melody.notes), endings=ROOT)
    for _ in range(MOST_ROUNDS):
        leanings = [answer_leaning(events, frame, bars)] * DRAFTS
        drafts = write(frame, DRAFTS, rng, freedom, before=events, leanings=leanings)
        if drafts:
            chosen = min(drafts, key=lambda draft: _rank(draft, events, manner))
            return replace(melody, notes=(*melody.notes, *to_notes(chosen.drawn, frame)))
    raise NoIdea()


def nearest_style(events: Sequence[Event], frame: Frame) -> str:
    """The style, composers apart, under which a tune is likeliest."""
    rows = np.repeat(read(events, frame)[None], len(NO_COMPOSER), 0)
    rows[:, :, STYLE] = [[STYLES.index(name)] for name in NO_COMPOSER]
    memory, total = network.begin(len(NO_COMPOSER)), np.zeros(len(NO_COMPOSER))
    for i, event in enumerate(events):
        log_p, memory = network.step(rows[:, i], memory)
        total += log_p[:, event.pitch, event.duration]
    return NO_COMPOSER[int(total.argmax())]


def answer_leaning(events: Sequence[Event], frame: Frame, bars: int) -> Leaning:
    """Leans towards the hum's beginning where the answer begins, and for half as long at the answer's half; away from
    tones of another key, and to a cadence at the end."""
    first, start = events[0].onset, events[-1].end
    period = max(1, round((start - first) / frame.bar))
    half = frame.end - bars // 2 * frame.bar
    spans = [(start, start + max(2, bars // 4) * frame.bar, period)]
    if bars >= 8:
        lag = max(1, round((half - first) / frame.bar))
        spans.append((half, half + max(1, bars // 8) * frame.bar, lag))
    foreign = ~on_degrees(home(events, frame))

    def lean(reader: Reader) -> Floats:
        more: Floats = np.zeros((PITCHES, len(DURATIONS)))
        add_cadence(more, reader)
        more[:-1][foreign] -= FOREIGN
        for begin, end, lag in spans:
            if begin <= reader.onset < end and (before := reader.lagged(lag)) is not None:
                more[:, before.duration] += MOTIF_BONUS / 2
                more[before.pitch, before.duration] += MOTIF_BONUS
                break
        return more

    return lean


def home(events: Sequence[Event], frame: Frame) -> frozenset[int]:
    """The degrees a tune is at home on: its scale's, in minor the leading tone, and others that it often has."""
    own = [degree(event) for event in events if event.sounds]
    often = {one for one in own if own.count(one) > OFTEN * len(own)}
    scale = {(pc - frame.key.tonic_pc) % 12 for pc in frame.key.scale}
    return frozenset(scale | often | ({11} if frame.key.is_minor else set()))


def motifs(events: Sequence[Event]) -> set[tuple[tuple[int, int], ...]]:
    """All stretches of MOTIF_NOTES notes, as (interval, distance between onsets in ticks) pairs."""
    sounding = [event for event in events if event.sounds]
    moves = [(b.pitch - a.pitch, b.onset - a.onset) for a, b in pairwise(sounding)]
    size = MOTIF_NOTES - 1
    return {tuple(moves[i:i + size]) for i in range(len(moves) - size + 1)}


def _rank(draft: Draft, hum: Sequence[Event], manner: Style) -> float:
    """Small for drafts that are likely in their style, stay in its key and take up a motif of the hum."""
    again = bool(motifs(hum) & motifs(draft.drawn))
    rests = np.mean([event.pitch == REST for event in draft.drawn])
    lead = lead_of_key(draft.drawn, draft.reader.frame.key.is_minor)
    astray = min(1.0, max(0.0, NEARLY_ASTRAY - lead) / NEARLY_ASTRAY)
    dull = max(0.0, _standing(draft.drawn) - _standing(hum) - 0.05)
    return distance(draft, manner) + NO_MOTIF * (not again) + ASTRAY * astray + DULL * dull + 2.0 * float(rests)


def _standing(events: Sequence[Event]) -> float:
    """The share of moves that go nowhere."""
    pitches = [event.pitch for event in events if event.sounds]
    return float(np.mean(np.diff(pitches) == 0)) if len(pitches) > 1 else 0.0
