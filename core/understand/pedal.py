"""Where a pianist's foot must have been down: what sounds on although no hand could hold it."""

from collections.abc import Sequence
from itertools import groupby

from core.music import SungNote

REACH, FINGERS = 14, 5         # semitones, notes: more in one hand is held by the foot
SAME_MOMENT_S = 0.035
LAG_S = 0.06                   # the foot follows the hand
LIFT_S = 0.03                  # and comes up just before a new harmony
LATE_S = 0.15                  # a bass that ends so soon after the next began was to end with it
SHORTEST_S = 0.2
BRIDGED_S = 0.12               # presses that lie so near to each other are one

Press = tuple[float, float]
"""Seconds at which the pedal goes down and up."""


def find_pedal(notes: Sequence[SungNote], hands: Sequence[str]) -> tuple[Press, ...]:
    """The presses of the sustain pedal that explain how long the notes of each hand sound, in order.

    Whatever a hand cannot reach any more while it plays on is held by the foot, from its onset (a moment later: the
    foot follows) to its end, or until the bass moves: there the pedal is changed.
    """
    held: list[Press] = []
    for hand in sorted(set(hands)):
        held += _beyond_reach(sorted((n for n, of in zip(notes, hands, strict=True) if of == hand),
                                     key=lambda n: n.onset_s))
    changes = _bass_moves(notes)
    cut = [press for start, end in held for press in _cut(start + LAG_S, end, changes)]
    merged: list[Press] = []
    for start, end in sorted(cut):
        if merged and start - merged[-1][1] < BRIDGED_S and not any(merged[-1][1] <= c <= start for c in changes):
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif not merged or start >= merged[-1][1]:
            merged.append((start, end))
    return tuple((start, end) for start, end in merged if end - start >= SHORTEST_S)


def _beyond_reach(line: Sequence[SungNote]) -> list[Press]:
    """(onset, offset) of the notes that sound on while their hand plays where it cannot hold them."""
    sounding: list[SungNote] = []
    held: list[Press] = []
    for note in line:
        sounding = [old for old in sounding if old.offset_s > note.onset_s + SAME_MOMENT_S]
        crowd = len(sounding) >= FINGERS
        held += [(old.onset_s, old.offset_s) for old in sounding
                 if abs(old.pitch_midi - note.pitch_midi) > REACH or (crowd and old is sounding[0])]
        sounding.append(note)
    return held


def _bass_moves(notes: Sequence[SungNote]) -> list[float]:
    """Onsets of notes that become the lowest sounding one in place of another pitch class."""
    ordered = sorted(notes, key=lambda n: n.onset_s)
    moves: list[float] = []
    bass: SungNote | None = None
    for _, group in groupby(ordered, key=lambda n: round(n.onset_s / SAME_MOMENT_S)):
        lowest = min(group, key=lambda n: n.pitch_midi)
        if bass is None or lowest.pitch_midi <= bass.pitch_midi + 2 or lowest.onset_s >= bass.offset_s - LATE_S:
            if bass is not None and round(lowest.pitch_midi) % 12 != round(bass.pitch_midi) % 12:
                moves.append(lowest.onset_s)
            bass = lowest
    return moves


def _cut(start: float, end: float, changes: Sequence[float]) -> list[Press]:
    """A press, changed at every moment of ``changes`` inside it."""
    inside = [at for at in changes if start + LAG_S < at < end - LAG_S]
    edges = [start, *(edge for at in inside for edge in (at - LIFT_S, at + LAG_S)), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]
