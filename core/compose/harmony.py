"""Chords for a melody: key and harmony found together, with the rhythm, repeats and cadences of lead sheets.

A network trained on lead sheets hears, frame by frame, how likely each chord is (``harmony_model``); the best
sequence is found by dynamic programming (``harmony_decode``), and each chord then takes the shape that fits
the genre, the wished colour and the melody (``harmony_quality``).
"""

import numpy as np

from core import theory
from core.compose.harmony_decode import best_path, other_paths
from core.compose.harmony_frames import Frames, melody_frames
from core.compose.harmony_model import Floats, chord_posteriors, rank_keys, signature_of, statistics
from core.compose.harmony_quality import COLOURS, choose_quality, leaning, taste
from core.errors import BadWish
from core.music import GENRES, Chord, Key, Melody


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
    if key is None:
        key = rank_keys(frames)[0][0]
    signature = signature_of(key)
    posteriors = chord_posteriors(frames, signature, float(key.is_minor))
    bias = leaning(colour)
    if count <= 1:
        paths = [best_path(posteriors, frames, signature, key.is_minor, bias=bias)]
    else:
        paths = other_paths(posteriors, frames, signature, key.is_minor, count, bias=bias)
    wished = taste(genre, colour)
    return key, [_spell(path, frames, signature, key.flats, wished) for path in paths]


def _spell(path: list[int], frames: Frames, signature_pc: int, flats: bool, wished: Floats) -> tuple[Chord, ...]:
    heard = np.roll(frames.sounding, -signature_pc, axis=1).astype(float)
    strong = heard * (frames.strength > 0)[:, None]
    usual = statistics().quality
    starts = [0] + [i for i in range(1, len(path)) if path[i] != path[i - 1]]
    chords = []
    for a, b in zip(starts, [*starts[1:], len(path)], strict=True):
        share = heard[a:b].sum(0) / max(heard[a:b].sum(), 1e-9)
        strong_share = strong[a:b].sum(0) / max(heard[a:b].sum(), 1e-9)
        quality = choose_quality(path[a], usual, wished, share, strong_share)
        symbol = theory.chord_symbol(path[a] // 4 + signature_pc, quality, flats=flats)
        chords.append(Chord(frames.onset_beats(a), (b - a) * frames.frame_beats, symbol))
    return tuple(chords)
