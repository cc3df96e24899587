"""Where the bar lines fall: notes on a tick grid vote for meter, bar lines and key.

A small network looks at every note with its neighbours (core.understand.features) and lets it vote for its place in a
bar of 4/4, 3/4 and 6/8, and for its scale degree; the votes are added up, so that the answer moves with the tune.
What belongs to no single note (how well bars fit one chord each, at which distance the tune repeats itself, how tunes
begin) is added with learned weights. The models/barlines.npz of models/training/rhythm is an ensemble of several.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.music import Meter
from core.understand.features import bar_fit, in_context, long_notes, note_features, repetition

WEIGHTS = Path(__file__).resolve().parents[2] / "models" / "barlines.npz"
METERS = (Meter(4, 4), Meter(3, 4), Meter(6, 8))
BINS = (8, 6, 6)  # half beats in a bar
FIRST = (0, 8, 14)  # where each meter's classes start
HALF_BEAT = 6  # ticks
CHUNK = 64  # notes looked at together

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Verdict:
    """What the network says of a reading."""

    bars: Floats  # (20,) log probability of every meter and shift: METERS[0] by 0..7 half beats, METERS[1] ...
    keys: Floats  # (24,) log probability: major keys by tonic, then minor keys
    votes: Floats  # (notes, 20) what each note alone says of the bars, in log odds that do not depend on the others


def judge(ticks: NDArray[np.int64], held: NDArray[np.float64], pitches: NDArray[np.int64]) -> Verdict:
    """Ask the network about a reading; arguments as for :func:`core.understand.features.note_features`."""
    count = len(ticks)
    pieces = max(round(count / CHUNK), 1)
    edges = [count * i // pieces for i in range(pieces + 1)]
    bars, keys = np.zeros(sum(BINS), np.float32), np.zeros(24, np.float32)
    votes = []
    for start, stop in pairwise(edges):
        more_bars, more_keys, each = _votes(ticks[start:stop], held[start:stop], pitches[start:stop],
                                            opening=start == 0)
        bars, keys = bars + more_bars, keys + more_keys
        votes.append(each)
    return Verdict(_log_softmax(bars), _log_softmax(keys), np.concatenate(votes))


def meter_and_shift(index: int) -> tuple[Meter, int]:
    """The meter of a class of :attr:`Verdict.bars`, and the ticks to add so that 0 is a bar line."""
    kind = 2 if index >= FIRST[2] else 1 if index >= FIRST[1] else 0
    return METERS[kind], (index - FIRST[kind]) * HALF_BEAT


@cache
def _weights() -> dict[str, Floats]:
    with np.load(WEIGHTS) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


def _votes(ticks: NDArray[np.int64], held: NDArray[np.float64], pitches: NDArray[np.int64], *, opening: bool
           ) -> tuple[Floats, Floats, Floats]:
    """(bar logits (20,), key logits (24,), the notes' shares of the former (notes, 20)) of one piece, the members'
    mean; ``opening``: it is the tune's start."""
    w = _weights()  # every array's first axis: members
    root = np.sqrt(np.float32(len(ticks)))
    x = in_context(note_features(ticks, held, pitches))
    hidden = np.maximum(x @ w["hidden"] + w["hidden_bias"][:, None], 0)
    votes = (hidden @ w["votes"] + x @ w["direct"] + w["votes_bias"][:, None]).mean(0) / root
    meters = np.einsum("mh,mhk->mk", hidden.mean(1), w["meter"]) + repetition(ticks, pitches) @ w["repetition"]
    meters = (meters + w["meter_bias"]).mean(0)
    begin = w["start" if opening else "resume"].mean(0)
    fits = (bar_fit(ticks, pitches, BINS)[:, None] * w["fit"].mean(0)).sum(-1)  # (class, kind)
    early_long, longest = long_notes(ticks)
    half = ticks // HALF_BEAT
    rows = np.arange(len(ticks))[:, None]
    bars, each = [], []
    for kind, (bins, first) in enumerate(zip(BINS, FIRST, strict=True)):
        place = (half[:, None] + np.arange(bins)) % bins
        pairs = w["early_long"].mean(0)[int(opening), kind][8 * place[0] + place[early_long]]
        pairs = pairs + w["longest"].mean(0)[int(opening), kind][8 * place[0] + place[longest]]
        each.append(votes[rows, first + place] * root)
        bars.append(each[-1].sum(0) / root + meters[kind] + fits[first : first + bins, kind]
                    + begin[first + place[0]] + pairs)
    hidden = np.maximum(x @ w["key_hidden"] + w["key_hidden_bias"][:, None], 0)
    votes = (hidden @ w["key_votes"] + x @ w["key_direct"] + w["key_bias"][:, None]).mean(0) / root
    degree = (np.arange(12) - pitches[:, None]) % 12  # the tonic, counted from the note
    keys = [votes[rows, 12 * mode + degree].sum(0) for mode in (0, 1)]
    return np.concatenate(bars), np.concatenate(keys), np.concatenate(each, 1)


def _log_softmax(logits: Floats) -> Floats:
    logits = logits - logits.max()
    return logits - np.log(np.exp(logits).sum())
