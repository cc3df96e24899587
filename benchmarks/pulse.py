"""Beats and bars of unseen works, played as people play and heard as a transcriber hears.

    python -m benchmarks pulse DATA [--count 120] [--pop 30] [--seed 1] [--plain] [--seconds 180] [--pieces TEST.pkl]
                                    [--shared ../shared --folk 60 --bands 30] [--short]

DATA holds the unpacked sets ``composers`` and ``pop909``; only works of the test part are used. Each is played once
(``--plain``: just as written) and its first minutes are read. With ``--shared`` (and ``nottingham`` and
``mma-rendered`` in DATA) come tunes with made-up accompaniments and bands without their drums; with ``--short`` one
bar in the middle of each piece in 3 or 4 is shorter. Printed by group: F1 of beats and of bar lines (70 ms,
mir_eval, the first five seconds not trimmed), the share of pieces with a beat F1 of .85 or more, of those found at
twice or half the tempo, and of the right number of beats in a bar.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks._accompanied import bands, tunes
from benchmarks._beats import Beaten, first, performed, pieces, read, shortened
from core.music import SungNote
from core.understand.pulse import Pulse, find_pulse

GOOD = 0.85
COLUMNS = ("beats", "bars", "good", "double", "half", "meter")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks pulse", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--pop", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--pieces", type=Path, help="pieces that models.training.pulse.prepare wrote")
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--folk", type=int, default=60)
    parser.add_argument("--bands", type=int, default=30)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args(argv)
    found = read(args.pieces) if args.pieces else list(pieces(args.data, "test", count=args.count, pop=args.pop))
    if args.shared:
        found += [*tunes(args.shared, args.data, "test", count=args.folk),
                  *bands(args.data, "test", count=args.bands)]
    found = [first(piece, args.seconds) for piece in found]
    if args.short:
        found = [shortened(piece, np.random.default_rng([args.seed, k])) for k, piece in enumerate(found)
                 if piece.size > 2]
    report(found, find_pulse, seed=args.seed, plain=args.plain)
    return 0


def report(found: Sequence[Beaten], method: Callable[[Sequence[SungNote]], Pulse], *, seed: int, plain: bool) -> None:
    rows: dict[str, list[list[float]]] = {}
    took = 0.0
    for number, piece in enumerate(found):
        if not plain:
            piece = performed(piece, np.random.default_rng([seed, number]))
        start = time.process_time()
        pulse = method(sung(piece.notes))
        took += time.process_time() - start
        rows.setdefault(piece.group, []).append(judged(piece, pulse))
    table = {}
    for group, some in [*sorted(rows.items()), ("all", [row for part in rows.values() for row in part])]:
        mean = np.mean(some, 0)
        table[group] = dict(zip(COLUMNS, np.round(mean, 3).tolist(), strict=True))
        print(f"{group:9} {len(some):4} pieces  " + "  ".join(f"{c} {m:.3f}" for c, m in
                                                            zip(COLUMNS, mean, strict=True)), flush=True)
    print(f"{took / len(found):.2f} s a piece")
    print(json.dumps(table))


def sung(notes: np.ndarray) -> list[SungNote]:
    """Rows of onset_s, offset_s, pitch, velocity as a transcriber would tell them."""
    return [SungNote(a, b, p, 1.0, 40 * float(np.log10(max(v, 1) / 127))) for a, b, p, v in notes.tolist()]


def judged(piece: Beaten, pulse: Pulse) -> list[float]:
    """A row of COLUMNS."""
    from mir_eval.beat import f_measure

    start, end = piece.notes[0, 0] - 0.1, piece.notes[-1, 0] + 0.1
    quarters = np.array(pulse.beats_s)
    per_beat = 1.5 if pulse.meter.is_compound else 1.0
    size = round(pulse.meter.bar_beats / per_beat)
    beats = np.interp(np.arange(0, len(quarters) - 1 + 1e-6, per_beat), np.arange(len(quarters)), quarters)
    bars = pulse.bars_s
    true, true_bars = piece.beats_s, piece.beats_s[piece.bars]

    def inside(times: np.ndarray) -> np.ndarray:
        return times[(times >= start) & (times <= end)]

    def f1(truth: np.ndarray, mine: np.ndarray) -> float:
        truth, mine = inside(truth), inside(mine)
        return float(f_measure(truth, mine)) if len(truth) and len(mine) else 0.0

    halved = max(f1(true[k::2], beats) for k in (0, 1))
    doubled = f1(np.interp(np.arange(2 * len(true) - 1) / 2, np.arange(len(true)), true), beats)
    beat = f1(true, beats)
    return [beat, f1(true_bars, bars), beat >= GOOD, doubled >= GOOD and beat < GOOD, halved >= GOOD and beat < GOOD,
            size == piece.size and pulse.meter.is_compound == piece.compound]
