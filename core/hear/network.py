"""Our note network (models/voice_notes.onnx): where notes begin, end and sound, every 10 ms."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.networks import open_session

MODEL = Path(__file__).parents[2] / "models" / "voice_notes.onnx"
PIECE, MARGIN = 2_000, 300  # frames heard at once, and what is heard around them (the network remembers seconds)


@dataclass(frozen=True)
class Activations:
    """Probabilities (frames,) that a note begins here, ends here, sounds here."""

    onset: np.ndarray
    offset: np.ndarray
    active: np.ndarray


def activations(mel_db: np.ndarray, side: np.ndarray, model: Path = MODEL) -> Activations:
    """Run the network over features of any length (frames, MELS) and (frames, SIDE), minutes piecewise."""
    session = open_session(model)
    parts = []
    for start in range(0, len(mel_db), PIECE):
        a, b = max(start - MARGIN, 0), min(start + PIECE + MARGIN, len(mel_db))
        (notes,) = session.run(["notes"], {"mel": mel_db[None, a:b], "side": side[None, a:b]})
        parts.append(notes[0, start - a:min(start + PIECE, len(mel_db)) - a])
    return Activations(*np.concatenate(parts).T)
