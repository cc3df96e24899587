"""Windows of known tunes, and the same windows as an untrained person sings them and our note model hears them.

Everything happens to notes, many queries at a time: a thousand in a few milliseconds. The amounts are drawn per
singer, wide enough to hold what notes heard in SSVD's training part show beside another singer's labels of the song.
"""

import gzip
import json
from pathlib import Path

import numpy as np

from core.recall.windows import MIN_IOI, SIZE

COLLECTIONS = ("proto", "openewld", "midi")
REACH = 2 * SIZE + 8  # notes of the tune a query is sung from
MIN_SUNG = 6  # notes of a tune that is learned from


class Tunes:
    """The notes of many tunes one after the other: ``pitch``, ``ioi`` (beats), ``first`` (tunes + 1,)."""

    def __init__(self, lines: list[list[list[float]]]) -> None:
        pitch, ioi, first = [], [], [0]
        for line in lines:
            onset, rows = 0.0, []
            for tone, quarters in line:
                if tone > 0 and quarters > 0:
                    rows.append((onset, tone, quarters))
                onset += max(quarters, 0)
            if len(rows) < MIN_SUNG:
                continue
            on, tones, durations = np.array(rows).T
            pitch.append(tones)
            ioi.append(np.append(np.diff(on), durations[-1]))
            first.append(first[-1] + len(rows))
        self.pitch = np.concatenate(pitch).astype(np.float32)
        self.ioi = np.maximum(np.concatenate(ioi), MIN_IOI).astype(np.float32)
        self.first = np.array(first)


def load(folder: Path, held: int = 50) -> tuple[Tunes, Tunes]:
    """(training, kept) tunes of shared/data/midi/melodies: every ``held``-th is kept. Its classical top lines, cut out
    of full scores, are noisy and left out."""
    lines = [json.loads(line)["notes"] for name in COLLECTIONS
             for line in gzip.decompress((folder / f"{name}.jsonl.gz").read_bytes()).splitlines()]
    return (Tunes([line for i, line in enumerate(lines) if i % held]),
            Tunes([line for i, line in enumerate(lines) if i % held == 0]))


def pairs(tunes: Tunes, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(queries, targets, tune numbers): features (count, SIZE, FEATURES) of sung windows and of the tunes' own.

    A tune is drawn as often as the square root of its length says. Both windows begin with the same note: of a query
    so many windows are taken that one begins where one of the tune's does.
    """
    lengths = np.diff(tunes.first)
    weight = np.sqrt(lengths)
    tune = rng.choice(len(lengths), count, p=weight / weight.sum())
    start = (rng.random(count) * np.maximum(lengths[tune] - SIZE + 1, 1)).astype(int)
    low, high = tunes.first[tune], tunes.first[tune + 1]
    query = features(*sung(*_slice(tunes, low + start, high), rng), valid=_sung_length(count, rng))
    target = features(*_slice(tunes, low + start, high, SIZE)[:2], *_lightly(count, rng))
    return query, target, tune


def _slice(tunes: Tunes, start: np.ndarray, end: np.ndarray,
           reach: int = REACH) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    at = start[:, None] + np.arange(reach)
    there = at < end[:, None]
    at = np.minimum(at, len(tunes.pitch) - 1)
    return np.where(there, tunes.pitch[at], np.nan), np.where(there, tunes.ioi[at], np.nan), there


def _sung_length(count: int, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(count) < 0.85, SIZE, rng.integers(SIZE // 2, SIZE, count))


def _lightly(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Half of the targets are another person's singing, labelled: noise on (pitch, log2 time)."""
    sung = rng.random((count, 1)) < 0.5
    return (rng.normal(0, 1, (count, SIZE)) * rng.uniform(0.1, 0.5, (count, 1)) * sung,
            rng.normal(0, 1, (count, SIZE)) * rng.uniform(0.03, 0.25, (count, 1)) * sung)


def sung(pitch: np.ndarray, ioi: np.ndarray, there: np.ndarray, rng: np.random.Generator,
         heard: int = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """What is ``heard`` of these notes (count, notes), where they are ``there``: pitch and time to the next onset
    (count, heard), nan where nothing is left."""
    count, notes = pitch.shape

    trouble = np.where(rng.random((count, 1)) < 0.75, 0.45, 1.0)  # most people sing better than the worst

    def each(low: float, high: float) -> np.ndarray:
        return rng.uniform(low, low + (high - low) * trouble)

    # rhythm: flattened or sharpened, unsteady, with a drifting tempo and breaths
    log = np.log2(ioi)
    middle = np.nanmean(log, 1, keepdims=True)
    log = middle + (log - middle) * rng.uniform(0.7, 1.1, (count, 1))
    log += rng.normal(0, 1, pitch.shape) * each(0.03, 0.4)
    log += np.cumsum(rng.normal(0, 1, pitch.shape) * each(0, 0.05), 1)
    log += (rng.random(pitch.shape) < each(0, 0.1)) * rng.uniform(0.3, 1.8, pitch.shape)
    ioi = np.exp2(log)
    # pitch: intervals too small, a drifting key, unsteady notes, wrong ones, octave slips
    middle = np.nanmean(pitch, 1, keepdims=True)
    pitch = middle + (pitch - middle) * rng.uniform(0.88, 1.06, (count, 1))
    pitch = pitch + np.cumsum(rng.normal(0, 1, pitch.shape) * each(0, 0.15), 1)
    pitch += rng.normal(0, 1, pitch.shape) * each(0.08, 0.9)
    pitch += (rng.random(pitch.shape) < each(0, 0.2)) * rng.integers(-4, 5, pitch.shape)
    pitch += (rng.random(pitch.shape) < each(0, 0.015)) * rng.choice([-12, 12], pitch.shape)
    pitch += (rng.random((count, 1)) < 0.05) * (np.arange(notes) > each(0, 24)) * rng.choice([-12, -7, -5, 5, 7, 12],
                                                                                              (count, 1))
    # notes: dropped (repeated ones more often), split
    repeated = np.concatenate([np.zeros((count, 1), bool), np.abs(np.diff(pitch, axis=1)) < 0.8], 1)
    gone = rng.random(pitch.shape) < np.where(repeated, each(0, 0.3), each(0, 0.06))
    split = rng.random(pitch.shape) < each(0, 0.06)
    gone[:, 0] = False
    onset = np.cumsum(np.where(there, ioi, 0), 1) - np.where(there, ioi, 0)
    share = rng.uniform(0.25, 0.75, pitch.shape)
    onsets = np.stack([onset, onset + share * np.nan_to_num(ioi)], 2).reshape(count, -1)
    pitches = np.stack([pitch, pitch + rng.normal(0, 0.7, pitch.shape)], 2).reshape(count, -1)
    kept = np.stack([there & ~gone, there & ~gone & split], 2).reshape(count, -1)
    order = np.argsort(~kept, axis=1, kind="stable")[:, :heard + 1]
    kept = np.take_along_axis(kept, order, 1)
    onsets, pitches = np.take_along_axis(onsets, order, 1), np.take_along_axis(pitches, order, 1)
    times = np.where(kept[:, 1:], np.diff(onsets, axis=1), np.take_along_axis(ioi.repeat(2, 1), order, 1)[:, :-1])
    return np.where(kept[:, :-1], pitches[:, :-1], np.nan), np.where(kept[:, :-1], times, np.nan)


def features(pitch: np.ndarray, ioi: np.ndarray, pitch_noise: np.ndarray | float = 0.0,
             time_noise: np.ndarray | float = 0.0, *, valid: np.ndarray | None = None) -> np.ndarray:
    """As ``core.recall.windows.cut`` makes them, of notes (count, SIZE) with nan where there is none."""
    there = np.isfinite(pitch)
    if valid is not None:
        there &= np.arange(SIZE) < valid[:, None]
    out = np.empty((*pitch.shape, 3), np.float32)
    count = there.sum(1, keepdims=True)
    for i, (values, scale, limit) in enumerate(((pitch + pitch_noise, 6.0, 3.0),
                                                (np.log2(np.maximum(ioi, MIN_IOI)) + time_noise, 1.5, 2.0))):
        values = np.where(there, values, 0.0)
        values = (values - values.sum(1, keepdims=True) / count) / scale
        out[..., i] = np.clip(values, -limit, limit) * there
    out[..., 2] = there
    return out
