"""Chords for a melody: key and harmony found together, with the rhythm, repeats and cadences of lead sheets.

A network trained on lead sheets hears, frame by frame, how likely each chord is (``harmony_model``); the best
sequence is found by dynamic programming (``harmony_decode``), and each chord then takes the shape that fits
the genre, the wished colour and the melody (``harmony_quality``).
"""

from dataclasses import replace

import numpy as np

from core import theory
from core.compose.harmony_decode import WEIGHTS, likeliest, make_trellis, other_path
from core.compose.harmony_frames import Frames, melody_frames
from core.compose.harmony_key import rank_keys
from core.compose.harmony_model import FAMILIES, chord_posteriors, posteriors_in_keys, signature_of
from core.compose.harmony_quality import COLOURS, choose_qualities, leaning, mode_leaning
from core.compose.harmony_rules import CLASH_LIMIT, strong_clash_share
from core.errors import BadWish
from core.music import GENRES, Chord, Key, Melody

LEADING = ("dim", "dim7", "m7b5")
RAISED, LOWERED = frozenset({1, 3, 6, 8}), frozenset({1, 3, 8, 10})  # degrees above the signature's tonic
# Whose harmonies a genre takes after; the others take after evergreens.
TRADITION_OF = {"folk": "folk", "pop": "pop", "rock": "pop", "electronic": "pop", "hiphop": "pop", "jazz": "jazz",
                "lofi": "jazz"}
# How many different chords a genre uses, as a share of what evergreens do.
VARIETY_OF = {"folk": 0.5, "rock": 0.6, "electronic": 0.6, "reggae": 0.6, "blues": 0.6, "hiphop": 0.7, "pop": 0.8,
              "funk": 0.7}
# Tried in turn where a harmony breaks the strong-beat rule.
STRICTER = (replace(WEIGHTS, clash=3.0, tension=0.0), replace(WEIGHTS, clash=10.0, tension=0.0),
            replace(WEIGHTS, clash=40.0, tension=0.0, variety=0.0))


def harmonize(melody: Melody, *, genre: str | None = None, colour: str = "plain", key_known: bool = True,
              count: int = 1) -> list[tuple[Chord, ...]]:
    """``count`` harmonies, best first, each different from the others in at least a third of its bars.

    Chords follow each other without gaps from beat 0 (or the bar line before an earlier first note) to the
    end of the last bar, spelt for the key. ``key_known`` False: the melody's key is not looked at. The same
    melody gives the same chords, a transposed one the same chords transposed. Raises BadWish.
    """
    return _harmonize(melody, genre, colour, melody.key if key_known else None, count)[1]


def find_key_and_chords(melody: Melody, *, genre: str | None = None, colour: str = "plain"
                        ) -> tuple[Key, tuple[Chord, ...]]:
    """The key a melody is in, whatever its key field says, and its best chords. Raises BadWish."""
    key, harmonies = _harmonize(melody, genre, colour, None, 1)
    return key, harmonies[0]


def _harmonize(melody: Melody, genre: str | None, colour: str, key: Key | None, count: int
               ) -> tuple[Key, list[tuple[Chord, ...]]]:
    if colour not in COLOURS:
        raise BadWish(wish=f"the colour {colour}", choices=", ".join(COLOURS))
    if genre is not None and genre not in GENRES:
        raise BadWish(wish=f"the genre {genre}", choices=", ".join(GENRES))
    frames = melody_frames(melody)
    modulations = melody.modulations if key else ()
    ranked = rank_keys(frames) if key is None else [(key, 1.0)]
    key = ranked[0][0]
    signature = signature_of(key)
    tradition = TRADITION_OF.get(genre or "", "evergreen")
    posteriors = posteriors_in_keys(frames, ranked, tradition)
    bias = np.tile(leaning(colour) + mode_leaning(key.mode), (len(frames), 1))
    for beat, other in modulations:
        begin = frames.frame_at(beat)
        away = len(FAMILIES) * (signature_of(other) - signature)  # its chords, counted from the first signature
        heard = chord_posteriors(frames, signature_of(other), float(other.is_minor), tradition)
        posteriors[begin:] = np.roll(heard, away, axis=1)[begin:]
        bias[begin:] = np.roll(leaning(colour) + mode_leaning(other.mode), away)
    last = modulations[-1][1] if modulations else key
    paths: list[list[int]] = []
    harmonies: list[tuple[Chord, ...]] = []
    for _ in range(max(1, count)):
        for balance in (WEIGHTS, *STRICTER):
            weights = replace(balance, variety=balance.variety * VARIETY_OF.get(genre or "", 1.0))
            trellis = make_trellis(posteriors, frames, signature, key.is_minor, bias, weights, last)
            path = other_path(trellis, frames, paths, weights) if paths else likeliest(trellis, frames, weights)
            chords = _spell(path, frames, signature, key.flats, genre, colour)
            if strong_clash_share(melody, chords) <= CLASH_LIMIT:
                break
        paths.append(path)
        harmonies.append(chords)
    return key, harmonies


def _spell(path: list[int], frames: Frames, signature_pc: int, flats: bool, genre: str | None, colour: str
           ) -> tuple[Chord, ...]:
    chords = []
    for a, b, quality in choose_qualities(path, frames, signature_pc, genre, colour):
        degree = path[a] // len(FAMILIES)
        symbol = theory.chord_symbol(degree + signature_pc, quality, flats=_with_flat(degree, quality, flats))
        chords.append(Chord(frames.onset_beats(a), (b - a) * frames.frame_beats, symbol))
    return tuple(chords)


def _with_flat(degree: int, quality: str, flats: bool) -> bool:
    """Borrowed chords are flat in every key (Bb in C), diminished ones that lead upwards sharp (C#dim7 in F)."""
    if quality in LEADING or degree == 6:
        return flats and degree not in RAISED
    return flats or degree in LOWERED
