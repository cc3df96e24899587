"""Which shape each chord takes: triad, seventh, ninth ..., by what lead sheets do, the genre and the wish.

A score in log units per quality: how often lead sheets use it on this degree (learned), what the genre and
the colour add (tables), and how well the melody over it agrees. The best wins.
"""

from collections.abc import Mapping

import numpy as np

from core.compose.harmony_model import FAMILIES, Floats
from core.theory import CHORD_SHAPES

QUALITIES = tuple(CHORD_SHAPES)
FAMILY_OF = {quality: (3 if 6 in shape else 2 if 3 in shape else 1 if 10 in shape or quality == "aug" else 0)
             for quality, shape in CHORD_SHAPES.items()}
NEVER = -30.0
CHORD_TONE_WEIGHT = 3.0  # for melody time on chord tones
SEMITONE_WEIGHT = 8.0  # against strong melody notes a semitone above a chord tone

_TRIADS = {"7": -1.0, "m7": -1.0, "maj7": -2.0, "6": -2.0, "m6": -2.0, "9": -4.0, "aug": -2.0, "dim7": -1.0}
_SEVENTHS = {"": -2.5, "m": -2.5, "maj7": 2.0, "6": 1.0, "m7": 1.5, "m6": 0.5, "9": 1.0, "13": 1.0, "m7b5": 1.0,
             "dim7": 1.0, "dim": -2.0}
GENRE_TASTE: Mapping[str, Mapping[str, float]] = {
    "rock": _TRIADS | {"sus4": 1.5, "5": 0.5, "7": -1.5},
    "pop": {"add9": 2.0, "sus4": 1.5, "m7": 0.5, "6": -1.0, "7": -0.5},
    "folk": _TRIADS | {"7": 0.0},
    "classical": _TRIADS | {"7": 0.5, "dim7": 0.5, "m7b5": 0.5},
    "electronic": {"7": -1.5, "m7": 1.0, "sus2": 2.0, "add9": 1.5, "6": -2.0, "dim7": -1.0},
    "reggae": _TRIADS | {"m7": 0.5},
    "jazz": _SEVENTHS | {"m9": 0.5},
    "blues": {"7": 3.0, "9": 2.0, "": -2.0, "m7": 1.0, "13": 1.0},
    "latin": {"": -1.0, "maj7": 1.0, "6": 1.0, "m7": 1.0, "m6": 0.5, "9": 0.5},
    "funk": {"": -1.0, "9": 2.5, "m7": 2.0, "m9": 1.5, "13": 1.0, "7": 0.5},
    "hiphop": {"": -0.5, "m7": 1.5, "m9": 1.0, "maj7": 1.0, "7": -1.0},
    "lofi": _SEVENTHS | {"maj9": 3.0, "maj7": 3.0, "m9": 2.5, "m7": 2.0},
}
COLOUR_TASTE: Mapping[str, Mapping[str, float]] = {
    "plain": {},
    "rich": {"": -1.5, "m": -1.5, "maj7": 1.5, "m7": 1.5, "9": 1.5, "6": 1.0, "m9": 1.0, "add9": 1.5, "m6": 0.5},
    "jazzy": {quality: 1.2 * taste for quality, taste in _SEVENTHS.items()} | {"m9": 1.0, "maj9": 1.0},
    "dark": {"m7": 0.5, "m6": 1.0, "m7b5": 1.0, "dim7": 1.0, "6": -2.0, "maj7": -1.0, "mmaj7": 0.5},
    "bright": {"6": 1.5, "add9": 2.0, "sus2": 1.5, "maj7": 0.5, "m7": 0.5, "dim": -1.0},
}
COLOURS = tuple(COLOUR_TASTE)
# What a colour makes of the families: added to each frame's score, for chords on the degrees named.
_DEGREES = {"minor_iv": (5, 2), "flat_vi": (8, 0), "flat_vii": (10, 0), "tonic_minor": (0, 2), "iv": (5, 0),
            "i": (0, 0), "ii": (2, 2), "vi": (9, 2), "iii": (4, 2)}
COLOUR_LEANING: Mapping[str, Mapping[str, float]] = {
    "dark": {"minor_iv": 1.5, "flat_vi": 1.5, "flat_vii": 1.0, "tonic_minor": 0.7, "vi": 0.8, "iii": 0.5, "i": -0.5},
    "bright": {"i": 0.4, "iv": 0.6, "vi": -0.7, "ii": -0.3, "iii": -0.7, "minor_iv": -1.0},
    "rich": {"ii": 0.4, "vi": 0.4, "iii": 0.4, "minor_iv": 0.5},
    "jazzy": {"ii": 0.6, "vi": 0.3, "iii": 0.3},
}


def leaning(colour: str) -> Floats:
    """(48,) what a colour adds to the score of each state in each frame."""
    bias = np.zeros((12, len(FAMILIES)))
    for name, amount in COLOUR_LEANING.get(colour, {}).items():
        bias[_DEGREES[name]] += amount
    return bias.reshape(-1)


def taste(genre: str | None, colour: str) -> Floats:
    """(qualities,) what genre and colour add to each."""
    total = np.zeros(len(QUALITIES))
    for table in (GENRE_TASTE.get(genre or "", {}), COLOUR_TASTE[colour]):
        for quality, amount in table.items():
            total[QUALITIES.index(quality)] += amount
    return total


def choose_quality(state: int, usual: Floats, wished: Floats, heard: Floats, strong: Floats) -> str:
    """The quality of one chord.

    ``usual`` (48, qualities) are the learned log probabilities, ``wished`` is :func:`taste`, ``heard`` and
    ``strong`` (12,) the shares of melody time of each pitch class above the signature's tonic over the whole
    chord and on its strong beats.
    """
    root, family = divmod(state, len(FAMILIES))
    best, best_score = "", -np.inf
    for index, quality in enumerate(QUALITIES):
        if FAMILY_OF[quality] != family and not (family == 0 and quality in ("sus4", "sus2", "5")):
            continue
        tones = [(root + step) % 12 for step in CHORD_SHAPES[quality]]
        score = usual[state, index] + wished[index] + CHORD_TONE_WEIGHT * heard[tones].sum()
        score -= SEMITONE_WEIGHT * strong[[(tone + 1) % 12 for tone in tones]].sum()
        if score > best_score:
            best, best_score = quality, float(score)
    return best
