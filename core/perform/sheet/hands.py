"""Two hands out of one texture: where the right hand ends and the left begins, moment by moment.

A Viterbi path over split points: hands stay within their reach, meet where there is a gap, and move no more than they
must (after Nakamura, Ono & Sagayama 2014, "Merged-output HMM for piano fingering of both hands").
"""

from collections.abc import Sequence

import numpy as np

from core.music import Note

LOWEST, HIGHEST = 36, 84  # split points: the first pitch of the right hand
MIDDLE = 60
REACH = 14  # semitones a hand takes
MOVE, STRETCH, GAP, AWAY = 0.12, 1.0, 0.25, 0.03


def split_hands(notes: Sequence[Note]) -> tuple[list[Note], list[Note]]:
    """(left, right), each in order of onset."""
    slices = _slices(notes)
    points = np.arange(LOWEST, HIGHEST + 1)
    moves = MOVE * np.abs(points[:, None] - points)
    total = np.zeros(len(points))
    steps = []
    for group in slices:
        best = (total[:, None] + moves).argmin(0)
        steps.append(best)
        total = (total[:, None] + moves).min(0) + _cost(np.array([n.pitch for n in group]), points)
    at = int(total.argmin())
    path = []
    for best in reversed(steps):
        path.append(int(points[at]))
        at = int(best[at])
    left: list[Note] = []
    right: list[Note] = []
    for group, point in zip(slices, reversed(path), strict=True):
        for note in group:
            (right if note.pitch >= point else left).append(note)
    return left, right


def _slices(notes: Sequence[Note]) -> list[list[Note]]:
    """Notes that begin together (within a twelfth of a beat)."""
    groups: list[list[Note]] = []
    for note in sorted(notes, key=lambda n: (n.onset_beats, n.pitch)):
        if groups and note.onset_beats - groups[-1][0].onset_beats < 1 / 12:
            groups[-1].append(note)
        else:
            groups.append([note])
    return groups


def _cost(pitches: np.ndarray, points: np.ndarray) -> np.ndarray:
    """What each split point costs at one moment, shape (points,)."""
    cost = AWAY * np.abs(points - MIDDLE).astype(float)
    for i, point in enumerate(points):
        low, high = pitches[pitches < point], pitches[pitches >= point]
        for hand in (low, high):
            if len(hand):
                cost[i] += STRETCH * max(0, int(hand.max() - hand.min()) - REACH)
                cost[i] += 0.5 * max(0, len(hand) - 5)
        if len(low) and len(high):
            cost[i] -= GAP * min(8, int(high.min() - low.max()))
        if len(low):
            cost[i] += 0.12 * max(0, int(low.max()) - MIDDLE - 4)
        if len(high):
            cost[i] += 0.12 * max(0, MIDDLE - 4 - int(high.min()))
    return cost
