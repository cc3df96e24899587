"""Counts for the hidden Markov model: what follows what, when chords change, which tones sound over them."""

from itertools import pairwise

import numpy as np

from core.compose.harmony_frames import Frames, melody_frames
from core.theory import CHORD_SHAPES
from models.training.harmony.sheets import FAMILY_OF, Sheet, frame_labels

STATES = 48
FAMILY_INDEX = np.array([FAMILY_OF[quality] for quality in CHORD_SHAPES])


def relative_states(sheet: Sheet, frames: Frames) -> np.ndarray:
    """(frames,) states 4 * (root above the signature's tonic) + family, -1 where there is no chord."""
    assert sheet.signature_pc is not None
    roots, kinds = frame_labels(sheet, frames.start_beats, len(frames))
    return np.where(roots >= 0, (roots - sheet.signature_pc) % 12 * 4 + FAMILY_INDEX[kinds], -1)


def count(sheets: list[Sheet]) -> dict[str, np.ndarray]:
    """Smoothed log probabilities: ``transition`` (48, 48) given a change, ``change`` (3,) by metrical strength,
    ``start`` and ``end`` (2, 48) by mode, ``tones`` (48, 12) of melody over state, ``mode`` (2,),
    ``quality`` (48, qualities) by state."""
    transition, tones = np.zeros((STATES, STATES)), np.zeros((STATES, 12))
    quality = np.zeros((STATES, len(CHORD_SHAPES)))
    change, start, end = np.zeros((3, 2)), np.zeros((2, STATES)), np.zeros((2, STATES))
    for sheet in sheets:
        frames = melody_frames(sheet.melody)
        states = relative_states(sheet, frames)
        heard = np.roll(frames.sounding, -sheet.signature_pc, 1)
        known = np.flatnonzero(states >= 0)
        if not len(known):
            continue
        start[int(sheet.minor), states[known[0]]] += 1
        end[int(sheet.minor), states[known[-1]]] += 1
        np.add.at(tones, states[known], heard[known])
        for a, b in pairwise(known):
            if b == a + 1:
                changed = int(states[a] != states[b])
                change[frames.strength[b], changed] += 1
                if changed:
                    transition[states[a], states[b]] += 1
        np.add.at(quality, (states[known], frame_labels(sheet, frames.start_beats, len(frames))[1][known]), 1)
    share = transition.sum(0) / transition.sum()
    transition += 20 * share + 0.02  # what is rare after this chord is as likely as it is elsewhere
    np.fill_diagonal(transition, 0)
    # A chord seldom met sounds like the same kind of chord on other degrees.
    family_tones = sum(np.roll(tones.reshape(12, 4, 12)[d], -d, 1) for d in range(12))
    family_tones /= family_tones.sum(1, keepdims=True)
    prior = np.stack([np.roll(family_tones, d, 1) for d in range(12)]).reshape(STATES, 12)
    tones += 40 * prior + 0.5
    family_quality = np.tile(quality.reshape(12, 4, -1).sum(0), (12, 1))
    quality += 60 * family_quality / family_quality.sum(1, keepdims=True) + 0.05
    mode = np.array([sum(not s.minor for s in sheets), sum(s.minor for s in sheets)], float)
    with np.errstate(divide="ignore"):
        return {
            "transition": np.log(transition / transition.sum(1, keepdims=True)),
            "change": np.log(change / change.sum(1, keepdims=True)),
            "start": np.log((start + 0.3) / (start + 0.3).sum(1, keepdims=True)),
            "end": np.log((end + 0.3) / (end + 0.3).sum(1, keepdims=True)),
            "tones": np.log(tones / tones.sum(1, keepdims=True)),
            "quality": np.log(quality / quality.sum(1, keepdims=True)),
            "mode": np.log(mode / mode.sum()),
        }
