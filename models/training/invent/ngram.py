"""The floor of the comparison: variable-order Markov chains over events, smoothed after Witten and Bell (1991).

Pitch is predicted from up to ``order`` events before it within style and mode, duration from the durations before it,
the place in the bar and the pitch's being a rest; every order leans on the one below, the lowest on all styles.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from core.compose.invent import tokens as t
from models.training.invent.windows import Window


class Chain:
    """Witten-Bell interpolation along a list of contexts, the most special last."""

    def __init__(self, symbols: int) -> None:
        self.symbols = symbols
        self.counts: dict[Hashable, Counter] = defaultdict(Counter)

    def add(self, contexts: Sequence[Hashable], symbol: int) -> None:
        for context in contexts:
            self.counts[context][symbol] += 1

    def probability(self, contexts: Sequence[Hashable], symbol: int) -> float:
        p = 1 / self.symbols
        for context in contexts:
            seen = self.counts.get(context)
            if seen:
                total, kinds = seen.total(), len(seen)
                p = (seen[symbol] + kinds * p) / (total + kinds)
        return p


class NGram:
    """Learns from windows; :meth:`nll` judges them."""

    def __init__(self, order: int = 4) -> None:
        self.order = order
        self.pitch, self.duration = Chain(t.PITCHES), Chain(len(t.DURATIONS))

    def _contexts(self, window: Window) -> Iterator[tuple[list[Hashable], list[Hashable], t.Event]]:
        events, style, mode = window.events, window.style, window.frame.key.is_minor
        for i, event in enumerate(events):
            before = [(e.pitch, e.duration) for e in events[max(0, i - self.order):i]]
            place = event.onset % window.frame.bar
            pitches = [("all", mode), *(("all", mode, *(p for p, _ in before[-k:])) for k in range(1, len(before) + 1)),
                       (style, mode, place), *((style, mode, *(p for p, _ in before[-k:])) for k in
                                               range(1, len(before) + 1))]
            meter = str(window.frame.meter)
            durations = [("all",), ("all", meter, place), (style, meter, place, event.sounds),
                         *((style, meter, place, event.sounds, *(d for _, d in before[-k:]))
                           for k in range(1, len(before) + 1))]
            yield pitches, durations, event

    def learn(self, windows: Sequence[Window]) -> "NGram":
        for window in windows:
            for pitches, durations, event in self._contexts(window):
                self.pitch.add(pitches, event.pitch)
                self.duration.add(durations, event.duration)
        return self

    def nll(self, window: Window) -> float:
        """Nats of the whole window."""
        return -sum(float(np.log(self.pitch.probability(pitches, event.pitch))
                          + np.log(self.duration.probability(durations, event.duration)))
                    for pitches, durations, event in self._contexts(window))
