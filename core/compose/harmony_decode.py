"""From chord posteriors to one sequence of states: Viterbi decoding with harmonic rhythm, and other choices."""

from dataclasses import dataclass

import numpy as np

from core.compose.harmony_frames import Frames
from core.compose.harmony_model import STATES, Floats, statistics

SIMILAR = 0.9  # cosine above which two bars are the same music
TRIADS = np.array([(0, 4, 7), (0, 4, 7), (0, 3, 7), (0, 3, 6)])  # by family


@dataclass(frozen=True)
class Weights:
    """How the terms of the path's score are balanced; tuned on the tuning tunes."""

    posterior: float = 1.0
    prior: float = 0.0  # share of the state's log frequency taken out of the posterior
    transition: float = 0.3
    change: float = 0.5
    edge: float = 0.3
    clash: float = 2.0  # for a melody note a semitone above a chord tone on a strong beat
    repeat: float = 0.5  # how far a bar that returns takes over what its likes say


WEIGHTS = Weights()


def share_between_repeats(posteriors: Floats, frames: Frames, amount: float) -> Floats:
    """Pull bars with the same melody (in the same neighbourhood) towards each other's mean."""
    bars, per_bar = frames.bars, frames.per_bar
    shape = frames.sounding.reshape(bars, -1).astype(float)
    shape /= np.maximum(np.linalg.norm(shape, axis=1, keepdims=True), 1e-9)
    alike = shape @ shape.T
    near = np.zeros((bars, bars))  # a likeness counts where a neighbouring bar is alike too
    padded = np.pad(alike, 1)
    near = np.maximum(padded[:-2, :-2], padded[2:, 2:])
    same = ((alike > SIMILAR) & (near > SIMILAR)).astype(float)
    np.fill_diagonal(same, 1)
    by_bar = posteriors.reshape(bars, per_bar * STATES)
    mean = same @ by_bar / same.sum(1, keepdims=True)
    return ((1 - amount) * by_bar + amount * mean).reshape(posteriors.shape)


def clashes(frames: Frames, signature_pc: int) -> Floats:
    """(frames, 48): how much of the frame a melody note stands a semitone above a tone of the state's triad,
    on strong beats (mid-bar and bar line); 0 elsewhere."""
    heard = np.roll(frames.sounding, -signature_pc, axis=1)
    table = np.zeros((STATES, 12))
    for state in range(STATES):
        tones = (state // 4 + TRIADS[state % 4]) % 12
        table[state, (tones + 1) % 12] = 1
        table[state, tones] = 0
    return np.where(frames.strength[:, None] > 0, heard @ table.T, 0.0)


def best_path(posteriors: Floats, frames: Frames, signature_pc: int, minor: bool, *, bias: Floats | None = None,
              weights: Weights = WEIGHTS) -> list[int]:
    """The likeliest states, one a frame. ``bias`` (48,) or (frames, 48) is added to every frame's score."""
    stats = statistics()
    score = weights.posterior * share_between_repeats(posteriors, frames, weights.repeat)
    score -= weights.clash * clashes(frames, signature_pc)
    if bias is not None:
        score = score + bias
    mode = int(minor)
    score[0] += weights.edge * stats.start[mode]
    score[-1] += weights.edge * stats.end[mode]
    move = weights.transition * stats.transition
    rhythm = weights.change * stats.change[frames.strength]
    everyone = np.arange(STATES)
    total, back = score[0], np.zeros((len(frames), STATES), np.int64)
    for frame in range(1, len(frames)):
        arrive = total[:, None] + move
        source = arrive.argmax(0)
        changed, kept = arrive[source, everyone] + rhythm[frame, 1], total + rhythm[frame, 0]
        stays = kept >= changed
        back[frame] = np.where(stays, everyone, source)
        total = np.where(stays, kept, changed) + score[frame]
    path = [int(total.argmax())]
    for frame in range(len(frames) - 1, 0, -1):
        path.append(int(back[frame, path[-1]]))
    return path[::-1]


def other_paths(posteriors: Floats, frames: Frames, signature_pc: int, minor: bool, count: int, *,
                bias: Floats | None = None) -> list[list[int]]:
    """``count`` paths, best first, each different from those before it in at least a third of the bars.

    Diverse M-best decoding (Batra et al., "Diverse M-best solutions in Markov random fields", ECCV 2012):
    what earlier paths chose is made dearer until enough bars differ.
    """
    base = np.zeros((len(frames), STATES)) if bias is None else np.broadcast_to(bias, (len(frames), STATES))
    paths = [best_path(posteriors, frames, signature_pc, minor, bias=base)]
    while len(paths) < count:
        for penalty in np.geomspace(0.25, 16, 13):
            dearer = base.copy()
            for path in paths:
                dearer[np.arange(len(frames)), path] -= penalty
            other = best_path(posteriors, frames, signature_pc, minor, bias=dearer)
            if all(share_of_bars_changed(path, other, frames.per_bar) >= 1 / 3 for path in paths):
                break
        paths.append(other)
    return paths


def share_of_bars_changed(one: list[int], other: list[int], per_bar: int) -> float:
    """Share of bars in which two paths are not the same."""
    a, b = np.reshape(one, (-1, per_bar)), np.reshape(other, (-1, per_bar))
    return float((a != b).any(1).mean())
