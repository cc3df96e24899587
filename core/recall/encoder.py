"""Windows of notes to vectors that lie close together where the melodies do (models/melody_encoder.md)."""

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MODEL = Path(__file__).parents[2] / "models" / "melody_encoder.onnx"
VECTOR = 20
SCALE = 127.0
_BATCH = 8_192


def embed(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unit vectors (windows, VECTOR) of features (windows, SIZE, FEATURES), as ``windows.cut`` makes them."""
    session = _session(MODEL, os.getpid())
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


@lru_cache(maxsize=2)
def _session(path: Path, pid: int) -> "InferenceSession":
    """One per process: a session made before a fork has no threads after it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = max(1, int(os.environ.get("HUMBAND_HEAR_THREADS", min(2, os.cpu_count() or 1))))
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
