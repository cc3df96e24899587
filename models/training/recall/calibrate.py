"""Fit the verdict's weights (core/recall/verdict.py): ``python -m models.training.recall.calibrate SHARED --work DIR``.

Logistic regression on the ``tune`` songs of ``benchmarks.recall``: each query once with its tune in the answer, where
the right tune should be sure, and once with it taken out, where nothing should. Every song weighs the same. Prints
weights and what each threshold would do.
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks.recall import collection, real_queries
from core.recall.match import _aligned
from core.recall.verdict import features


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps the index and what was heard")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    index = collection(args.shared, args.work / "all.tunes")
    rows, right, songs = [], [], []
    for song, query, wanted, hidden in real_queries(args.shared, args.work, "tune"):
        named = [(index.name(tune)[0], nats) for (_, tune), nats in _aligned([index], query).items()]
        named = [(name, nats) for name, nats in named if name not in hidden]
        nats = np.array([nats for _, nats in named])
        names = [name for name, _ in named]
        if wanted in names:
            at = names.index(wanted)
            rows += [features(nats, len(query))[at], features(np.delete(nats, at), len(query))[0]]
            right += [True, False]
        else:
            rows.append(features(nats, len(query))[0])
            right.append(False)
        songs += [song] * (len(rows) - len(songs))
    x, y = np.array(rows), np.array(right)
    share = Counter(songs)
    weight = np.array([1 / share[song] for song in songs])

    def loss(b: np.ndarray) -> float:
        z = x @ b
        return float(weight @ (np.logaddexp(0, z) - y * z) + 0.02 * (b[:3] ** 2).sum())

    best = minimize(loss, np.zeros(4)).x
    print("nats, lead, notes, bias:", best.round(3))
    sure = 1 / (1 + np.exp(-x @ best))
    for threshold in np.arange(0.3, 0.9, 0.05):
        print(f"known from {threshold:.2f}: {np.mean(sure[y] >= threshold):.2f} of right tunes, "
              f"{np.mean(sure[~y] >= threshold):.2f} of others")


if __name__ == "__main__":
    main()
