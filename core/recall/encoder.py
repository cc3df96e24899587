"""Windows of notes to vectors that lie close together where the melodies do (models/melody_encoder.md)."""

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.networks import open_session

MODEL = Path(__file__).parents[2] / "models" / "melody_encoder.onnx"
VECTOR = 20
SCALE = 127.0
_BATCH = 8_192


def embed(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unit vectors (windows, VECTOR) of features (windows, SIZE, FEATURES), as ``windows.cut`` makes them."""
    session = open_session(MODEL)
    out = np.empty((len(windows), VECTOR), np.float32)
    for a in range(0, len(windows), _BATCH):
        (out[a:a + _BATCH],) = session.run(["vectors"], {"windows": windows[a:a + _BATCH]})
    return out


def quantised(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Unit vectors in eight bits."""
    return np.round(vectors * SCALE).astype(np.int8)


@lru_cache(maxsize=1)
def mark() -> str:
    """Which encoder made a vector: indices made by another one are embedded anew."""
    return hashlib.blake2b(MODEL.read_bytes(), digest_size=8).hexdigest()
