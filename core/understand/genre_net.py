"""The genre networks behind melodies and drums: an ONNX file that names its own classes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.networks import open_session


class GenreNet:
    """``x`` (windows, features) -> ``logits`` (windows, classes); the classes stand in the file's metadata."""

    def __init__(self, path: Path) -> None:
        self._session = open_session(path, threads=1)  # a few thousand multiplications: a second thread only costs
        self.classes = tuple(self._session.get_modelmeta().custom_metadata_map["classes"].split(","))

    def probabilities(self, rows: NDArray[np.float32]) -> dict[str, float]:
        """One distribution for all windows of a tune: the softmax of their mean logits (a geometric mean)."""
        logits = self._session.run(None, {"x": rows})[0].mean(axis=0).astype(float)
        power = np.exp(logits - logits.max())
        return dict(zip(self.classes, (power / power.sum()).tolist(), strict=True))


def ranked(guess: Mapping[str, float]) -> dict[str, float]:
    """The same weights, made to sum to 1, likeliest first."""
    total = sum(guess.values())
    return {genre: guess[genre] / total for genre in sorted(guess, key=lambda genre: -guess[genre])}
