"""What comes back from a search."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Match:
    """A tune a query may be: ``score`` 0..1 is the probability, as far as could be calibrated, that it is this one;
    ``known`` says whether that is enough to name it."""

    id: str
    title: str
    score: float
    known: bool
