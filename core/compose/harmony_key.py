"""The key of a melody, found together with its harmony.

Every signature and mode is scored by the likelihood of the melody summed over all chord sequences (the forward
algorithm on the hidden Markov model) and by a learned linear look at which degrees sound, stand on bar lines,
begin and end the tune, in the way of Temperley, "Music and Probability" (2007), ch. 4, with harmony added.
"""

import numpy as np

from core.compose.harmony_frames import Frames
from core.compose.harmony_model import Floats, Statistics, statistics
from core.music import Key

DEGREE_FEATURES = 4 * 12
KEY_FEATURES = 2 * DEGREE_FEATURES + 2


def rank_keys(frames: Frames) -> list[tuple[Key, float]]:
    """All 24 major and minor keys with probabilities, best first."""
    stats = statistics()
    scores = key_features(frames, stats) @ stats.key
    odds = np.exp(scores - scores.max())
    probabilities = odds / odds.sum()
    ranked = [(Key(pc, "major") if mode == 0 else Key((pc + 9) % 12, "minor"), float(probabilities[2 * pc + mode]))
              for pc in range(12) for mode in (0, 1)]
    return sorted(ranked, key=lambda pair: -pair[1])


def key_features(frames: Frames, stats: Statistics) -> Floats:
    """(24, KEY_FEATURES): row 2 * pc + mode speaks for the signature of pc major, in major (0) or the relative
    minor (1): degrees heard, on bar lines, at the beginning and the end; likelihood of the harmony; mode."""
    heard = frames.sounding.sum(0)
    on_lines = frames.sounding[frames.strength == 2].sum(0)
    voiced = np.flatnonzero(frames.sounding.sum(1) > 0)
    first = last = np.zeros(12)
    if len(voiced):
        begun = voiced[(frames.strength[voiced] == 2) & (frames.at_start[voiced].sum(1) > 0)]
        first = frames.at_start[begun[0]] if len(begun) else frames.sounding[voiced[0]]
        last = frames.sounding[voiced[-1]]
    degrees = [weight * part / max(float(part.sum()), 1e-9)
               for weight, part in ((3, heard), (2, on_lines), (1, last), (1, first))]
    likelihood = harmony_likelihoods(frames, stats)
    relative = (likelihood - likelihood.max()) / np.sqrt(len(frames)) / 3
    rows = np.zeros((24, KEY_FEATURES))
    for pc in range(12):
        turned = np.concatenate([np.roll(part, -pc) for part in degrees])
        for mode in (0, 1):
            row = rows[2 * pc + mode]
            row[mode * DEGREE_FEATURES:(mode + 1) * DEGREE_FEATURES] = turned
            row[-2:] = relative[pc, mode], mode
    return rows


def harmony_likelihoods(frames: Frames, stats: Statistics) -> Floats:
    """(12 signatures, 2 modes): log likelihood of the melody over all chord sequences."""
    turned = np.stack([np.roll(frames.sounding, -pc, axis=1) for pc in range(12)])  # (12, frames, 12)
    emission = np.exp(turned @ stats.tones.T)
    keep, move = np.exp(stats.change[:, 0]), np.exp(stats.change[:, 1])
    transition = np.exp(stats.transition)
    belief = np.exp(stats.start)[None] * emission[:, 0, None]  # (12, 2, 48)
    total = np.zeros((12, 2))
    for frame in range(1, len(frames)):
        strength = frames.strength[frame]
        belief = keep[strength] * belief + move[strength] * (belief.reshape(24, -1) @ transition).reshape(12, 2, -1)
        belief *= emission[:, frame, None]
        scale = belief.sum(2, keepdims=True)
        belief /= scale
        total += np.log(scale[..., 0])
    return total + np.log((belief * np.exp(stats.end)).sum(2)) + stats.mode
