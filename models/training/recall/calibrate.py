"""Fit the verdict's weights (core/recall/verdict.py): ``python -m models.training.recall.calibrate SHARED --work DIR``.

Logistic regression on real queries (the ``tune`` songs of ``benchmarks.recall``) and on simulated ones of tunes of the
collection: each once with its tune in the answer, where the right tune should be sure, and once with it (and whatever
else is the same melody) taken out, where nothing should. Real songs weigh as much together as all simulated queries.
Prints the weights and, for parts not fitted on too, what each threshold would do.
"""

import argparse
import pickle
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks._recall_data import collection, real_queries
from core.recall.index import TuneIndex
from core.recall.match import Query, Ranking, ranked
from core.recall.verdict import features
from models.training.recall.simulate import REACH, sung

SECONDS_A_BEAT = 0.55
Row = tuple[str, str, bool, np.ndarray]  # part, song, whether the best is right, what the verdict weighs of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps the index and what was heard")
    parser.add_argument("--simulated", type=int, default=120, help="queries to fit on, and half as many to test on")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    index = collection(args.shared, args.work / "all.tunes")
    rows: list[Row] = []
    for part, made in (("tune", real), ("test", real), ("simulated", simulated), ("simulated, kept", simulated)):
        kept = args.work / f"verdicts-{part}.pkl"  # what was searched once need not be again
        if not kept.exists():
            kept.write_bytes(pickle.dumps(list(made(args, index, part))))
            print(f"{part} searched", flush=True)
        rows += pickle.loads(kept.read_bytes())
    weights = fit([row for row in rows if row[0] in ("tune", "simulated")])
    print("fit, lead, margin, notes, bias:", weights.round(3).tolist())
    for part in dict.fromkeys(part for part, *_ in rows):
        for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
            named, wrong = shares([row for row in rows if row[0] == part], weights, threshold)
            print(f"{part}, known from {threshold}: {named:.3f} of right tunes, {wrong:.3f} of others")


def real(args: argparse.Namespace, index: TuneIndex, part: str) -> Iterator[Row]:
    for song, query, wanted, hidden in real_queries(args.shared, args.work, part):
        yield from both(index, query, wanted, hidden, {wanted}, part, song)


def simulated(args: argparse.Namespace, index: TuneIndex, part: str) -> Iterator[Row]:
    """Real tunes of the collection, sung as ``simulate`` does it."""
    rng = np.random.default_rng(4 if part == "simulated" else 5)
    for number in range(args.simulated if part == "simulated" else args.simulated // 2):
        tune, heard = index.tune(int(rng.integers(len(index)))), int(rng.integers(10, 22))
        if tune.notes < heard + 4 or tune.id.startswith("ssvd"):
            continue
        at = int(rng.integers(0, tune.notes - heard - 3))
        onset, duration, pitch = (values[at:at + REACH]
                                  for values in (tune.onset_beats, tune.duration_beats, tune.pitch_midi))
        ioi = np.append(np.diff(onset), duration[-1:])
        tones, times = sung(pitch[None], np.maximum(ioi, 1 / 32)[None], np.ones((1, len(pitch)), bool), rng, heard)
        there = np.isfinite(tones[0])
        query = line(tones[0][there], times[0][there])
        clean = ranked([index], line(pitch[:heard], ioi[:heard]))
        same = {index.name(number)[0] for (_, number), is_same in zip(clean.tunes, clean.same, strict=True) if is_same}
        yield from both(index, query, tune.id, set(), same | {tune.id}, part, str(number))


def line(pitch: np.ndarray, ioi_beats: np.ndarray) -> Query:
    ioi = ioi_beats * SECONDS_A_BEAT
    return Query(np.cumsum(ioi) - ioi, ioi, pitch)


def both(index: TuneIndex, query: Query, wanted: str, hidden: set[str], same: set[str], part: str,
         song: str) -> Iterator[Row]:
    """A query's rows: with its tune in the collection, and without."""
    known, unknown = ranked([index], query, hidden), ranked([index], query, hidden | same)
    if known.tunes:
        yield part, song, index.name(known.tunes[0][1])[0] in same, weighed(known, query)
    if unknown.tunes:
        yield part, song, False, weighed(unknown, query)


def weighed(ranking: Ranking, query: Query) -> np.ndarray:
    return features(ranking.nats.astype(float), ranking.same, len(query))[0]


def fit(rows: list[Row]) -> np.ndarray:
    parts, songs = defaultdict(set), Counter((part, song) for part, song, *_ in rows)
    for part, song, *_ in rows:
        parts[part].add(song)
    weight = np.array([1 / songs[part, song] / len(parts[part]) for part, song, *_ in rows])
    x, y = np.array([row[3] for row in rows]), np.array([row[2] for row in rows])

    def loss(b: np.ndarray) -> float:
        z = x @ b
        return float(weight @ (np.logaddexp(0, z) - y * z) + 0.002 * (b[:4] ** 2).sum())

    return minimize(loss, np.zeros(5)).x


def shares(rows: list[Row], weights: np.ndarray, threshold: float) -> tuple[float, float]:
    """Of the right tunes and of wrong ones the share that is named, every song weighing the same."""
    named: dict[bool, dict[str, list[bool]]] = {True: defaultdict(list), False: defaultdict(list)}
    for _, song, right, x in rows:
        named[right][song].append(1 / (1 + np.exp(-x @ weights)) >= threshold)
    right, wrong = (float(np.mean([np.mean(values) for values in named[is_right].values()] or [0.0]))
                    for is_right in (True, False))
    return right, wrong


if __name__ == "__main__":
    main()
