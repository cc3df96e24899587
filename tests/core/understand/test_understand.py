import numpy as np
import pytest

from core.music import Key, SungNote
from core.understand import understand

FRERE = [(0, 1, 60), (1, 1, 62), (2, 1, 64), (3, 1, 60), (4, 1, 60), (5, 1, 62), (6, 1, 64), (7, 1, 60),
         (8, 1, 64), (9, 1, 65), (10, 2, 67), (12, 1, 64), (13, 1, 65), (14, 2, 67),
         (16, .5, 67), (16.5, .5, 69), (17, .5, 67), (17.5, .5, 65), (18, 1, 64), (19, 1, 60),
         (20, .5, 67), (20.5, .5, 69), (21, .5, 67), (21.5, .5, 65), (22, 1, 64), (23, 1, 60),
         (24, 1, 60), (25, 1, 55), (26, 2, 60), (28, 1, 60), (29, 1, 55), (30, 2, 60)]


def sung(rows, bpm=100.0, start=0.4, legato=0.95, seed=None):
    rng = np.random.default_rng(seed)
    beat = 60 / bpm
    jitter = (lambda: rng.normal(0, 0.015)) if seed is not None else (lambda: 0.0)
    return [SungNote(start + on * beat + jitter(), start + (on + dur * legato) * beat, pitch)
            for on, dur, pitch in rows]


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_well_known_tune_is_understood(seed):
    melody = understand(sung(FRERE, seed=seed))
    assert melody.bpm == pytest.approx(100, rel=0.02)
    assert str(melody.meter) == "4/4"
    assert melody.key == Key(0, "major")
    assert [(n.onset_beats, n.duration_beats, n.pitch) for n in melody.notes] == FRERE


def test_whole_tones_up_is_whole_tones_up():
    low, high = understand(sung(FRERE, seed=3)), understand(sung([(a, d, p + 4) for a, d, p in FRERE], seed=3))
    assert high == low.transposed(4)


def test_wishes_are_taken_as_given():
    melody = understand(sung(FRERE, seed=4), bpm=50, key=Key(9, "minor"))
    assert melody.bpm == pytest.approx(50, rel=0.05)
    assert melody.key == Key(9, "minor")


def test_three_notes_make_a_melody():
    melody = understand(sung([(0, 1, 60), (1, 1, 62), (2, 2, 64)]))
    assert len(melody.notes) == 3
    assert 50 <= melody.bpm <= 200


def test_nothing_makes_an_empty_melody():
    assert understand([]).notes == ()
