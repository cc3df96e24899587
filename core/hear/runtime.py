"""How onnxruntime is used in this room: with few threads that sleep between calls."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def threads() -> int:
    """Cores a single hearing may use: HUMBAND_HEAR_THREADS, or two."""
    return max(1, int(os.environ.get("HUMBAND_HEAR_THREADS", min(2, os.cpu_count() or 1))))


def open_session(model: Path) -> "InferenceSession":
    """A session for the ONNX file ``model`` whose threads sleep between calls."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
