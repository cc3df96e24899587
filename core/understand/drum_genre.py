"""Which genre a drum part speaks for: a small network over core.understand.drum_features.

What it was trained on, and how far to trust it: models/drum_genre.md.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from core.music import GENRES, Note
from core.understand.drum_features import measure, windows
from core.understand.genre_net import GenreNet, ranked

MODEL = Path(__file__).resolve().parents[2] / "models" / "drum_genre.onnx"
# No collection of drum parts holds lofi. It is hip-hop played slowly, so a slow hip-hop beat is partly that.
LOFI_SHARE_OF_HIPHOP = 0.35
LOFI_BELOW_BPM = 92.0


@cache
def _net() -> GenreNet:
    return GenreNet(MODEL)


def guess_drum_genre(hits: Sequence[Note], bpm: float) -> dict[str, float]:
    """Probability of each of the twelve genres for a drum part; they sum to 1, likeliest first.

    ``hits``: General MIDI drum keys (Roland's extra ones too), onsets in beats with a bar line at 0. Fewer
    than four hits say nothing: all genres alike.
    """
    rows = [measure(window, bpm) for window in windows(hits)]
    if not rows:
        return dict.fromkeys(GENRES, 1 / len(GENRES))
    guess = dict.fromkeys(GENRES, 0.0) | _net().probabilities(np.stack(rows))
    if bpm < LOFI_BELOW_BPM:
        guess["lofi"] = LOFI_SHARE_OF_HIPHOP * guess["hiphop"]
        guess["hiphop"] -= guess["lofi"]
    return ranked(guess)
