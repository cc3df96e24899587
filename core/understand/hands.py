"""Which hand plays which note: a split between left and right that moves with the music."""

from collections.abc import Sequence

import numpy as np

from core.music import SungNote

RIGHT, LEFT = "right hand", "left hand"
HANDS = (RIGHT, LEFT)
SAME_MOMENT_S = 0.035
SPLITS = np.arange(40, 82)     # the right hand takes this pitch and what lies above
NEUTRAL, SPAN = 60.0, 14.0     # middle C; what a hand reaches
MOVE_PRICE, SPAN_PRICE, NEUTRAL_PRICE, JUMP_PRICE, SPREAD_PRICE = 0.15, 0.6, 0.01, 0.06, 0.01
MEMORY_S = 1.0                 # a hand is where it played within this time


def split_hands(notes: Sequence[SungNote]) -> tuple[str, ...]:
    """RIGHT or LEFT for every note, in the order given.

    The cheapest path of a split point over the moments (Viterbi): a hand that reaches too far, leaves its place,
    or a split far from middle C costs something. A simple form of Nakamura, Ono & Sagayama 2014
    ("Merged-output HMM for piano fingering of both hands").
    """
    if not notes:
        return ()
    order = sorted(range(len(notes)), key=lambda i: notes[i].onset_s)
    moments: list[list[int]] = []
    for i in order:
        if moments and notes[i].onset_s - notes[moments[-1][0]].onset_s < SAME_MOMENT_S:
            moments[-1].append(i)
        else:
            moments.append([i])
    onsets = np.array([notes[i].onset_s for i in order])
    pitches = np.array([notes[i].pitch_midi for i in order])
    prices = []
    for moment in moments:
        here = np.array([notes[i].pitch_midi for i in moment])
        at = notes[moment[0]].onset_s
        near = pitches[np.searchsorted(onsets, at - MEMORY_S):np.searchsorted(onsets, at + MEMORY_S)]
        prices.append(_price(here, near))
    moves = MOVE_PRICE * np.abs(SPLITS[:, None] - SPLITS[None, :])
    total, came = prices[0], []
    for row in prices[1:]:
        ways = total[:, None] + moves
        came.append(ways.argmin(0))
        total = ways.min(0) + row
    path = [int(total.argmin())]
    for step in reversed(came):
        path.append(int(step[path[-1]]))
    hands = [RIGHT] * len(notes)
    for moment, choice in zip(moments, path[::-1], strict=True):
        for i in moment:
            hands[i] = RIGHT if notes[i].pitch_midi >= SPLITS[choice] else LEFT
    return tuple(hands)


def _price(here: np.ndarray, near: np.ndarray) -> np.ndarray:
    """(splits,) what each split of this moment costs. ``near``: pitches played around it."""
    out = NEUTRAL_PRICE * np.abs(SPLITS - NEUTRAL)
    for upper in (True, False):
        mine, around = ((x >= SPLITS[:, None]) == upper for x in (here, near))  # (splits, notes)
        any_mine = mine.any(1)
        high = np.where(mine, here, -np.inf).max(1, initial=-np.inf)
        low = np.where(mine, here, np.inf).min(1, initial=np.inf)
        place = (around * near).sum(1) / np.maximum(around.sum(1), 1)
        away = (mine * np.abs(here - place[:, None])).sum(1) / np.maximum(mine.sum(1), 1)
        span = np.maximum(0.0, np.where(any_mine, high, 0) - np.where(any_mine, low, 0) - SPAN)
        spread = (around * (near - place[:, None]) ** 2).sum(1) / len(near)
        out += SPAN_PRICE * span + JUMP_PRICE * away + SPREAD_PRICE * spread
    return out
