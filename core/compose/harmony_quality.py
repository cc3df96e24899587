"""Which shape each chord takes: triad, seventh, ninth ..., by what lead sheets do, the genre and the wish.

A score in log units per quality: how often lead sheets use it on this degree (learned), what the genre and
the colour add (tables), and how well the melody over it agrees. The best wins.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from core.compose.harmony_frames import Frames
from core.compose.harmony_model import FAMILIES, STATES, Floats, statistics
from core.theory import CHORD_SHAPES

QUALITIES = tuple(CHORD_SHAPES)
FAMILY_OF = {quality: (3 if 6 in shape else 2 if 3 in shape else 1 if 10 in shape or quality == "aug" else 0)
             for quality, shape in CHORD_SHAPES.items()}
JAZZ_GENRES = frozenset({"jazz", "lofi", "latin"})
NEVER = -1000.0
NOVELTY = 12.0  # against a shape, by the share of the tune it has filled
STEADINESS = 0.5  # for a chord to stay as it is over the bar line
CHORD_TONE_WEIGHT = 1.0  # for melody time on chord tones
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
# Genres that play one family for another: dominant sevenths for plain major chords and the reverse.
GENRE_FAMILY: Mapping[str, Mapping[str, str]] = {
    "blues": {"major": "dominant"}, "funk": {"major": "dominant"},
    "rock": {"dominant": "major"}, "electronic": {"dominant": "major"},
}
DOMINANT_DEGREES = (2, 4, 7, 9, 11)  # above the signature's tonic: a major chord here leads on, and is no maj7
AT_REST = ("maj7", "maj9", "6", "add9")
RESTLESS = 3.0  # against those shapes on these degrees
# What a colour makes of the families: added to each frame's score, for chords on the degrees named.
_DEGREES = {"minor_iv": (5, 2), "flat_vi": (8, 0), "flat_vii": (10, 0), "tonic_minor": (0, 2), "iv": (5, 0),
            "i": (0, 0), "ii": (2, 2), "vi": (9, 2), "iii": (4, 2)}
COLOUR_LEANING: Mapping[str, Mapping[str, float]] = {
    "dark": {"minor_iv": 3.5, "flat_vi": 3.5, "flat_vii": 2.0, "tonic_minor": 1.0, "vi": 2.0, "iii": 1.5, "i": -1.0},
    "bright": {"i": 0.8, "iv": 1.5, "vi": -1.5, "ii": -0.6, "iii": -1.5, "minor_iv": -2.0},
    "rich": {"ii": 1.0, "vi": 1.0, "iii": 1.0, "minor_iv": 1.0},
    "jazzy": {"ii": 1.5, "vi": 0.7, "iii": 0.7},
}
# What a mode makes of them, counted from the tonic of the major key with the same third (C dorian from E flat): the
# chords that hold the degree which tells the mode, and against those that deny it.
MODE_LEANING: Mapping[str, Mapping[tuple[int, int], float]] = {
    "dorian": {(2, 0): 2.5, (2, 1): 1.0, (11, 2): 1.0, (5, 0): -2.5, (2, 2): -2.0, (4, 2): 1.0,
               (4, 0): -1.0, (4, 1): -2.0},
    "phrygian": {(10, 0): 3.0, (4, 0): -2.0, (4, 1): -3.0},
    "lydian": {(2, 0): 2.0, (2, 1): 1.0, (5, 0): -2.0},
    "mixolydian": {(10, 0): 3.0, (7, 2): 1.5, (7, 0): -1.5, (7, 1): -3.0, (11, 3): -2.0},
}


def mode_leaning(mode: str) -> Floats:
    """(48,) what a mode adds to the score of each state in each frame."""
    bias = np.zeros((12, len(FAMILIES)))
    for place, amount in MODE_LEANING.get(mode, {}).items():
        bias[place] += amount
    return bias.reshape(-1)


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


def usual_qualities(genre: str | None, colour: str) -> Floats:
    """(48, qualities) learned log probabilities: of jazz charts for who asks for jazz, else of evergreens."""
    stats = statistics()
    usual = (stats.jazz_quality if genre in JAZZ_GENRES or colour == "jazzy" else stats.quality).copy()
    at_rest = [QUALITIES.index(quality) for quality in AT_REST]
    for degree in DOMINANT_DEGREES:
        usual[degree * len(FAMILIES), at_rest] -= RESTLESS
    return usual


def choose_qualities(path: list[int], frames: Frames, signature_pc: int, genre: str | None, colour: str
                     ) -> list[tuple[int, int, str]]:
    """(first frame, end frame, quality) of each chord of a path of states.

    Chords are looked at bar by bar. What a chord has been for long gives way, sooner or later, to its next best
    shape, as in lead sheets (C, C6, Cmaj7); the same melody over the same chord always gets the same.
    """
    wished, usual = taste(genre, colour), usual_qualities(genre, colour)
    heard = np.roll(frames.sounding, -signature_pc, axis=1).astype(float)
    strong = heard * (frames.strength > 0)[:, None]
    used = np.zeros((STATES, len(QUALITIES)))
    chosen: dict[tuple[object, ...], int] = {}
    chords: list[tuple[int, int, str]] = []
    starts = [i for i in range(len(path)) if i == 0 or path[i] != path[i - 1] or frames.slot[i] == 0]
    played = [played_as(state, genre, colour) for state in path]
    for a, b in pairwise([*starts, len(path)]):
        state, time = played[a], max(heard[a:b].sum(), 1e-9)
        same = (state, int(frames.slot[a]), b - a, heard[a:b].tobytes())
        continues = bool(chords) and played[a - 1] == state
        if same not in chosen:
            fit = fitness(state, heard[a:b].sum(0) / time, strong[a:b].sum(0) / time)
            score = usual[state] + wished + fit - NOVELTY * used[state] / len(path)
            if continues:
                score[QUALITIES.index(chords[-1][2])] += STEADINESS
            chosen[same] = int(score.argmax())
        used[state, chosen[same]] += b - a
        quality = QUALITIES[chosen[same]]
        if continues and chords[-1][2] == quality:
            chords[-1] = (chords[-1][0], b, quality)
        else:
            chords.append((a, b, quality))
    return chords


def played_as(state: int, genre: str | None, colour: str) -> int:
    """The state a genre makes of another: blues knows no plain major chord, jazz no plain dominant."""
    root, family = divmod(state, len(FAMILIES))
    name = GENRE_FAMILY.get(genre or "", {}).get(FAMILIES[family], FAMILIES[family])
    if name == "major" and root in DOMINANT_DEGREES and (genre in JAZZ_GENRES or colour == "jazzy"):
        name = "dominant"
    return root * len(FAMILIES) + FAMILIES.index(name)


def fitness(state: int, heard: Floats, strong: Floats) -> Floats:
    """(qualities,) how well each shape agrees with the melody; NEVER for those of another family.

    ``heard`` and ``strong`` (12,) are the shares of the chord's melody time of each pitch class above the
    signature's tonic, over the whole chord and on its strong beats.
    """
    root, family = divmod(state, len(FAMILIES))
    tones, above = (np.roll(table, root, axis=1) for table in (_TONES, _ABOVE))
    agreement = CHORD_TONE_WEIGHT * tones @ heard - SEMITONE_WEIGHT * above @ strong
    return np.where(_BELONGS[family], agreement, NEVER)


_TONES = np.array([[float(pc in {step % 12 for step in shape}) for pc in range(12)] for shape in CHORD_SHAPES.values()])
_ABOVE = np.roll(_TONES, 1, axis=1)  # a semitone above a chord tone, be it one itself: C over Cmaj7 rubs
_BELONGS = np.array([[FAMILY_OF[quality] == family or (family == 0 and quality in ("sus4", "sus2", "5"))
                      for quality in QUALITIES] for family in range(len(FAMILIES))])
