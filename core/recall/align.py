"""A query laid note by note over stretches of known tunes, many at once.

A Viterbi search over (query note, tune note, key): each pair of notes is judged by how far their pitches lie apart in
the key assumed, each step by how far the times between onsets lie apart at the tempo assumed; the key may drift by
half semitones, notes may be missing on either side. All judgements are logarithms of likelihood ratios against
chance, so that a sum above zero speaks for the tune. (Note-level alignment with such errors: Meek & Birmingham 2002,
"Johnny can't sing: a comprehensive error model for sung music queries".)
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

NEVER = np.float32(-1e9)


@dataclass(frozen=True)
class Costs:
    """What an alignment is judged by, in nats; fitted to rank right tunes first (models/melody_encoder.md).

    A pitch that fits gains ``right_pitch`` less half its square error in ``pitch_sd`` semitones, one that fits in no
    way loses ``wrong_pitch``; a time that fits gains ``right_time`` less ``time_slope`` for each octave of log2 time
    ratio, one that fits in no way loses ``wrong_time``. ``drift`` for each half semitone the key moves, ``missing`` and
    ``extra`` for each note of the tune not sung and each note sung that the tune lacks.
    """

    pitch_sd: float = 0.64
    right_pitch: float = 2.17
    wrong_pitch: float = 2.2
    right_time: float = 0.51
    time_slope: float = 1.27
    wrong_time: float = 1.35
    drift: float = 1.13
    missing: float = 2.4
    extra: float = 2.17
    keys: int = 9  # half semitones around the key assumed
    steps: tuple[tuple[int, int], ...] = field(default=((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2)))


COSTS = Costs()


@dataclass(frozen=True, eq=False)
class Alignment:
    """The best path for each candidate: ``score`` (candidates,) in nats; ``path`` (candidates, query notes) the
    stretch's note under each query note, -1 where it has none; ``key`` (candidates, query notes) the key there."""

    score: NDArray[np.float32]
    path: NDArray[np.int64]
    key: NDArray[np.float32]


def align(pitch: FloatArray, onset: FloatArray, tune_pitch: FloatArray, tune_onset: FloatArray,
          key: FloatArray, tempo: FloatArray, costs: Costs = COSTS) -> Alignment:
    """Align a query (notes,) with stretches (candidates, length); nan pitches end a stretch.

    ``key`` (candidates,): semitones from tune to query; ``tempo`` (candidates,): log2 of query seconds per tune beat.
    """
    count, length = tune_pitch.shape
    keys = costs.keys
    offsets = (np.arange(keys, dtype=np.float32) - keys // 2) / 2
    beyond = np.isnan(tune_pitch)
    target = np.where(beyond, 0, tune_pitch).astype(np.float32) + key[:, None].astype(np.float32)
    gaps = {b: _log_gaps(tune_onset, b) for b in {b for _, b in costs.steps}}
    rows: list[NDArray[np.float32]] = []
    came: list[NDArray[np.int8]] = []
    moved: list[NDArray[np.int8]] = []
    for i in range(len(pitch)):
        apart = (np.float32(pitch[i]) - target)[..., None] - offsets
        fit = np.maximum(costs.right_pitch - (0.5 / costs.pitch_sd**2) * np.square(apart), -costs.wrong_pitch)
        fit[beyond] = NEVER
        best = np.full((count, length, keys), -costs.extra * i if i <= 3 else NEVER, np.float32)
        best -= costs.drift * 0.25 * np.abs(offsets)  # the key assumed is the likeliest to begin in
        how = np.full((count, length, keys), -1, np.int8)
        for move, (a, b) in enumerate(costs.steps):
            if i < a or length <= b:
                continue
            step = rows[i - a][:, :length - b] + _time_fit(
                np.float32(np.log2(max(onset[i] - onset[i - a], 1e-3))) - gaps[b] - tempo[:, None], costs)[..., None]
            step -= costs.extra * (a - 1) + costs.missing * (b - 1)
            better = step > best[:, b:]
            np.copyto(best[:, b:], step, where=better)
            np.copyto(how[:, b:], np.int8(move), where=better)
        best += fit
        drifted, by = _drift(best, costs.drift)
        rows.append(drifted)
        came.append(how)
        moved.append(by)
    return _trace(rows, came, moved, costs, offsets, key)


def _log_gaps(onset: FloatArray, notes: int) -> NDArray[np.float32]:
    gap = onset[:, notes:] - onset[:, :-notes]
    return np.log2(np.maximum(gap, 1e-3)).astype(np.float32)


def _time_fit(off: FloatArray, costs: Costs) -> NDArray[np.float32]:
    """What log2 time ratios ``off`` the tempo say."""
    return np.maximum(costs.right_time - costs.time_slope * np.abs(off), -costs.wrong_time)


def _drift(best: NDArray[np.float32], cost: float) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Scores after the key may have moved by half a semitone, and from where: -1, 0 or 1."""
    out, by = best.copy(), np.zeros(best.shape, np.int8)
    for step in (-1, 1):
        source = best[..., :-1] if step == -1 else best[..., 1:]
        place = (slice(None), slice(None), slice(1, None) if step == -1 else slice(None, -1))
        better = source - cost > out[place]
        np.copyto(out[place], source - cost, where=better)
        np.copyto(by[place], np.int8(step), where=better)
    return out, by


def _trace(rows: list[NDArray[np.float32]], came: list[NDArray[np.int8]], moved: list[NDArray[np.int8]],
           costs: Costs, offsets: FloatArray, key: FloatArray) -> Alignment:
    """Follow the best path of every candidate back from its end (the last three notes may be extra)."""
    count, _, keys = rows[0].shape
    notes, each = len(rows), np.arange(count)
    flat = np.stack([row.reshape(count, -1) for row in rows[-4:]], 1)
    left = np.arange(flat.shape[1])[::-1]
    tops = flat.max(2) - costs.extra * left
    last = tops.argmax(1)
    score = tops[each, last]
    spot = flat[each, last].argmax(1)
    row = last + notes - flat.shape[1]
    at, tone = spot // keys, spot % keys
    path = np.full((count, notes), -1, np.int64)
    keys_sung = np.full((count, notes), np.nan, np.float32)
    back, on = np.array([a for a, _ in costs.steps]), np.array([b for _, b in costs.steps])
    going = np.ones(count, bool)
    all_came, all_moved = np.stack(came), np.stack(moved)
    while going.any():
        who = each[going]
        tone[who] += all_moved[row[who], who, at[who], tone[who]]
        path[who, row[who]] = at[who]
        keys_sung[who, row[who]] = key[who] + offsets[tone[who]]
        move = all_came[row[who], who, at[who], tone[who]]
        going[who] = move >= 0
        who, move = who[move >= 0], move[move >= 0]
        row[who] -= back[move]
        at[who] -= on[move]
    return Alignment(score.astype(np.float32), path, keys_sung)
