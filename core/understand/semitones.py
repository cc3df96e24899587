"""The whole semitones that were meant, from fractional pitches.

Untrained singers choose a tuning of their own, drift in it, and miss notes by a quarter of a semitone (Pfordresher &
Brown 2007; Dai, Mauch & Dixon 2015, "Analysis of intonation trajectories in solo singing"). So the tuning is a
circular mean of the notes' distances from the semitone grid (Dressler & Streich 2007) that follows the singer over
several seconds, and the semitones are the cheapest path through the grid in every major and minor key at once: a
note pays for its distance from the grid, an interval for its distance from the sung one, and both for how rarely
melodies go that way (the musicological model of Ryynänen & Klapuri 2004, here a trigram learned from 21,600 melodies:
models/intervals.md). Who sings out of tune is helped more: the learned part weighs as much as the notes scatter.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from core.music import SungNote

MODEL = Path(__file__).resolve().parents[2] / "models" / "intervals.npz"
WIDEST = 12               # wider intervals count as an octave
FIRST = 2 * WIDEST + 1    # the index of "no interval before"
TUNING_S = 6.0            # how fast the tuning may wander (standard deviation of the surroundings)
# The prices were chosen on sung lead sheets (sing.py, the tuning part) and on tunes that several SSVD singers sing.
INTERVAL_PRICE = 0.15
PRIOR_PRICE = 2.5         # times the variance of the notes about the grid
USUAL_VARIANCE, USUAL_NOTES = 0.05, 20   # semitones², believed as if from so many notes
MOST_PRIOR = 0.25
MODES, TONICS = np.repeat([0, 1], 12), np.tile(np.arange(12), 2)


def meant_pitches(notes: Sequence[SungNote]) -> np.ndarray:
    """(notes,) whole MIDI numbers as floats, of notes in order of onset."""
    sung = np.array([note.pitch_midi for note in notes])
    if len(sung) < 3:
        return np.round(sung)
    near = _surroundings(notes)
    tuning = _first_tuning(near, sung)
    prior = min(PRIOR_PRICE * _variance(sung - tuning), MOST_PRIOR)
    meant = _best_path(sung, tuning, prior)
    # which semitones were meant tells the tuning better than the notes alone did
    return _best_path(sung, near @ (sung - meant) / near.sum(1), prior)


def key_likelihoods(pitches: np.ndarray) -> np.ndarray:
    """(2 modes, 12 tonics): log likelihood of (notes,) whole MIDI pitches, in each key, by the same trigram."""
    learned = _learned()
    degree = (pitches[:, None] - TONICS) % 12  # (notes, keys)
    total = learned["start"][MODES, degree[0]]
    if len(pitches) > 1:
        interval = np.clip(np.diff(pitches), -WIDEST, WIDEST) + WIDEST
        before = np.concatenate([[FIRST], interval[:-1]])
        total = total + learned["moves"][MODES, before[:, None], degree[:-1], interval[:, None]].sum(0)
    return np.asarray(total.reshape(2, 12), float)


def _surroundings(notes: Sequence[SungNote]) -> np.ndarray:
    """(notes, notes) weights: long notes near in time tell each note's tuning."""
    weight = np.array([min(note.duration_s, 1.0) for note in notes])
    onset = np.array([note.onset_s for note in notes])
    return np.exp(-0.5 * ((onset[:, None] - onset[None, :]) / TUNING_S) ** 2) * weight + 1e-6


def _first_tuning(near: np.ndarray, sung: np.ndarray) -> np.ndarray:
    """Each note's tuning offset in semitones: that of its surroundings, near to that of the whole take."""
    turn = np.exp(2j * np.pi * sung)
    local = np.angle(near @ turn)
    return np.unwrap(np.concatenate([[np.angle(near.sum(0) @ turn)], local]))[1:] / (2 * np.pi)


def _variance(tuned: np.ndarray) -> float:
    """Of the distances from the grid in semitones², by the resultant of their directions (Mardia & Jupp 2000)."""
    count = len(tuned)
    resultant = (count * abs(np.exp(2j * np.pi * tuned).mean()) ** 2 - 1) / (count - 1)
    scatter = -np.log(np.clip(resultant, 0.01, 1.0)) / (4 * np.pi ** 2)
    return float((count * scatter + USUAL_NOTES * USUAL_VARIANCE) / (count + USUAL_NOTES))


def _best_path(sung: np.ndarray, tuning: np.ndarray, prior: float) -> np.ndarray:
    """Viterbi over pairs of neighbours, three candidates a note, in each of the 24 keys."""
    learned = _learned()
    candidates = np.round(sung - tuning)[:, None] + np.array([-1, 0, 1])             # (notes, 3)
    own = (sung - tuning)[:, None] - candidates
    error = sung[:, None] - candidates
    whole = candidates.astype(int)
    degree = (whole[:, None, :] - TONICS[:, None]) % 12                                   # (notes, keys, 3)
    interval = np.clip(whole[1:, None, :] - whole[:-1, :, None], -WIDEST, WIDEST) + WIDEST     # (notes - 1, 3, 3)
    strain = INTERVAL_PRICE * (error[1:, None, :] - error[:-1, :, None]) ** 2 + own[1:, None, :] ** 2
    mode = MODES[:, None, None]
    start = own[0] ** 2 - prior * learned["start"][MODES[:, None], degree[0]]
    total = start[:, :, None] + strain[0] - prior * learned["moves"][mode, FIRST, degree[0][:, :, None], interval[0]]
    came_from = []
    for i in range(1, len(interval)):
        expected = learned["moves"][mode[..., None], interval[i - 1][:, :, None], degree[i][:, None, :, None],
                                    interval[i][None, None]]
        ways = total[..., None] - prior * expected                                # (keys, 3 before, 3 here, 3 next)
        came_from.append(ways.argmin(1))
        total = ways.min(1) + strain[i]
    key, before, last = np.unravel_index(total.argmin(), total.shape)
    path = [last, before]
    for step in reversed(came_from):
        path.append(step[key, path[-1], path[-2]])
    return candidates[np.arange(len(sung)), path[::-1]]


@cache
def _learned() -> dict[str, np.ndarray]:
    with np.load(MODEL) as stored:
        return {name: stored[name].astype(float) for name in stored.files}
