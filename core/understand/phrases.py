"""Bar lines where singers wait between phrases: the beat goes on, but a beat more or less than was written.

Every note has its say where the bar lines are (core.understand.barlines); where after a breath all say that they come
a beat later or earlier than before, the breath is made a beat shorter or longer. The cheapest path over (note, beats
waited) is found by dynamic programming.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.music import SungNote
from core.understand.barlines import BINS, FIRST, HALF_BEAT, METERS
from core.understand.quantize import TICKS

BREATH_S, HELD_S = 0.15, 0.9  # one may wait after a silence, or after a long note
PRICE, LEAST = 5.0, 1.0  # of a beat's wait, in the notes' log odds; and of one rounded up where it was rounded down
SHORTEST = 2 * HALF_BEAT  # ticks from the note before a breath to the one after it
Floats = NDArray[np.floating]


def without_waits(ticks: NDArray[np.int64], sung: Sequence[SungNote], bpm: float, votes: Floats, kind: int
                  ) -> NDArray[np.int64]:
    """The ticks (0 a bar line) with whole beats taken from, or added to, breaths.

    ``kind`` is the index of the meter; ``votes`` (notes, 20) are those of :class:`core.understand.barlines.Verdict`.
    """
    bins = BINS[kind]
    votes = votes[:, FIRST[kind]:FIRST[kind] + bins]  # by the half beats that the tune should come later
    step = 3 if METERS[kind].is_compound else 2  # half beats in a pulse
    states = np.arange(0, bins, step)
    onset = np.array([note.onset_s for note in sung])
    silence = onset[1:] - np.array([note.offset_s for note in sung[:-1]])
    may_wait = (silence > BREATH_S) | (np.diff(onset) > HELD_S)
    change = (states[None, :] - states[:, None] + bins // 2) % bins - bins // 2  # half beats added, (from, to)
    late = np.diff(onset) * bpm / 60 - np.diff(ticks) / TICKS  # beats that were sung beyond those written
    total = votes[0, states]  # wherever the first bar line is: only what changes on the way is used
    came = []
    for note in range(1, len(ticks)):
        room = ticks[note] - ticks[note - 1]
        allowed = (change == 0) | (may_wait[note - 1] & (room + change * HALF_BEAT >= SHORTEST))
        worse = np.abs(late[note - 1] - change * HALF_BEAT / TICKS) - np.abs(late[note - 1])
        price = np.where(change != 0, np.maximum(PRICE * worse, LEAST), 0.0)
        ways = np.where(allowed, total[:, None] - price, -np.inf)
        came.append(ways.argmax(0))
        total = ways.max(0) + votes[note, states]
    path = [int(total.argmax())]
    for best in reversed(came):
        path.append(int(best[path[-1]]))
    path.reverse()
    added = np.array([0] + [int(change[a, b]) for a, b in pairwise(path)])
    return ticks + HALF_BEAT * np.cumsum(added)
