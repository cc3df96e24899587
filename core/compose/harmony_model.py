"""What was learned from lead sheets: a hidden Markov model that finds the key, a network that hears the chords.

The hidden Markov model (models/harmony.npz) has one state a chord function, its melody emission and
transitions counted from lead sheets, as in Simon, Morris and Basu, "MySong: automatic accompaniment
generation for vocal melodies" (CHI 2008). It compares all keys. The network (models/harmony.onnx) is a
bidirectional recurrent one over the melody, as in Lim, Rhyu and Lee, "Chord generation from symbolic
melody using BLSTM networks" (ISMIR 2017), but reads the tune relative to its key and knows bars and form.
A state is 4 * (root above the tonic of the signature's major key) + family.
"""

from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compose.harmony_frames import Frames, features
from core.music import Key

MODELS = Path(__file__).resolve().parents[2] / "models"
FAMILIES = ("major", "dominant", "minor", "diminished")
STATES = 12 * len(FAMILIES)
KEY_EVIDENCE = 0.6  # frames are not independent: how much of its log likelihood the key search believes
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Statistics:
    """Log probabilities: ``transition`` (48, 48) given that the chord changes, ``change`` (3, 2) by metrical
    strength (no, yes), ``start`` and ``end`` (2, 48) by mode, ``tones`` (48, 12) of the melody over a state,
    ``mode`` (2,) major, minor, ``quality`` (48, qualities of theory.CHORD_SHAPES) by state."""

    transition: Floats
    change: Floats
    start: Floats
    end: Floats
    tones: Floats
    mode: Floats
    quality: Floats


@lru_cache(maxsize=1)
def statistics() -> Statistics:
    """The shipped statistics."""
    with np.load(MODELS / "harmony.npz") as stored:
        return Statistics(**{field.name: stored[field.name].astype(np.float64) for field in fields(Statistics)})


@lru_cache(maxsize=1)
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # one result on every machine
    return onnxruntime.InferenceSession(str(MODELS / "harmony.onnx"), options, providers=["CPUExecutionProvider"])


def signature_of(key: Key) -> int:
    """Tonic of the major key with the same signature; modes count by their third (D dorian as D minor)."""
    return (key.tonic_pc + 3) % 12 if key.is_minor else key.tonic_pc


def chord_posteriors(frames: Frames, signature_pc: int, minor: float) -> Floats:
    """(frames, 48) log probabilities of the states, relative to the signature, by the network."""
    (scores,) = _session().run(None, {"melody": features(frames, signature_pc, minor)[None]})
    peak = scores[0].max(1, keepdims=True)
    return np.asarray(scores[0] - peak - np.log(np.exp(scores[0] - peak).sum(1, keepdims=True)), np.float64)


def rank_keys(frames: Frames) -> list[tuple[Key, float]]:
    """All 24 major and minor keys with probabilities, best first: the forward algorithm over all chords."""
    stats = statistics()
    turned = np.stack([np.roll(frames.sounding, -pc, axis=1) for pc in range(12)])  # (12 signatures, frames, 12)
    emission = KEY_EVIDENCE * turned @ stats.tones.T
    keep, move = np.exp(stats.change[:, 0]), np.exp(stats.change[:, 1])
    transition = np.exp(stats.transition)
    belief = np.exp(stats.start)[None] * np.exp(emission[:, 0])[:, None]  # (12, 2 modes, 48)
    total = np.zeros(12)[:, None] + np.zeros(2)
    for frame in range(1, len(frames)):
        strength = frames.strength[frame]
        belief = keep[strength] * belief + move[strength] * (belief @ transition)
        belief *= np.exp(emission[:, frame])[:, None]
        scale = belief.sum(2, keepdims=True)
        belief /= scale
        total += np.log(scale[..., 0])
    total += np.log((belief * np.exp(stats.end)).sum(2)) + stats.mode
    probabilities = np.exp(total - total.max())
    probabilities /= probabilities.sum()
    ranked = [(Key(pc, "major") if mode == 0 else Key((pc + 9) % 12, "minor"), float(probabilities[pc, mode]))
              for pc in range(12) for mode in (0, 1)]
    return sorted(ranked, key=lambda pair: -pair[1])
