"""Fit the verdict's weights (core/recall/verdict.py): ``python -m models.training.recall.calibrate SHARED --work DIR``.

Logistic regression on real queries, a crop every four seconds of all songs of ``benchmarks recall``: each once with its
tune in the answer, where the right tune should be sure, and once with it and its copies taken out, where nothing
should. Every song weighs the same. Prints the weights, and what each threshold does to songs that were left out.
"""

import argparse
import pickle
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks import _recall_data as data
from core.recall.index import TuneIndex
from core.recall.match import Query, Ranking, pieces, ranked
from core.recall.verdict import features

EVERY_S = 4.0
THRESHOLDS = (0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8)
Row = tuple[str, bool, bool, np.ndarray]  # song, whether it is there, whether the best is right, what is weighed of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps the index and what was heard")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    kept = args.work / "verdicts.pkl"  # what was searched once need not be again
    if not kept.exists():
        kept.write_bytes(pickle.dumps(list(real(args, data.collection(args.shared, args.work / "all.tunes")))))
    rows: list[Row] = pickle.loads(kept.read_bytes())
    weight = weights_of(rows)
    print("fit, lead, margin, notes, bias:", fit(rows, weight).round(3).tolist())
    sure = np.zeros(len(rows))
    for song in sorted({song for song, *_ in rows}):
        out = np.array([row[0] == song for row in rows])
        learned = fit([row for row, is_out in zip(rows, out, strict=True) if not is_out], weight[~out])
        sure[out] = 1 / (1 + np.exp(-np.array([row[3] for row in rows])[out] @ learned))
    there, right = (np.array([row[i] for row in rows]) for i in (1, 2))
    print(f"right tune first: {weight[there & right].sum():.3f}")
    for threshold in THRESHOLDS:
        named = sure >= threshold
        print(f"known from {threshold}: {weight[there & right & named].sum():.3f} named right, "
              f"{weight[there & ~right & named].sum():.3f} wrong; "
              f"{weight[~there & named].sum():.3f} of unknown ones named")


def real(args: argparse.Namespace, index: TuneIndex) -> Iterator[Row]:
    for part in data.SONGS:
        for song, query, wanted, hidden in data.real_queries(args.shared, args.work, part, every_s=EVERY_S):
            copies = data.titled(index, data.COPIES[song]) if song in data.COPIES else set()
            yield from both(index, query, {wanted}, hidden | copies, song)
    for song, query, scores, hidden in data.scored_queries(args.shared, args.work, index, EVERY_S):
        yield from both(index, query, scores, hidden, song)


def both(index: TuneIndex, query: Query, wanted: set[str], hidden: set[str], song: str) -> Iterator[Row]:
    """A query's rows: with its tune in the collection, and without."""
    query = pieces(query)[0]
    known, unknown = ranked([index], query, hidden), ranked([index], query, hidden | wanted)
    yield song, True, index.name(known.tunes[0][1])[0] in wanted, weighed(known, query)
    yield song, False, False, weighed(unknown, query)


def weighed(ranking: Ranking, query: Query) -> np.ndarray:
    return features(ranking.nats.astype(float), ranking.same, len(query))[0]


def weights_of(rows: list[Row]) -> np.ndarray:
    """Every song's rows weigh the same together, those whose tune is there one and the others one."""
    count, songs = Counter(row[:2] for row in rows), len({row[0] for row in rows})
    return np.array([1 / count[row[:2]] / songs for row in rows])


def fit(rows: list[Row], weight: np.ndarray) -> np.ndarray:
    x, y = np.array([row[3] for row in rows]), np.array([row[2] for row in rows])

    def loss(b: np.ndarray) -> float:
        z = x @ b
        return float(weight @ (np.logaddexp(0, z) - y * z) + 0.002 * (b[:4] ** 2).sum())

    return minimize(loss, np.zeros(5)).x


if __name__ == "__main__":
    main()
