"""The melody network (models/invent.onnx): how likely each event is to come next. Its card is models/invent.md."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compose.invent.tokens import Event, Frame, Ints, read
from core.networks import open_session

MODEL = Path(__file__).resolve().parents[3] / "models" / "invent.onnx"
THREADS = 1  # one result on every machine
Floats = NDArray[np.floating[Any]]


@cache
def _width() -> int:
    return int(open_session(MODEL, threads=THREADS).get_inputs()[1].shape[2])


def begin(count: int) -> Floats:
    """The memory (1, count, units) of tunes of which nothing is written yet."""
    return np.zeros((1, count, _width()), np.float32)


def step(rows: Ints, memory: Floats) -> tuple[Floats, Floats]:
    """Log probability of every (pitch, duration) of the next event, and the memory after.

    ``rows`` (batch, WIDTH) or (batch, steps, WIDTH) as tokens.Reader tells them; the answer is of shape
    (batch, PITCHES, durations), after the last step.
    """
    session = open_session(MODEL, threads=THREADS)
    log_p, after = session.run(None, {"rows": rows if rows.ndim == 3 else rows[:, None], "memory": memory})
    return log_p, after


def log_likelihoods(events: Sequence[Event], frame: Frame) -> Floats:
    """(events,) log probability of each event of a tune, in nats."""
    rows, memory = read(events, frame), begin(1)
    found = np.empty(len(events))
    for i, event in enumerate(events):
        log_p, memory = step(rows[None, i], memory)
        found[i] = log_p[0, event.pitch, event.duration]
    return found


def nats_a_note(events: Sequence[Event], frame: Frame) -> float:
    """Mean negative log likelihood of a tune's notes, rests included."""
    return float(-log_likelihoods(events, frame).sum() / max(1, sum(event.sounds for event in events)))
