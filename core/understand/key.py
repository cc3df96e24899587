"""The key of a melody that lies on its grid.

A log-linear model: how the tune's notes, its long, strong, first, last, highest and lowest notes, and its steps from
note to note fall on the degrees of a scale, weighed as learned from lead sheets (models/key.npz); a learned heir of the
key profiles of Krumhansl & Kessler (1982) and Temperley (1999). Added are how usual its steps are in each key (the
trigram of core.understand.semitones) and the votes of core.understand.barlines.
"""

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import theory
from core.music import Key, Melody
from core.understand import barlines
from core.understand.semitones import key_likelihoods

WEIGHTS = Path(__file__).resolve().parents[2] / "models" / "key.npz"
MODES = ("major", "minor")
# of the log-linear model, the trigram (by the root of the notes' number) and the network's votes
LINEAR_WEIGHT, STEPS_WEIGHT, VOTES_WEIGHT = 0.7, 0.3, 0.25
MINOR_BONUS = 0.25  # people hum in minor more often than the lead sheets it learned from are written in it
HOME_BEATS, HOME_SHARE = 1.9, 1.9  # a last note so long, and so much longer than the usual one, ends the tune
WHOLE_NOTES, WHOLE_BONUS = 45, 1.5  # so long a take is a whole tune: its last long note is the tonic
# What tells a mode: (name, the degree it has, the degree it has not), in semitones above the tonic
OWN_DEGREES = {"major": (("mixolydian", 10, 11), ("lydian", 6, 5)), "minor": (("dorian", 9, 8), ("phrygian", 1, 2))}
OWN_NOTES, OWN_SHARE, OUTSIDE_SHARE = 2, 0.04, 0.06
PART_NOTES, MODULATION_GAIN, PART_CHANCE = 14, 10.0, 0.5

Floats = NDArray[np.float64]


def rank_keys(melody: Melody) -> list[tuple[Key, float]]:
    """All major and minor keys with their probability, best first."""
    if not melody.notes:
        return [(Key(), 1.0)]
    onsets, durations, pitches = columns(melody)
    ticks = np.round(onsets * 12).astype(np.int64)
    votes = barlines.judge(ticks - ticks[0] // 12 * 12, durations * 12.0, pitches).keys
    usual = key_likelihoods(pitches) / np.sqrt(len(pitches))
    linear = key_scores(key_features(onsets, durations, pitches))
    scores = (LINEAR_WEIGHT * linear + STEPS_WEIGHT * usual).ravel() + VOTES_WEIGHT * votes
    scores[12:] += MINOR_BONUS
    if len(pitches) >= WHOLE_NOTES and comes_home(durations):
        scores[[pitches[-1] % 12, 12 + pitches[-1] % 12]] += WHOLE_BONUS
    chance = np.exp(scores - scores.max())
    chance /= chance.sum()
    order = np.argsort(-chance, kind="stable")
    return [(Key(int(i) % 12, MODES[int(i) // 12]), float(chance[i])) for i in order]


def find_keys(melody: Melody) -> tuple[Key, tuple[tuple[float, Key], ...]]:
    """The key a tune begins in, and the (bar line in beats, new key) where it plainly goes on in another; at most one.

    Plainly: both parts are long, each by itself is likeliest in its key, and the steps of the tune are far likelier in
    two keys than in one.
    """
    only = rank_keys(melody)[0][0]
    onsets, _, pitches = columns(melody)
    if len(pitches) < 2 * PART_NOTES:
        return in_mode(melody, only), ()
    bar = melody.meter.bar_beats
    whole = key_likelihoods(pitches).max()
    best, change = MODULATION_GAIN, 0.0
    for line in np.arange(np.ceil(onsets[PART_NOTES] / bar), onsets[-PART_NOTES] // bar + 1) * bar:
        split = int(np.searchsorted(onsets, line - 1e-6))
        gain = key_likelihoods(pitches[:split]).max() + key_likelihoods(pitches[split:]).max() - whole
        if gain >= best:
            best, change = float(gain), float(line)
    if not change:
        return in_mode(melody, only), ()
    split = int(np.searchsorted(onsets, change - 1e-6))
    parts = [replace(melody, notes=notes) for notes in (melody.notes[:split], melody.notes[split:])]
    (first, chance), (second, later_chance) = (rank_keys(part)[0] for part in parts)
    signatures = {theory.major_signature(key.tonic_pc, key.mode) for key in (first, second)}
    if min(chance, later_chance) < PART_CHANCE or len(signatures) == 1:
        return in_mode(melody, only), ()
    return in_mode(parts[0], first), ((change, in_mode(parts[1], second)),)


def in_mode(melody: Melody, key: Key) -> Key:
    """The key, named dorian, phrygian, lydian or mixolydian where the tune plainly is.

    Plainly: it sings the mode's own degree several times, never the one that major or minor would have, hardly a note
    outside the mode, and ends on the tonic.
    """
    if not melody.notes or (melody.notes[-1].pitch - key.tonic_pc) % 12:
        return key
    degrees = Counter((note.pitch - key.tonic_pc) % 12 for note in melody.notes)
    for mode, own, usual in OWN_DEGREES.get(key.mode, ()):
        named, count = replace(key, mode=mode), len(melody.notes)
        outside = sum(note.pitch % 12 not in named.scale for note in melody.notes)
        plain = degrees[own] >= max(OWN_NOTES, OWN_SHARE * count) and outside <= OUTSIDE_SHARE * count
        if plain and not degrees[usual]:
            return named
    return key


def columns(melody: Melody) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """(onsets, durations, pitches), beats and MIDI numbers, shape (notes,) each."""
    notes = melody.notes
    return (np.array([n.onset_beats for n in notes]), np.array([n.duration_beats for n in notes]),
            np.array([n.pitch for n in notes]))


def comes_home(durations: Floats) -> bool:
    """Whether the last note is held as at the end of a tune or phrase."""
    return float(durations[-1]) >= max(HOME_BEATS, HOME_SHARE * float(np.median(durations)))


def key_features(onsets: Floats, durations: Floats, pitches: NDArray[np.int64]) -> Floats:
    """What a melody (in beats) says of each pitch class as a tonic, shape (12 tonics, features)."""
    count = len(pitches)
    classes = pitches % 12
    length = np.clip(durations, 0.25, 4.0)
    steps = np.append(np.diff(onsets), durations[-1])
    place = np.arange(count)
    on_beat = np.abs(onsets - np.round(onsets)) < 0.01
    aspects = [np.ones(count), np.sqrt(length), length, on_beat * np.sqrt(length), place == count - 1, place == 0,
               steps >= 1.9, length == length.max(), pitches == pitches.min(), pitches == pitches.max()]
    rows = [np.bincount(classes, aspect, 12) / max(float(np.sum(aspect)), 1.0) for aspect in aspects]
    often = np.bincount(classes, minlength=12)
    profile = np.stack([*rows, often > 0, often > 1])  # (aspects, class)
    moves = np.zeros((12, 12))
    np.add.at(moves, (classes[:-1], classes[1:]), 1 / max(count - 1, 1))
    return np.stack([np.concatenate([np.roll(profile, -tonic, 1).ravel(),
                                     np.roll(moves, (-tonic, -tonic), (0, 1)).ravel()]) for tonic in range(12)])


def key_scores(features: Floats) -> Floats:
    """Logits, shape (2 modes, 12 tonics)."""
    weights = _weights()
    return weights["weights"] @ features.T + weights["bias"][:, None]


@cache
def _weights() -> dict[str, Floats]:
    with np.load(WEIGHTS) as stored:
        return {name: stored[name].astype(float) for name in stored.files}
