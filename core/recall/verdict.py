"""From alignment scores to one number one can trust: how likely is it that this is the tune?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Logistic regression on queries whose tune was in the index and queries whose tune was not
# (models/training/recall/calibrate.py): nats of the alignment a note, nats above the crowd, nats above the next
# other melody, log of the query's notes.
WEIGHTS = {"fit": 1.19, "lead": 0.35, "margin": 0.3, "notes": -3.08, "bias": 2.34}
CROWD = slice(10, 25)  # ranks whose mean is what chance gives among so many tunes
KNOWN = 0.45  # of songs left out in turn one unknown tune in thirty is given a name from here on
ENOUGH = 10  # notes; with fewer there is never full certainty, and below six of them none to name a tune by


def features(nats: NDArray[np.floating[Any]], same: NDArray[np.bool_], notes: int) -> NDArray[np.float64]:
    """(tunes, 5): what the verdict weighs, of scores (tunes,) best first; ``same`` (tunes,): the best one's melody."""
    nats = np.maximum(nats, 0.0)  # what fits worse than by chance fits not at all
    crowd = nats[CROWD] if len(nats) > CROWD.start else np.zeros(1)
    others = nats[~same]
    margin = np.where(same, nats - (others[0] if len(others) else crowd.mean()), nats - nats[0])
    return np.stack([nats / max(notes, 1), nats - crowd.mean(), margin, np.full(len(nats), np.log(max(notes, ENOUGH))),
                     np.ones(len(nats))], 1)


def calibrated(nats: NDArray[np.floating[Any]], same: NDArray[np.bool_], notes: int) -> NDArray[np.float64]:
    """Probabilities (tunes,) of alignment scores (tunes,), best first, of a query of so many notes."""
    if not len(nats):
        return np.zeros(0)
    weight = np.array(list(WEIGHTS.values()))
    sure = 1 / (1 + np.exp(-np.clip(features(nats.astype(float), same, notes) @ weight, -30, 30)))
    return sure * min(1.0, notes / ENOUGH)
