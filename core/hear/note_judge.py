"""Our note judge (models/note_judge.onnx): is a candidate a note, and when exactly does it begin."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.hear.note_events import Candidates
from core.hear.note_features import note_features
from core.hear.posteriors import Posteriors
from core.networks import open_session

Floats = npt.NDArray[np.float32]

MODEL = Path(__file__).parents[2] / "models" / "note_judge.onnx"
PIECE = 2_000  # candidates judged at once: 7 MB of features


@dataclass(frozen=True)
class Verdicts:
    """One value a candidate: the probability that it is a note, and its onset in seconds."""

    probability: Floats
    onset_s: npt.NDArray[np.float64]


def judge_notes(heard: Posteriors, spectrum: Floats, found: Candidates, model: Path = MODEL) -> Verdicts:
    """Judge every candidate by its surroundings. ``spectrum``: as from ``note_features.pitch_spectrum``."""
    session = open_session(model)
    parts = [np.zeros((0, 2), np.float32)]
    for first in range(0, len(found.onset), PIECE):
        features = note_features(heard, spectrum, found, slice(first, first + PIECE))
        (verdict,) = session.run(["verdict"], {"features": features})
        parts.append(verdict)
    probability, later_s = np.concatenate(parts).T
    return Verdicts(probability, np.maximum(heard.times_s[found.onset] + later_s, 0.0))
