"""The linear part of the key finder: multinomial logistic regression over the 24 keys of every tune."""

import numpy as np
from scipy.optimize import minimize

from core.compose.harmony_frames import Frames
from core.compose.harmony_key import KEY_FEATURES, key_features
from core.compose.harmony_model import Statistics

RIDGE = 0.3


def fit(tunes: list[tuple[Frames, int, bool]], stats: Statistics) -> np.ndarray:
    """(KEY_FEATURES,) weights from (frames, signature_pc, minor) of tunes whose key is known."""
    rows = np.array([key_features(frames, stats) for frames, _, _ in tunes])
    truth = np.array([2 * pc + int(minor) for _, pc, minor in tunes])
    right = rows[np.arange(len(truth)), truth]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = rows @ weights
        odds = np.exp(scores - scores.max(1, keepdims=True))
        p = odds / odds.sum(1, keepdims=True)
        cost = -np.log(p[np.arange(len(truth)), truth] + 1e-12).sum() + RIDGE / 2 * (weights ** 2).sum()
        return cost, np.einsum("nk,nkf->f", p, rows) - right.sum(0) + RIDGE * weights

    return minimize(loss, np.zeros(KEY_FEATURES), jac=True, method="L-BFGS-B").x
