"""A new tune in a style: several drafts, and the one most like the style's real tunes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.compose.invent.decode import LENGTHS, Draft, Floats, Leaning, Manner, write
from core.compose.invent.names import STYLES
from core.compose.invent.style import Style, histograms, overlap, style_of
from core.compose.invent.tokens import DURATIONS, PITCHES, TICKS, Event, Frame, Reader, to_notes
from core.errors import NoIdea
from core.music import Key, Melody, Meter

DRAFTS, MOST_ROUNDS = 8, 4
ECHO_BONUS, RHYTHM_BONUS, BREATH_BONUS = 4.0, 2.5, 2.0  # log odds for doing what the form plans
FORM_SHARE = 0.6  # of the style's rhythms that come again: the network repeats some unasked
ECHO_LEAST, ECHO_MORE = 0.15, 2.0  # a phrase whose beginning comes again: at least, and by the style's repeated bars
TEMPERATURE, NUCLEUS, WIDEST = 0.92, 0.93, 19
GUIDANCE = 0.5
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
    freedom = Manner(TEMPERATURE, NUCLEUS, GUIDANCE, manner.most_repeats, min(WIDEST, manner.widest))
    for _ in range(MOST_ROUNDS):
        leanings = [form_leaning(form_of(frame.bars, manner, rng)) for _ in range(count)]
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
    """A form: phrases of four bars (of two in short tunes) that come again as often as in the style's tunes."""
    phrase = 4 if bars >= 8 else 2
    tunes: dict[int, int] = {}
    rhythms: dict[int, int] = {}
    for bar in range(1, bars - 1):
        for lag in (8, 4, 2, 1):
            if lag <= bar and rng.random() < FORM_SHARE * manner.rhythm_echo[str(lag)]:
                rhythms[bar] = lag
                break
    for start in range(phrase, bars, phrase):
        lag = 2 * phrase if start >= 2 * phrase and rng.random() < 0.5 else phrase
        if rng.random() < ECHO_LEAST + ECHO_MORE * manner.echo[str(lag)]:
            length = int(rng.integers(phrase // 2, phrase))  # the end of a phrase is new
            tunes.update(dict.fromkeys(range(start, min(start + length, bars - 1)), lag))
    ends = frozenset(bar for bar in range(phrase - 1, bars - 1, phrase) if rng.random() < manner.breath)
    return Form(tunes, rhythms, ends)


def form_leaning(form: Form) -> Leaning:
    """Leans towards what the form plans."""

    def lean(reader: Reader) -> Floats | None:
        bar = reader.onset // reader.frame.bar
        more = np.zeros((PITCHES, len(DURATIONS)))
        for lag, bonus in ((form.tunes.get(bar), ECHO_BONUS), (form.rhythms.get(bar), 0.0)):
            if lag and (before := reader.lagged(lag)) is not None:
                more[:, before.duration] += RHYTHM_BONUS
                more[before.pitch, before.duration] += bonus
        if bar in form.breaths:
            ends = reader.onset + LENGTHS == (bar + 1) * reader.frame.bar
            more[:-1, ends & (LENGTHS >= TICKS)] += BREATH_BONUS
        return more

    return lean


def distance(events: Sequence[Event], nats: float, manner: Style) -> float:
    """How far a draft is from the style's real tunes: in likelihood, and in its three histograms."""
    mean, spread = manner.nats
    found = histograms(events)
    apart = sum(1 - overlap(found[name], np.array(usual)) for name, usual in manner.histograms.items())
    return max(0.0, abs(nats - mean) / spread - 0.5) + 3 * apart


def best(drafts: Sequence[Draft], manner: Style) -> Draft:
    """The draft most like the style."""
    return min(drafts, key=lambda draft: distance(draft.drawn, draft.nats_a_note, manner))
