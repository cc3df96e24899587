"""How much each row counts in training."""

import numpy as np


def row_weights(labels: np.ndarray, collections: np.ndarray, owners: np.ndarray, power: float = 0.5) -> np.ndarray:
    """A weight for every row: classes alike, collections within a class by size ** power, tunes alike within those."""
    per_tune = np.bincount(owners)[owners]
    cell = np.array([f"{a}|{b}" for a, b in zip(labels, collections, strict=True)])
    weights = 1.0 / per_tune
    for name in np.unique(cell):
        inside = cell == name
        tunes = weights[inside].sum()
        weights[inside] *= tunes ** (power - 1)
    for label in np.unique(labels):
        weights[labels == label] /= weights[labels == label].sum()
    return weights / weights.sum()


def small_classes(labels: np.ndarray, owners: np.ndarray, even_from: int, power: float) -> np.ndarray:
    """A factor for every row: classes of fewer than ``even_from`` tunes count less, or they are learnt by heart."""
    tunes = np.bincount(labels[np.unique(owners, return_index=True)[1]])
    return np.minimum(1.0, tunes[labels] / even_from) ** power


def even(labels: np.ndarray) -> np.ndarray:
    """Weights that make every class alike; they sum to 1."""
    weights = 1.0 / np.bincount(labels)[labels]
    return weights / weights.sum()
