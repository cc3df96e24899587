from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.music import SungNote
from core.understand.hands import LEFT, RIGHT
from core.understand.pedal import find_pedal


def chord(at, until, *pitches):
    return [SungNote(at, until, p) for p in pitches]


def test_what_a_hand_can_hold_needs_no_foot():
    line = [SungNote(k * 0.5, k * 0.5 + 0.6, 60 + k) for k in range(12)]
    assert find_pedal(line + chord(0, 4, 40, 47, 52), [RIGHT] * 12 + [LEFT] * 3) == ()


def test_a_bass_that_sounds_on_under_far_chords_is_held_by_the_foot():
    bar = [*chord(0, 1.8, 31), *chord(0.6, 1.1, 55, 59, 62), *chord(1.2, 1.8, 55, 59, 62)]
    (start, end), = find_pedal(bar, [LEFT] * len(bar))
    assert 0 < start < 0.2
    assert end == 1.8


def test_the_pedal_is_changed_where_the_bass_moves():
    first = [*chord(0, 2.1, 31), *chord(0.6, 2.1, 55, 59, 62)]
    second = [*chord(2.0, 4.0, 36), *chord(2.6, 4.0, 55, 60, 64)]
    presses = find_pedal(first + second, [LEFT] * 8)
    assert any(1.9 <= up <= 2.0 for _, up in presses)
    assert any(2.0 < down < 2.2 for down, _ in presses)


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0.05, 4), st.integers(21, 108), st.booleans()), max_size=50))
def test_presses_follow_each_other(rows):
    presses = find_pedal([SungNote(a, a + d, p) for a, d, p, _ in rows], [RIGHT if r else LEFT for *_, r in rows])
    assert all(down < up for down, up in presses)
    assert all(a[1] <= b[0] for a, b in pairwise(presses))
