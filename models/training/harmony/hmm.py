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
    ``quality`` (48, qualities) by state, ``frequency`` (48,) of the states."""
    transition, tones = np.zeros((STATES, STATES)), np.zeros((STATES, 12))
    quality, frequency = np.zeros((STATES, len(CHORD_SHAPES))), np.zeros(STATES)
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
        np.add.at(frequency, states[known], 1)
        for a, b in pairwise(known):
            if b == a + 1:
                changed = int(states[a] != states[b])
                change[frames.strength[b], changed] += 1
                if changed:
                    transition[states[a], states[b]] += 1
        np.add.at(quality, (states[known], frame_labels(sheet, frames.start_beats, len(frames))[1][known]), 1)
    # A chord seldom met sounds like the same kind of chord on other degrees.
    family_tones = sum(np.roll(tones.reshape(12, 4, 12)[d], -d, 1) for d in range(12))
    family_tones /= family_tones.sum(1, keepdims=True)
    prior = np.stack([np.roll(family_tones, d, 1) for d in range(12)]).reshape(STATES, 12)
    tones += 40 * prior + 0.5
    mode = np.array([sum(not s.minor for s in sheets), sum(s.minor for s in sheets)], float)
    return {
        "transition": log_share(smooth_moves(transition)), "change": log_share(change),
        "start": log_share(start + 0.3), "end": log_share(end + 0.3), "tones": log_share(tones),
        "quality": log_share(smooth_quality(quality)), "mode": np.log(mode / mode.sum()),
        "frequency": np.log((frequency + 3) / (frequency + 3).sum()),
    }


def count_jazz(charts: list[Sheet]) -> dict[str, np.ndarray]:
    """``jazz_quality`` (48, qualities) and ``jazz_transition`` (48, 48) as in :func:`count`, from chords alone."""
    quality, transition = np.zeros((STATES, len(CHORD_SHAPES))), np.zeros((STATES, STATES))
    names = list(CHORD_SHAPES)
    for chart in charts:
        assert chart.signature_pc is not None
        states = [(root - chart.signature_pc) % 12 * 4 + FAMILY_OF[kind] for _, _, root, kind in chart.chords]
        for state, (_, duration, _, kind) in zip(states, chart.chords, strict=True):
            quality[state, names.index(kind)] += duration
        for a, b in pairwise(states):
            transition[a, b] += a != b
    return {"jazz_quality": log_share(smooth_quality(quality)), "jazz_transition": log_share(smooth_moves(transition))}


def smooth_moves(transition: np.ndarray) -> np.ndarray:
    """What is rare after this chord is as likely as it is elsewhere."""
    share = transition.sum(0) / transition.sum()
    smoothed = transition + 20 * share + 0.02
    np.fill_diagonal(smoothed, 0)
    return smoothed


def smooth_quality(quality: np.ndarray) -> np.ndarray:
    """A chord seldom met has the shapes of its family on other degrees."""
    family = np.tile(quality.reshape(12, 4, -1).sum(0), (12, 1))
    return quality + 60 * family / family.sum(1, keepdims=True) + 0.05


def log_share(counts: np.ndarray) -> np.ndarray:
    """Log of each row's shares."""
    with np.errstate(divide="ignore"):
        return np.log(counts / counts.sum(1, keepdims=True))
