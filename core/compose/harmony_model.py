"""What was learned from lead sheets: a hidden Markov model of melody over chords, a network that hears the chords.

The hidden Markov model (models/harmony.npz) has one state a chord function, its melody emission and
transitions counted from lead sheets, as in Simon, Morris and Basu, "MySong: automatic accompaniment
generation for vocal melodies" (CHI 2008). It compares keys
(``harmony_key``) and lends its transitions to the decoding. The network (models/harmony.onnx) is a
bidirectional recurrent one over the melody, as in Lim, Rhyu and Lee, "Chord generation from symbolic
melody using BLSTM networks" (ISMIR 2017), but reads the tune relative to its key and knows bars and form.
A state is 4 * (root above the tonic of the signature's major key) + family.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compose.harmony_frames import Frames, features
from core.music import Key
from core.networks import open_session

MODELS = Path(__file__).resolve().parents[2] / "models"
FAMILIES = ("major", "dominant", "minor", "diminished")
STATES = 12 * len(FAMILIES)
IMPOSSIBLE = -100.0  # log probability of what never happens; finite, so that a weight of 0 forgives it
MOST_KEYS, LIKELY_KEY = 4, 0.08  # keys that are asked for their chords where none is known
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Statistics:
    """Log probabilities: ``transition`` (48, 48) given that the chord changes, ``change`` (3, 2) by metrical
    strength (no, yes), ``start`` and ``end`` (2, 48) by mode, ``tones`` (48, 12) of the melody over a state,
    ``mode`` (2,) major, minor, ``quality`` (48, qualities of theory.CHORD_SHAPES) by state,
    ``frequency`` (48,) of the states, ``jazz_quality`` and ``jazz_transition`` the same of jazz charts; and ``key``,
    the linear weights of ``harmony_key``."""

    transition: Floats
    change: Floats
    start: Floats
    end: Floats
    tones: Floats
    mode: Floats
    quality: Floats
    frequency: Floats
    jazz_quality: Floats
    jazz_transition: Floats
    key: Floats


@lru_cache(maxsize=1)
def statistics() -> Statistics:
    """The shipped statistics."""
    with np.load(MODELS / "harmony.npz") as stored:
        return Statistics(**{field.name: np.maximum(stored[field.name].astype(np.float64), IMPOSSIBLE)
                             for field in fields(Statistics)})


def signature_of(key: Key) -> int:
    """Tonic of the major key with the same signature; modes count by their third (D dorian as D minor)."""
    return (key.tonic_pc + 3) % 12 if key.is_minor else key.tonic_pc


def chord_posteriors(frames: Frames, signature_pc: int, minor: float, tradition: str = "evergreen") -> Floats:
    """(frames, 48) log probabilities of the states, relative to the signature, by the network."""
    session = open_session(MODELS / "harmony.onnx", threads=1)  # one result on every machine
    (scores,) = session.run(None, {"melody": features(frames, signature_pc, minor, tradition)[None]})
    peak = scores[0].max(1, keepdims=True)
    return np.asarray(scores[0] - peak - np.log(np.exp(scores[0] - peak).sum(1, keepdims=True)), np.float64)


def posteriors_in_keys(frames: Frames, ranked: Sequence[tuple[Key, float]], tradition: str = "evergreen") -> Floats:
    """The same where the key is not sure: the mean over the likely ones, relative to the signature of the first."""
    likely = [(key, chance) for key, chance in ranked[:MOST_KEYS] if chance >= LIKELY_KEY] or list(ranked[:1])
    first = signature_of(ranked[0][0])
    total = np.zeros((len(frames), STATES))
    for key, chance in likely:
        signature = signature_of(key)
        heard = np.exp(chord_posteriors(frames, signature, float(key.is_minor), tradition))
        total += chance * np.roll(heard, len(FAMILIES) * (signature - first), axis=1)
    return np.asarray(np.log(total / sum(chance for _, chance in likely) + 1e-12), np.float64)

