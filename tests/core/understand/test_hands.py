from hypothesis import given
from hypothesis import strategies as st

from core.music import SungNote
from core.understand.hands import HANDS, LEFT, RIGHT, split_hands


def note(onset, pitch):
    return SungNote(onset, onset + 0.4, float(pitch))


def test_a_tune_over_chords_takes_two_hands():
    tune = [note(i * 0.5, 72 + (i * 3) % 8) for i in range(16)]
    chords = [note(i * 1.0, root) for i in range(8) for root in (43, 48, 52)]
    assert set(split_hands(tune)) == {RIGHT}
    hands = split_hands(tune + chords)
    assert hands == (RIGHT,) * 16 + (LEFT,) * 24


def test_the_split_follows_the_music_down():
    """Both hands low: the right one still has the upper of two lines an octave and a half apart."""
    upper = [note(i * 0.5, 57 + i % 3) for i in range(16)]
    lower = [note(i * 0.5, 36 + i % 3) for i in range(16)]
    assert split_hands(upper + lower) == (RIGHT,) * 16 + (LEFT,) * 16


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(21, 108)), max_size=40))
def test_of_notes_that_begin_together_the_right_hand_has_the_upper_ones(rows):
    notes = [note(0.5 * round(2 * t), p) for t, p in rows]
    hands = split_hands(notes)
    assert len(hands) == len(notes)
    assert set(hands) <= set(HANDS)
    for a, of_a in zip(notes, hands, strict=True):
        for b, of_b in zip(notes, hands, strict=True):
            if a.onset_s == b.onset_s and a.pitch_midi < b.pitch_midi:
                assert (of_a, of_b) != (RIGHT, LEFT)
