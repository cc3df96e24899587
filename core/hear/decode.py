"""From activations to notes: the likeliest path through silence and notes.

The network's peaks are the only places where something may happen. Over them runs a Viterbi search with two
states, silence and note: every peak is taken or passed over at the price of its probability, and every frame
between two events pays for being inside or outside of a note. So a weak onset is believed where the activity
around it agrees, and a strong one starts a new note within a sounding one (a repeated or a joined note).
Event-based decoding follows Ryynänen & Klapuri (2008) and Yong, Su & Nam (2023) in having onset, offset and
silence as states of their own.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.hear.features import HOP_S
from core.hear.network import Activations

CERTAIN = 50.0
SPREAD_FRAMES = 3.0   # half the width of the triangles the network was taught


@dataclass(frozen=True)
class Decoding:
    """How peaks become notes. ``onset_bias`` and ``offset_bias`` are log-odds added to every peak.

    None of it is critical: every value halved or doubled moves F1 on unseen singers by less than 0.01.
    """

    onset_bias: float = 0.5
    offset_bias: float = 0.5
    offset_weight: float = 0.5
    activity_weight: float = 0.6
    blur: int = 6                # frames to each side over which an event's probability is gathered
    faintest: float = 0.08       # no event where the activation is lower
    shortest_s: float = 0.05


class Event(NamedTuple):
    """A place where a note may begin or end; ``odds`` is what taking it gains."""

    frame: float
    odds: float
    is_onset: bool


class Path(NamedTuple):
    """The events taken, last first."""

    event: Event
    before: "Path | None"


def spans(heard: Activations, how: Decoding = Decoding()) -> list[tuple[float, float]]:
    """Onset and offset in seconds of every note, in order, without overlap."""
    sounding = _log_odds(heard.active)
    gained = np.concatenate([[0.0], np.cumsum(sounding)]) * how.activity_weight
    events = [Event(t, _logit(p) + how.onset_bias, True)
              for t, p in _peaks(_mass(heard.onset, how.blur), how.faintest)]
    events += [Event(t, how.offset_weight * (_logit(p) + how.offset_bias), False)
               for t, p in _peaks(_mass(heard.offset, how.blur), how.faintest)]
    # where the activity falls a note may end although the network named no place
    falls = np.flatnonzero((heard.active[:-1] >= 0.5) & (heard.active[1:] < 0.5))
    events += [Event(float(t), -0.5, False) for t in falls]
    events.sort(key=lambda event: event.frame)
    return [(a * HOP_S, b * HOP_S) for a, b in _best_path(events, gained)
            if (b - a) * HOP_S >= how.shortest_s]


def _mass(curve: np.ndarray, half: int) -> np.ndarray:
    """How many events lie within about ``half`` frames: a certain one is a triangle of mass SPREAD_FRAMES.

    The network spreads an onset it cannot place; the best guess is where most of it lies within the tolerance,
    not the tallest of several small peaks.
    """
    if not half:
        return curve
    kernel = np.hanning(2 * half + 3)[1:-1]
    triangle = np.maximum(0, 1 - np.abs(np.arange(-half, half + 1)) / SPREAD_FRAMES)
    return np.convolve(curve, kernel, "same")[:len(curve)] / (kernel @ triangle)


def _best_path(events: list[Event], gained: np.ndarray) -> list[tuple[float, float]]:
    """Viterbi over the events. ``gained`` is the running price of sounding, frame by frame."""
    events = [*events, Event(len(gained) - 1.0, CERTAIN, False)]  # nothing sounds beyond the end
    prices = np.diff(np.interp([0.0] + [event.frame for event in events], np.arange(len(gained)), gained))
    silent, noted = 0.0, -np.inf
    silent_path: Path | None = None
    noted_path: Path | None = None
    for event, price in zip(events, prices, strict=True):
        noted += float(price)
        if event.is_onset:
            before = noted_path if noted > silent else silent_path
            if max(noted, silent) + event.odds > noted:
                noted, noted_path = max(noted, silent) + event.odds, Path(event, before)
        elif noted + event.odds > silent:
            silent, silent_path = noted + event.odds, Path(event, noted_path)
    notes: list[tuple[float, float]] = []
    path, end = silent_path, 0.0
    while path is not None:
        event, path = path
        if event.is_onset:
            notes.append((event.frame, end))
        end = event.frame
    return notes[::-1]


def _peaks(curve: np.ndarray, least: float) -> list[tuple[float, float]]:
    """Local maxima as (frame, fractional; height), not nearer to each other than 40 ms."""
    padded = np.pad(curve, 4, mode="constant", constant_values=-1)
    around = np.lib.stride_tricks.sliding_window_view(padded, 9)[:len(curve)].max(1)
    found = []
    for i in np.flatnonzero((curve >= around) & (curve >= least)).tolist():
        before, here, after = (float(p) for p in padded[i + 3:i + 6])
        before, after = (here if p < 0 else p for p in (before, after))  # at the ends
        bend = before - 2 * here + after
        shift = 0.5 * (before - after) / bend if bend < -1e-6 else 0.0
        found.append((min(max(i + min(max(shift, -0.5), 0.5), 0.0), len(curve) - 1.0), here))
    return found


def _logit(p: float) -> float:
    p = min(max(p, 1e-3), 1 - 1e-3)
    return float(np.log(p / (1 - p)))


def _log_odds(p: np.ndarray) -> np.ndarray:
    clipped = np.clip(p, 0.02, 0.98)
    return np.log(clipped / (1 - clipped))
