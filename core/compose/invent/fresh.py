"""A new tune in a style: several drafts, and the one most like the style's real tunes.

Phrases are planned as periods are built (Caplin, "Classical Form", 1998): an antecedent that stops on the dominant, a
consequent that begins alike and comes to rest on the tonic; the last bar is led to by a tone of the dominant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.compose.invent.decode import LENGTHS, Draft, Floats, Leaning, Manner, on_degrees, write
from core.compose.invent.ear import heard_as
from core.compose.invent.names import COMPOSERS, STYLES
from core.compose.invent.style import (
    Style,
    alike,
    density,
    lead_of_key,
    longest_repeat,
    rest,
    returns,
    same_at_end,
    style_of,
    unevenness,
)
from core.compose.invent.tokens import DURATIONS, PITCHES, TICKS, Frame, Reader, to_notes, tonic_tones
from core.errors import NoIdea
from core.music import Key, Melody, Meter

DRAFTS, MOST_ROUNDS = 12, 4
ECHO_BONUS, RHYTHM_BONUS, BREATH_BONUS = 4.0, 2.5, 2.0  # log odds for doing what the form plans
FORM_SHARE = 0.6  # of the style's rhythms that come again: the network repeats some unasked
AGAIN = (0.5, 0.6, 0.25, 0.75)  # how often a phrase begins as an earlier one did, by its place: mostly AABA and ABAC
END_BONUS, LED_BONUS, LONG_FIRST = 2.5, 0.8, -2.0  # log odds: rest in the last bar, dominant before it, long first note
DOMINANT, ROOT, HOME = frozenset((7, 11, 2)), frozenset((0,)), 0.9  # HOME: how often a new tune must end on the root
TEMPERATURE, NUCLEUS, WIDEST = 0.97, 0.95, 19
GUIDANCE, COMPOSERS_GUIDANCE = 1.0, 1.5  # composers' lines differ less than genres' do
# What a draft is chosen by: likeness of its histograms, how surely it is heard as its style, nats a note that the style
# explains, how many notes there are, and whether as many in every phrase
ALIKE, HEARD, OF_STYLE, THICK, UNEVEN = 14.0, 1.4, 1.5, 0.8, 0.7
ASTRAY = 8.0  # what it costs to fit another key perfectly and the own one not at all
# What it costs to bring bars back unaltered more often than the style and a fifth, to end on one note again and again,
# and to rest more than the style does
REPEATED, MORE_REPEATED, HAMMERED, RESTS = 5.0, 0.2, 0.6, 4.0
STANDS, MOST_STANDING = 2.0, 6  # cost of each note in a row on one pitch beyond what 95 in 100 real tunes have
LOWEST_TONIC = 60  # tunes lie in the octave and a half above
USUAL_KEYS = {"major": (0, 2, 5, 7, 9, 10, 3), "minor": (9, 2, 4, 7, 0, 11, 5)}


def fresh(style: str, *, bars: int, seed: int, key: Key | None = None, meter: Meter | None = None,
          bpm: float | None = None) -> Melody:
    """A tune of ``bars`` bars in a style of tokens.STYLES; what is not said is drawn as the style's tunes have it.

    The same arguments give the same tune. Raises KeyError for an unknown style, NoIdea.
    """
    manner = style_of(style)
    rng = np.random.default_rng([seed, STYLES.index(style), bars])
    key = key or _key(manner, rng)
    shares = np.array(list(manner.meters.values()))
    meter = meter or Meter.parse(str(rng.choice(list(manner.meters), p=shares / shares.sum())))
    bpm = bpm or float(rng.integers(manner.tempos[0], manner.tempos[1] + 1))
    tonic = LOWEST_TONIC + (key.tonic_pc - LOWEST_TONIC) % 12
    frame = Frame(key, meter, bars, STYLES.index(style), tonic)
    chosen = best(drafts_of(frame, manner, rng, DRAFTS), manner)
    return Melody(to_notes(chosen.reader.events, frame), bpm, key, meter)


def _key(manner: Style, rng: np.random.Generator) -> Key:
    mode = "minor" if rng.random() < manner.minor else "major"
    return Key(int(rng.choice(USUAL_KEYS[mode])), mode)


def drafts_of(frame: Frame, manner: Style, rng: np.random.Generator, count: int) -> list[Draft]:
    """``count`` finished drafts, each with its own form; fewer where the network runs into copies. Raises NoIdea."""
    freedom = Manner(TEMPERATURE, NUCLEUS, COMPOSERS_GUIDANCE if manner.name in COMPOSERS else GUIDANCE,
                     manner.most_repeats, min(WIDEST, manner.widest), endings=ROOT if rng.random() < HOME else None)
    for _ in range(MOST_ROUNDS):
        leanings = [form_leaning(form_of(frame.bars, manner, rng), frame) for _ in range(count)]
        if drafts := write(frame, count, rng, freedom, leanings=leanings):
            return drafts
    raise NoIdea()


@dataclass(frozen=True)
class Form:
    """What is planned before the first note: ``tunes`` and ``rhythms`` tell for a bar how many bars it looks back;
    at the end of a bar in ``breaths`` a long note stands."""

    tunes: dict[int, int]
    rhythms: dict[int, int]
    breaths: frozenset[int]


def form_of(bars: int, manner: Style, rng: np.random.Generator) -> Form:
    """A form: phrases of four bars (of two in short tunes) whose beginnings come again, and rhythms that do."""
    phrase = 4 if bars >= 8 else 2
    tunes: dict[int, int] = {}
    rhythms: dict[int, int] = {}
    for bar in range(1, bars - 1):
        for lag in (8, 4, 2, 1):
            if lag <= bar and rng.random() < FORM_SHARE * manner.rhythm_echo[str(lag)]:
                rhythms[bar] = lag
                break
    for number, start in enumerate(range(phrase, bars, phrase), 1):
        if bars < start + 2 or rng.random() > AGAIN[number % 4] * (1 + manner.echo["4"]):
            continue
        back = int(rng.choice((2, 3))) if number % 4 == 3 else min(number, 1 + number % 2)  # ABAC or AABA
        length = int(rng.integers(phrase // 2, phrase))  # the end of a phrase is new
        tunes.update(dict.fromkeys(range(start, min(start + length, bars - 1)), back * phrase))
    ends = frozenset(bar for bar in range(phrase - 1, bars - 1, phrase) if rng.random() < manner.breath)
    return Form(tunes, rhythms, ends)


def form_leaning(form: Form, frame: Frame) -> Leaning:
    """Leans towards what the form plans, and to a cadence at the end."""
    bar = frame.bar
    dominant, tonic = on_degrees(DOMINANT), on_degrees(tonic_tones(frame.key))
    phrase = 4 if frame.bars >= 8 else 2

    def lean(reader: Reader) -> Floats | None:
        onset, number = reader.onset, reader.onset // bar
        ends = onset + LENGTHS
        more = np.zeros((PITCHES, len(DURATIONS)))
        for lag, bonus in ((form.tunes.get(number), ECHO_BONUS), (form.rhythms.get(number), 0.0)):
            if lag and (before := reader.lagged(lag)) is not None:
                more[:, before.duration] += RHYTHM_BONUS
                more[before.pitch, before.duration] += bonus
        if not reader.events:
            more[:, max(2 * TICKS, bar // 2) < LENGTHS] += LONG_FIRST
        if number in form.breaths:
            rests = (ends == (number + 1) * bar) & (LENGTHS >= TICKS)
            more[:-1, rests] += BREATH_BONUS
            stops = dominant if number // phrase % 2 == 0 else tonic
            more[:-1][np.ix_(stops, rests)] += LED_BONUS
        add_cadence(more, reader)
        return more

    return lean


def add_cadence(more: Floats, reader: Reader) -> None:
    """Add what leads to the last note: a tone of the dominant before the last bar, the root near by in it."""
    frame, onset, ends = reader.frame, reader.onset, reader.onset + LENGTHS
    closing = frame.end - frame.bar
    if closing - frame.bar // 2 <= onset < closing:
        more[:-1][on_degrees(DOMINANT)] += LED_BONUS
        more[:, ends == closing] += LED_BONUS
    elif onset >= closing:
        last = next((event.pitch for event in reversed(reader.events) if event.sounds), PITCHES // 2)
        near = np.abs(np.arange(PITCHES - 1) - last) <= 5
        root, last_one = on_degrees(ROOT), ends == frame.end
        more[:-1][np.ix_(root & near, last_one)] += LED_BONUS
        more[:-1][np.ix_(root, last_one)] += LED_BONUS
        if onset <= closing + frame.bar // 2:
            more[:, last_one] += END_BONUS


def distance(draft: Draft, manner: Style) -> float:
    """How far a draft is from the style's real tunes: in likelihood, in its three histograms, and by what the style
    has more of than others."""
    events, (mean, spread), frame = draft.drawn, manner.nats, draft.reader.frame
    own = STYLES.index(manner.name)
    heard = heard_as(events, frame.key.is_minor, frame.bar)
    family = slice(0, len(COMPOSERS)) if manner.name in COMPOSERS else slice(len(COMPOSERS), None)
    heard = heard[own] - np.log(np.exp(heard[family]).sum())
    thick = abs(density(events) - manner.density[0]) / manner.density[1]
    return float(max(0.0, abs(draft.nats_a_note - mean) / spread - 0.5) + ALIKE * (1 - alike(events, manner))
                 - HEARD * heard - OF_STYLE * draft.of_style / draft.notes
                 + THICK * max(0.0, thick - 0.5) + UNEVEN * max(0.0, unevenness(events, 4 * frame.bar) - 1.0)
                 + ASTRAY * max(0.0, -lead_of_key(events, frame.key.is_minor))
                 + REPEATED * max(0.0, returns(events, frame.bar) - manner.echo["4"] - MORE_REPEATED)
                 + STANDS * max(0, longest_repeat(events) - MOST_STANDING)
                 + HAMMERED * max(0, same_at_end(events) - 2) + RESTS * max(0.0, rest(events) - manner.rest - 0.05))


def best(drafts: Sequence[Draft], manner: Style) -> Draft:
    """The draft most like the style."""
    return min(drafts, key=lambda draft: distance(draft, manner))
