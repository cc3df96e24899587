"""ONNX models, opened in one way: once a process, with few threads that sleep between calls, quietly."""

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def hearing_threads() -> int:
    """Cores a single hearing may use: HUMBAND_HEAR_THREADS, or two."""
    return max(1, int(os.environ.get("HUMBAND_HEAR_THREADS", min(2, os.cpu_count() or 1))))


def open_session(model: Path, *, threads: int | None = None) -> "InferenceSession":
    """The session of the ONNX file ``model``, kept for the next call.

    ``threads``: 1 where the result must be the same on every machine; ``hearing_threads()`` if not given.
    """
    return _session(model, threads or hearing_threads(), os.getpid())


@lru_cache(maxsize=16)
def _session(model: Path, threads: int, pid: int) -> "InferenceSession":
    """One per process: a session made before a fork has no threads after it."""
    load_runtime()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def load_runtime() -> None:
    """Import onnxruntime without its remarks.

    Where it does not know the processor (virtual machines, containers without /proc) it says so on standard error,
    past every log level, the moment it is imported; our command line promises one sentence there, or none.
    """
    if "onnxruntime" not in sys.modules:
        with _native_stderr_closed():
            importlib.import_module("onnxruntime")


@contextlib.contextmanager
def _native_stderr_closed() -> Iterator[None]:
    """What C++ writes to file descriptor 2 goes nowhere; exceptions pass."""
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
