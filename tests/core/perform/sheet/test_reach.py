"""What two hands can take."""

from hypothesis import given
from hypothesis import strategies as st

from core.perform.sheet.quantize import Placed
from core.perform.sheet.reach import MOST_LEFT, MOST_RIGHT, REACH, within_reach


def struck(*pitches: int, onset: int = 0) -> list[Placed]:
    return [Placed(onset, onset + 24, pitch) for pitch in pitches]


def test_a_note_out_of_one_hands_reach_goes_to_the_other() -> None:
    right, left = within_reach(struck(72, 76), struck(40, 47, 64))
    assert [n.pitch for n in right] == [64, 72, 76] and [n.pitch for n in left] == [40, 47]


def test_doublings_go_first_from_a_full_chord() -> None:
    right, left = within_reach(struck(67, 70, 72, 76, 79), struck(36, 43, 48, 50))
    assert [n.pitch for n in right] == [70, 72, 76, 79]
    assert [n.pitch for n in left] == [36, 43, 50]


chords = st.lists(st.tuples(st.sampled_from([0, 12, 24]), st.integers(28, 96)), max_size=24)


@given(chords, chords)
def test_hands_hold_what_they_reach_and_keep_top_and_bass(high, low) -> None:
    right, left = ([Placed(onset, onset + 12, pitch) for onset, pitch in rows] for rows in (high, low))
    made = within_reach(right, left)
    for hand, most in zip(made, (MOST_RIGHT, MOST_LEFT), strict=True):
        for onset in {note.onset for note in hand}:
            pitches = [note.pitch for note in hand if note.onset == onset]
            assert len(pitches) == len(set(pitches)) <= most and max(pitches) - min(pitches) <= REACH
    for onset in {note.onset for note in right}:
        top = max(note.pitch for note in right if note.onset == onset)
        assert any(note.onset == onset and note.pitch == top for note in made[0])
    for onset in {note.onset for note in left}:
        bass = min(note.pitch for note in left if note.onset == onset)
        assert any(note.onset == onset and note.pitch == bass for note in made[1])
