import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music import Key, Meter, Note
from core.perform.sheet.bars import Signature
from core.perform.sheet.pieces import Piece, Player, written_even
from core.perform.sheet.swing import straight, swing_of, swung

EVEN_LINE = tuple(Note(k / 2, 0.5, 60 + k % 12) for k in range(48))


def played(notes, seed=1, sd=0.02):
    rng = np.random.default_rng(seed)
    return [Note(max(0.0, n.onset_beats + rng.normal(0, sd)), n.duration_beats, n.pitch) for n in notes]


@pytest.mark.parametrize("share", [0.6, 0.64, 2 / 3])
def test_swung_eighths_are_heard_and_written_even(share):
    notes = played(swung(EVEN_LINE, share))
    assert swing_of(notes) == pytest.approx(share, abs=0.02)
    piece = Piece((Player("Piano", 0, tuple(notes)),), (Signature(0.0, Meter(), Key()),), 120.0)
    even = written_even(piece)
    assert even.swing == pytest.approx(share, abs=0.02)
    off_beats = [n.onset_beats % 1 for n in even.notes][1::2]
    assert np.median(off_beats) == pytest.approx(0.5, abs=0.02)


def test_even_eighths_triplets_and_sixteenths_do_not_swing():
    assert swing_of(played(EVEN_LINE)) == 0.5
    assert swing_of(played([Note(k / 3, 0.3, 60) for k in range(72)])) == 0.5
    assert swing_of(played([Note(k / 4, 0.2, 60) for k in range(72)])) == 0.5


def test_a_jig_and_exact_triplets_stay_as_they_are():
    exact = swung(EVEN_LINE, 2 / 3)
    jig = Piece((Player("Piano", 0, tuple(played(exact))),), (Signature(0.0, Meter(6, 8), Key()),), 120.0)
    assert written_even(jig) is jig
    file = Piece((Player("Piano", 0, exact),), (Signature(0.0, Meter(), Key()),), 120.0)
    assert written_even(file) is file


@given(st.lists(st.tuples(st.floats(0, 64), st.floats(0.1, 4)), max_size=20), st.floats(0.52, 0.72))
def test_straight_undoes_swing(rows, share):
    notes = [Note(a, d, 60) for a, d in rows]
    again = straight(swung(notes, share), share)
    assert [n.onset_beats for n in again] == pytest.approx([n.onset_beats for n in notes], abs=1e-6)
