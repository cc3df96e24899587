import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music import SungNote
from core.understand.semitones import meant_pitches

# the first phrases of Ode to Joy and of Frère Jacques, and a chromatic run
TUNES = ((64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64, 64, 62, 62), (60, 62, 64, 60, 60, 62, 64, 60, 64, 65, 67),
         tuple(range(60, 73)))


def line(pitches):
    return [SungNote(0.5 * i, 0.5 * i + 0.4, float(pitch)) for i, pitch in enumerate(pitches)]


def intervals(pitches):
    return [b - a for a, b in itertools.pairwise(pitches)]


@pytest.mark.parametrize("tune", TUNES)
@pytest.mark.parametrize("offset", [-0.3, 0.0, 0.42])
def test_who_sings_in_tune_is_believed_also_outside_of_a_scale(tune, offset):
    assert intervals(meant_pitches(line(np.array(tune) + offset))) == intervals(tune)


def test_the_tune_says_what_a_missed_note_was():
    sung = np.array(TUNES[0], float)
    sung[7] -= 0.55           # the D of "-ken" nearer to C sharp
    assert round(sung[7]) != TUNES[0][7]
    assert intervals(meant_pitches(line(sung))) == intervals(TUNES[0])


def test_it_helps_those_who_sing_out_of_tune():
    rng = np.random.default_rng(3)
    ours, rounded = [], []
    for _ in range(30):
        tune = np.array(TUNES[int(rng.integers(2))])
        sung = tune + rng.uniform(-0.5, 0.5) + rng.normal(0, 0.25, len(tune))
        ours.append(np.mean(np.diff(meant_pitches(line(sung))) == np.diff(tune)))
        rounded.append(np.mean(np.round(np.diff(sung)) == np.diff(tune)))
    assert np.mean(ours) > np.mean(rounded) + 0.05


def test_a_singer_who_sinks_is_followed():
    tune = np.tile(TUNES[0], 4)
    sung = tune - np.linspace(0, 1.2, len(tune))
    assert np.mean(np.diff(meant_pitches(line(sung))) == np.diff(tune)) > 0.9


@given(st.lists(st.floats(30, 96), max_size=8))
def test_every_note_gets_a_whole_semitone_near_to_it(pitches):
    meant = meant_pitches(line(pitches))
    assert meant.shape == (len(pitches),)
    assert np.all(meant == np.round(meant)) and np.all(np.abs(meant - np.array(pitches)) <= 2.1)
