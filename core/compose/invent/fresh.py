"""A new tune in a style: several drafts, and the one most like the style's real tunes."""

from collections.abc import Sequence

import numpy as np

from core.compose.invent.decode import Draft, Floats, Leaning, Manner, write
from core.compose.invent.names import STYLES
from core.compose.invent.style import Style, histograms, overlap, style_of
from core.compose.invent.tokens import DURATIONS, PITCHES, Event, Frame, Reader, to_notes
from core.errors import NoIdea
from core.music import Key, Melody, Meter

DRAFTS, MOST_ROUNDS = 8, 4
ECHO_BONUS = 2.0  # log odds for doing what was done before, where the form repeats
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
    freedom = Manner(guidance=GUIDANCE, most_repeats=manner.most_repeats, widest=manner.widest)
    for _ in range(MOST_ROUNDS):
        leanings = [echo_leaning(form_of(frame.bars, manner, rng)) for _ in range(count)]
        if drafts := write(frame, count, rng, freedom, leanings=leanings):
            return drafts
    raise NoIdea()


def form_of(bars: int, manner: Style, rng: np.random.Generator) -> dict[int, int]:
    """Which bars look back, and how many bars: AABA and ABAC as often as the style's tunes repeat themselves."""
    form: dict[int, int] = {}
    phrase = 4 if bars >= 8 else 2
    for start in range(phrase, bars, phrase):
        lag = phrase * int(rng.choice([1, 2])) if start >= 2 * phrase else phrase
        if rng.random() < manner.echo[str(lag if lag in (2, 4, 8) else 4)]:
            length = int(rng.integers(phrase // 2, phrase))  # the end of a phrase is new
            form.update(dict.fromkeys(range(start, min(start + length, bars - 1)), lag))
    return form


def echo_leaning(form: dict[int, int]) -> Leaning:
    """Leans towards what stood there when the form began, in the bars of ``form``."""

    def lean(reader: Reader) -> Floats | None:
        lag = form.get(reader.onset // reader.frame.bar)
        before = reader.lagged(lag) if lag else None
        if before is None:
            return None
        more = np.zeros((PITCHES, len(DURATIONS)))
        more[:, before.duration] += ECHO_BONUS / 2
        more[before.pitch, before.duration] += ECHO_BONUS
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
