"""A query laid note by note over stretches of known tunes, many at once.

A Viterbi search over (key, place, query note), the place a few notes before or after where the stretch begins: each
pair of notes is judged by how far their pitches lie apart in the key assumed, each step by how far the times between
onsets lie apart at the tempo assumed; the key may drift by a third of a semitone, notes may be missing on either side.
All judgements are logarithms of likelihood ratios against chance, so that a sum above zero speaks for the tune.
(Note-level alignment with such errors: Meek & Birmingham 2002, "Johnny can't sing: a comprehensive error model for
sung music queries"; the band: Sakoe & Chiba 1978.)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
Block = NDArray[np.float32]

NEVER = np.float32(-1e9)
NOWHERE = 1e4  # a pitch that nothing is like
SAME = 0.5  # semitones within which a note repeats the one before
SHORTEST = 1e-3  # of a time between onsets
AT_ENDS = 3  # notes of the query that may be extra before the first that fits, and after the last


@dataclass(frozen=True)
class Costs:
    """What an alignment is judged by, in nats; fitted to rank right tunes first (models/melody_encoder.md).

    A pitch that fits gains ``right_pitch`` less half its square error in ``pitch_sd`` semitones, one that fits in no
    way loses ``wrong_pitch``; a time that fits gains ``right_time`` less ``time_slope`` for each octave of log2 time
    ratio, one that fits in no way loses ``wrong_time``. ``drift`` for each ``key_step`` the key moves, ``astray`` for
    each semitone that it begins beside the one assumed; ``missing`` and ``extra`` for each note of the tune not sung
    and each note sung that the tune lacks, other amounts where it repeats the note before.
    """

    pitch_sd: float = 0.75
    right_pitch: float = 1.84
    wrong_pitch: float = 1.76
    right_time: float = 0.51
    time_slope: float = 1.59
    wrong_time: float = 1.69
    drift: float = 0.9
    astray: float = 0.57
    missing: float = 2.4
    missing_repeat: float = 1.9
    extra: float = 2.17
    extra_repeat: float = 1.67
    keys: int = 9  # around the key assumed
    key_step: float = 1 / 3  # semitones between them
    band: int = 6  # notes before and after the place assumed
    steps: tuple[tuple[int, int], ...] = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2))  # (sung, of the tune)


COSTS = Costs()


def align(pitch: FloatArray, onset: FloatArray, tune_pitch: FloatArray, tune_onset: FloatArray, key: FloatArray,
          tempo: FloatArray, costs: Costs = COSTS) -> NDArray[np.float32]:
    """The score (stretches,), in nats, of the best alignment of a query (notes,) with each stretch.

    ``tune_pitch`` and ``tune_onset`` (stretches, notes + 2 * band): pitches, nan beyond the tune, and onsets in beats;
    the query's first note is thought to lie on column ``band``. ``key`` (stretches,): semitones from tune to query;
    ``tempo`` (stretches,): log2 of query seconds per tune beat.
    """
    count, places, keys = len(tune_pitch), 2 * costs.band + 1, costs.keys
    beside = ((np.arange(keys, dtype=np.float32) - keys // 2) * np.float32(costs.key_step))[:, None, None]
    target = (np.where(np.isnan(tune_pitch), NOWHERE, tune_pitch) + key[:, None]).T.astype(np.float32)
    beyond = np.isnan(tune_pitch).T
    gaps = {b: _log_gaps(tune_onset, tempo, b) for b in {b for _, b in costs.steps}}
    skipped = {b: _skipping(target, b, costs) for b in gaps}
    repeats = np.append(False, np.abs(np.diff(pitch)) < SAME)
    extra = np.where(repeats, costs.extra_repeat, costs.extra)
    before = np.append(0.0, np.cumsum(extra))  # the cost of all query notes before each
    sharpness = np.float32(-0.5 / costs.pitch_sd**2)
    rows: list[Block] = []
    score = np.full(count, NEVER, np.float32)
    for i in range(len(pitch)):
        fit = target[None, i:i + places] - np.float32(pitch[i]) + beside
        np.multiply(np.square(fit, out=fit), sharpness, out=fit)
        fit += np.float32(costs.right_pitch)
        np.maximum(fit, np.float32(-costs.wrong_pitch), out=fit)
        fit[:, beyond[i:i + places]] = NEVER
        best = np.full((keys, places, count), -before[i] if i <= AT_ENDS else NEVER, np.float32)
        best -= np.float32(costs.astray) * np.abs(beside)
        for a, b in costs.steps:
            if i < a:
                continue
            low, high = max(0, b - a), min(places, places + b - a)  # places such a step can lead to
            gap = np.float32(np.log2(max(onset[i] - onset[i - a], SHORTEST)))
            gain = _time_fit(gaps[b][i + low:i + high] - gap, costs)
            gain -= np.float32(before[i] - before[i - a + 1])
            gain -= skipped[b][i + low:i + high]
            reached = best[:, low:high]
            np.maximum(reached, rows[i - a][:, low + a - b:high + a - b] + gain, out=reached)
        best += fit
        drifted = best.copy()
        np.maximum(drifted[1:], best[:-1] - np.float32(costs.drift), out=drifted[1:])
        np.maximum(drifted[:-1], best[1:] - np.float32(costs.drift), out=drifted[:-1])
        rows.append(drifted)
        if i >= len(pitch) - 1 - AT_ENDS:
            left_out = np.float32(before[-1] - before[i + 1])
            np.maximum(score, drifted.reshape(-1, count).max(0) - left_out, out=score)
    return score


def _log_gaps(onset: FloatArray, tempo: FloatArray, notes: int) -> Block:
    """log2 of the time the query should take from ``notes`` notes before to each note. (length, stretches)"""
    out = np.zeros(onset.T.shape, np.float32)
    out[notes:] = np.log2(np.maximum(onset[:, notes:] - onset[:, :-notes], SHORTEST)).T + tempo
    return out


def _skipping(target: Block, notes: int, costs: Costs) -> Block:
    """What it costs to come to each note from ``notes`` notes before, leaving out those between."""
    each = np.full(target.shape, costs.missing, np.float32)
    each[1:][np.abs(np.diff(target, axis=0)) < SAME] = costs.missing_repeat
    out = np.zeros(target.shape, np.float32)
    for back in range(1, notes):
        out[back:] += each[:-back]
    return out


def _time_fit(off: Block, costs: Costs) -> Block:
    """What log2 time ratios ``off`` the tempo say."""
    np.multiply(np.abs(off, out=off), np.float32(-costs.time_slope), out=off)
    off += np.float32(costs.right_time)
    return np.maximum(off, np.float32(-costs.wrong_time), out=off)
