"""Which genre a tune speaks for: a small network over its notes, and a musician's table of feel.

The network (models/melody_genre.onnx; its card beside it says how far to trust it) knows the ten genres
that the collections hold, from the notes alone: no tempo, no key, no meter, since in the data these tell
the collection and not the genre. Blues and lofi have no melodies to learn from; the table below, of what
tempo, meter, swing and a few traits suggest, lends them its own share. :func:`suits` gives what the table
says of tempo, meter and swing alone, for the product to weigh the guess by.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from core.music import GENRES, Melody, Note
from core.understand.genre_features import MIN_NOTES, measure, windows
from core.understand.genre_net import GenreNet, ranked

MODEL = Path(__file__).resolve().parents[2] / "models" / "melody_genre.onnx"
MOST_WINDOWS = 6

# Genre: (liked tempo in bpm, spread in octaves, {trait: weight}). Waltz time is at home in folk, jazz and
# classical music and all but absent from dance music; swung eighths speak for jazz and blues, syncopation
# for funk, latin and hip-hop; long notes and a wide range for classical; blue notes for blues.
GENRE_TABLE: Mapping[str, tuple[float, float, Mapping[str, float]]] = {
    "rock": (125, 0.50, {"straight": 0.5, "syncopated": 0.3, "repeated": 0.5, "waltz": -1.2, "chromatic": -0.4}),
    "jazz": (130, 0.70, {"swung": 2.2, "chromatic": 1.2, "wide": 0.3, "waltz": 0.1, "repeated": -0.5}),
    "electronic": (125, 0.20, {"straight": 0.7, "minor": 0.6, "repeated": 0.6, "waltz": -2.5, "long": -0.4}),
    "pop": (105, 0.40, {"straight": 0.4, "syncopated": 0.4, "waltz": -1.2, "chromatic": -0.6}),
    "folk": (110, 0.50, {"compound": 1.2, "waltz": 0.8, "plain": 0.9, "chromatic": -1.0, "syncopated": -0.8}),
    "classical": (95, 0.70, {"waltz": 0.7, "wide": 0.8, "long": 0.6, "plain": 0.3, "syncopated": -0.9}),
    "latin": (110, 0.45, {"syncopated": 1.1, "minor": 0.4, "chromatic": 0.3, "waltz": -1.2}),
    "funk": (104, 0.25, {"syncopated": 1.3, "dense": 0.6, "repeated": 0.4, "waltz": -2.5, "long": -0.7}),
    "hiphop": (88, 0.20, {"dense": 0.7, "minor": 0.5, "repeated": 0.7, "waltz": -2.5, "wide": -0.5}),
    "reggae": (80, 0.25, {"syncopated": 0.5, "plain": 0.3, "waltz": -2.0, "dense": -0.3}),
    "blues": (85, 0.45, {"swung": 1.3, "blue": 1.6, "compound": 0.3, "waltz": -1.0}),
    "lofi": (78, 0.25, {"long": 0.5, "minor": 0.4, "chromatic": 0.3, "dense": -0.4, "waltz": -1.0}),
}
PRIOR = {"rock": 0.3, "pop": 0.5, "folk": 0.2}  # what people hum most, where the tune says nothing
UNHEARD = ("blues", "lofi")  # genres without training melodies
FEEL = ("swung", "straight", "waltz", "compound")
FEEL_STRENGTH = 0.6  # the table is an opinion: it leans, it does not decide


@cache
def _net() -> GenreNet:
    return GenreNet(MODEL)


def guess_genre(melody: Melody) -> dict[str, float]:
    """Probability of each of the twelve genres for a melody; they sum to 1, likeliest first.

    Below MIN_NOTES notes there is nothing to measure and the table alone answers.
    """
    table = _table_guess(melody)
    lines = chosen_windows(melody.notes)
    if len(lines[0]) < MIN_NOTES:
        return table
    heard = _net().probabilities(np.stack([measure(line) for line in lines]))
    lent = sum(table[genre] for genre in UNHEARD)
    guess = {genre: share * (1 - lent) for genre, share in heard.items()}
    return ranked(guess | {genre: table[genre] for genre in UNHEARD})


def suits(melody: Melody) -> dict[str, float]:
    """How well the tune's tempo, meter and swing go with each genre: weights about 1, to multiply a guess by."""
    traits = measure_traits(melody)
    scores = {genre: _tempo_score(genre, melody.bpm)
              + sum(weight * traits[trait] for trait, weight in GENRE_TABLE[genre][2].items() if trait in FEEL)
              for genre in GENRES}
    middle = sum(scores.values()) / len(scores)
    return {genre: math.exp(FEEL_STRENGTH * (score - middle)) for genre, score in scores.items()}


def chosen_windows(notes: Sequence[Note]) -> list[tuple[Note, ...]]:
    """The windows of a tune that are looked at: all, or MOST_WINDOWS spread evenly over a long one."""
    lines = windows(notes)
    if len(lines) <= MOST_WINDOWS:
        return lines
    return [lines[round(i * (len(lines) - 1) / (MOST_WINDOWS - 1))] for i in range(MOST_WINDOWS)]


def _table_guess(melody: Melody) -> dict[str, float]:
    traits = measure_traits(melody)
    scores = {genre: PRIOR.get(genre, 0.0) + _tempo_score(genre, melody.bpm)
              + sum(weight * traits[trait] for trait, weight in GENRE_TABLE[genre][2].items()) for genre in GENRES}
    top = max(scores.values())
    return ranked({genre: math.exp(score - top) for genre, score in scores.items()})


def _tempo_score(genre: str, bpm: float) -> float:
    liked_bpm, spread, _ = GENRE_TABLE[genre]
    off = math.log2(bpm / liked_bpm)
    off -= round(off) * 0.8  # half and double time are nearly the same wish
    return -0.5 * (off / spread) ** 2


def measure_traits(melody: Melody) -> dict[str, float]:
    """The tune's traits, each about 0..1, from its notes in beats. An empty tune has none."""
    notes, meter = melody.notes, melody.meter
    beats = max(sum(note.duration_beats for note in notes), 1e-9)
    swung = min(max((melody.swing - 0.54) / 0.1, 0.0), 1.0)
    scale = set(melody.key.scale)
    pitches = [note.pitch for note in notes] or [60]
    outside = sum(note.duration_beats for note in notes if note.pitch % 12 not in scale) / beats
    blue = {(melody.key.tonic_pc + step) % 12 for step in (3, 6, 10)}
    per_second = len(notes) / beats * melody.bpm / 60
    same = sum(a.pitch == b.pitch for a, b in pairwise(notes)) / max(len(notes) - 1, 1)
    return {
        "swung": swung,
        "straight": 1.0 - swung,
        "syncopated": _syncopation(notes, meter.pulse_beats),
        "chromatic": min(outside / 0.12, 1.0),
        "plain": float(outside == 0.0),
        "blue": 0.0 if melody.key.is_minor else min(
            sum(n.duration_beats for n in notes if n.pitch % 12 in blue) / beats / 0.15, 1.0),
        "minor": float(melody.key.is_minor),
        "waltz": float(meter.numerator == 3),
        "compound": float(meter.is_compound),
        "wide": min(max((max(pitches) - min(pitches) - 9) / 9, 0.0), 1.0),
        "dense": min(max((per_second - 1.8) / 2.0, 0.0), 1.0),
        "long": min(max((beats / max(len(notes), 1) - 0.8) / 1.2, 0.0), 1.0),
        "repeated": min(same / 0.4, 1.0),
    }


def _syncopation(notes: tuple[Note, ...], pulse_beats: float) -> float:
    """Share of notes that start off the pulse and are held across the next one (Longuet-Higgins & Lee 1984)."""
    held = 0
    for note in notes:
        to_next = pulse_beats - note.onset_beats % pulse_beats
        off_pulse = 0.1 * pulse_beats < to_next < 0.9 * pulse_beats
        held += off_pulse and note.duration_beats > to_next + 0.05
    return min(held / max(len(notes), 1) / 0.2, 1.0)
