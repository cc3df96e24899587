"""Fit the log-linear key model of core/understand/key.py on lead sheets whose key is known.

    python -m models.training.rhythm.key SHARED FOLK.jsonl.gz POP.jsonl.gz [--out models/key.npz] [--final]

Hardly a lead sheet is in minor, so pop songs and folk tunes in minor join them at lower weight.
Without ``--final`` it learns from the training part; with it, from the tuning part too. The test part is never
looked at.
"""

import argparse
from pathlib import Path

import numpy as np

from core.understand.key import key_features
from models.training.rhythm.data import Tune, folk_tunes, lead_sheets, read_tunes
from models.training.rhythm.examples import key_class

PENALTY = 0.03
PIECES = 6
FOLK_TUNES = 2500
MAJOR_WEIGHT, MINOR_WEIGHT = 0.05, 1.0  # of a pop song or folk tune beside a lead sheet


def examples(
    tunes: list[Tune], rng: np.random.Generator, from_start: float, count: int = PIECES
) -> tuple[np.ndarray, np.ndarray]:
    """Features (pieces, 12, features) of pieces of up to 14 s, and their key classes (pieces,)."""
    features, keys = [], []
    for tune in tunes:
        rows, key = tune["notes"], key_class(tune["key"])
        gaps = [i + 1 for i in range(len(rows) - 12) if rows[i + 1][0] - rows[i][0] >= 1.5]
        for _ in range(count if key >= 0 else 0):
            start = 0 if not gaps or rng.uniform() < from_start else int(rng.choice(gaps))
            beats = 14 / 60 * np.exp(rng.uniform(np.log(56), np.log(190)))
            piece = np.array([row for row in rows[start:] if row[0] - rows[start][0] < beats], float)
            if len(piece) >= 8:
                features.append(key_features(piece[:, 0], piece[:, 1], piece[:, 2].astype(int)))
                keys.append(key)
    return np.stack(features), np.array(keys)


def fit(features: np.ndarray, keys: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(weights (2, features), bias (2,)) by penalised maximum likelihood over the 24 keys."""
    from scipy.optimize import minimize

    flat = features.reshape(-1, features.shape[2])
    mean, spread = flat.mean(0), flat.std(0) + 0.02
    scaled = (features - mean) / spread
    size = scaled.shape[2]
    truth = np.eye(24)[keys]
    share = (weight / weight.sum())[:, None]

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = x[: 2 * size].reshape(2, size), x[2 * size :]
        logits = (np.tensordot(scaled, weights.T, 1).transpose(0, 2, 1) + bias[None, :, None]).reshape(-1, 24)
        logits -= logits.max(1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(1, keepdims=True))
        error = ((np.exp(logits) - truth) * share).reshape(-1, 2, 12)
        slope = np.tensordot(error, scaled, ([0, 2], [0, 1])) + 2 * PENALTY * weights
        value = -(logits * truth * share).sum() + PENALTY * (weights**2).sum()
        return float(value), np.concatenate([slope.ravel(), error.sum((0, 2))])

    best = minimize(loss, np.zeros(2 * size + 2), jac=True, method="L-BFGS-B", options={"maxiter": 150}).x
    weights = best[: 2 * size].reshape(2, size) / spread
    return weights, best[2 * size :] - weights @ mean


def main(argv: list[str] | None = None) -> None:
    """Write the npz file and say how well it does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("shared", "folk", "pop"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--out", type=Path, default=Path("models/key.npz"))
    parser.add_argument("--final", action="store_true")
    options = parser.parse_args(argv)
    tuning = lead_sheets(options.shared, "tune")
    tunes = lead_sheets(options.shared, "train") + (tuning if options.final else [])
    rng = np.random.default_rng(1)
    features, keys = examples(tunes, rng, 0.5)
    folk = folk_tunes(options.folk, options.shared)
    others = [folk[i] for i in rng.permutation(len(folk))[:FOLK_TUNES]] + read_tunes(options.pop)
    more, more_keys = examples(others, rng, 0.7, 1)
    weight = np.concatenate([np.ones(len(keys)), np.where(more_keys >= 12, MINOR_WEIGHT, MAJOR_WEIGHT)])
    weights, bias = fit(np.concatenate([features, more]), np.concatenate([keys, more_keys]), weight)
    minor = more_keys >= 12
    logits = np.tensordot(more[minor], weights.T, 1).transpose(0, 2, 1) + bias[None, :, None]
    right = float((logits.reshape(-1, 24).argmax(1) == more_keys[minor]).mean())
    print("learned of", int(minor.sum()), "minor pop and folk tunes:", round(right, 3))
    features, keys = examples(tuning, np.random.default_rng(2), 1.0)
    logits = np.tensordot(features, weights.T, 1).transpose(0, 2, 1) + bias[None, :, None]
    print("right on the tuning part:", round(float((logits.reshape(-1, 24).argmax(1) == keys).mean()), 3))
    np.savez_compressed(options.out, weights=weights.astype(np.float32), bias=bias.astype(np.float32))


if __name__ == "__main__":
    main()
