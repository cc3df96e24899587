"""Figures that every genre table uses: balanced accuracy, top-k, calibration, folds onto three classes."""

from collections.abc import Sequence

import numpy as np

THREE = ("jazz", "electronic", "rock")


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities over the last axis."""
    power = np.exp(logits - logits.max(-1, keepdims=True))
    return power / power.sum(-1, keepdims=True)


def by_owner(logits: np.ndarray, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean logits over the rows (windows) of each owner (tune): (owners, (n, classes))."""
    ids, inverse = np.unique(owners, return_inverse=True)
    total = np.zeros((len(ids), logits.shape[1]))
    np.add.at(total, inverse, logits)
    return ids, total / np.bincount(inverse)[:, None]


def best_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature that makes tunes set aside likeliest, every class weighing alike (Guo et al. 2017)."""
    weights = 1.0 / np.bincount(labels)[labels]

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled = scaled - scaled.max(1, keepdims=True)
        logs = scaled - np.log(np.exp(scaled).sum(1, keepdims=True))
        return -float((weights * logs[np.arange(len(labels)), labels]).sum())

    return float(min(np.geomspace(0.1, 30.0, 120), key=loss))


def calm_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least calibration error on tunes set aside."""
    return float(min(np.geomspace(0.3, 5.0, 60), key=lambda t: calibration_error(softmax(logits / t), labels)))


def recalls(probability: np.ndarray, labels: np.ndarray, k: int = 1) -> dict[int, float]:
    """For each class that occurs, the share of its tunes whose k best guesses hold it."""
    best = np.argsort(-probability, axis=1)[:, :k]
    hit = (best == labels[:, None]).any(1)
    return {int(label): float(hit[labels == label].mean()) for label in np.unique(labels)}


def balanced(probability: np.ndarray, labels: np.ndarray, k: int = 1) -> float:
    """Mean recall over the classes that occur."""
    return float(np.mean(list(recalls(probability, labels, k).values())))


def calibration_error(probability: np.ndarray, labels: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error of the top guess, every class weighing alike (Naeini et al. 2015)."""
    weights = 1.0 / np.bincount(labels, minlength=probability.shape[1])[labels]
    weights /= weights.sum()
    confidence, hit = probability.max(1), probability.argmax(1) == labels
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for index in range(bins):
        inside = which == index
        if inside.any():
            error += abs(float((weights[inside] * (confidence[inside] - hit[inside])).sum()))
    return error


def restrict(probability: np.ndarray, classes: Sequence[str], wanted: Sequence[str] = THREE) -> np.ndarray:
    """The columns of some classes, in that order, made to sum to one."""
    part = probability[:, [list(classes).index(name) for name in wanted]]
    return part / np.maximum(part.sum(1, keepdims=True), 1e-12)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean and half-width of the 95 % interval of Student's t over seeds."""
    critical = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return float(np.mean(values)), critical.get(len(values), 2.0) * spread / max(len(values), 1) ** 0.5


def confusion(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Rows true, columns guessed, each row summing to one."""
    table = np.zeros((probability.shape[1], probability.shape[1]))
    np.add.at(table, (labels, probability.argmax(1)), 1)
    return table / np.maximum(table.sum(1, keepdims=True), 1)
