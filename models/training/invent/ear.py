"""Learn which style a tune sounds like: models/invent_ear.npz (needs scikit-learn).

    python -m models.training.invent.ear CACHE.pkl [--out models/]

It learns from every second training work only; the classifier of `benchmarks invent` learns from the others.
"""

import argparse
import hashlib
import pickle
from collections import defaultdict
from pathlib import Path

import numpy as np

from core.compose.invent.ear import features
from core.compose.invent.names import STYLES
from models.training.invent.windows import Window

MODELS = Path(__file__).resolve().parents[2]
MOST, LEAST_BARS = 600, 8  # windows of a style; bars in one
STRENGTH = 0.02  # of the regularization, inverse


def is_heard(work: str) -> bool:
    """Whether the ear learns from a work; its judge learns from the rest."""
    return hashlib.sha1(work.encode()).digest()[0] % 2 == 0


def main(argv: list[str] | None = None) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--out", type=Path, default=MODELS)
    args = parser.parse_args(argv)
    by_style: dict[str, list[Window]] = defaultdict(list)
    for window in pickle.loads(args.cache.read_bytes()):
        if window.part == "train" and window.frame.bars >= LEAST_BARS and is_heard(window.work):
            by_style[window.style].append(window)
    rows, names = [], []
    for index, style in enumerate(STYLES):
        for window in by_style[style][::max(1, len(by_style[style]) // MOST)]:
            rows.append(features(window.events, window.frame.key.is_minor, window.frame.bar))
            names.append(index)
    scaler = StandardScaler().fit(np.array(rows))
    judge = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=150)
    judge.fit(scaler.transform(np.array(rows)), names)
    weights = (judge.coef_ / scaler.scale_).T
    np.savez_compressed(args.out / "invent_ear.npz", weights=weights.astype(np.float32),
                        bias=(judge.intercept_ - scaler.mean_ @ weights).astype(np.float32))
    print(len(rows), "windows")


if __name__ == "__main__":
    main()
