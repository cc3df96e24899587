"""Sung rhythms as a person writes them."""

from itertools import pairwise

from core.music import Meter
from core.perform.sheet.quantize import Placed
from core.perform.sheet.simple import without_afterthought, without_strays

BEATS = [Placed(24 * beat, 24 * beat + 24, 60) for beat in range(12)]
FOUR = Meter(4, 4)


def line(*rows: tuple[int, int]) -> list[Placed]:
    """Quarter notes with these (onset, end) after them."""
    return [*BEATS, *(Placed(288 + onset, 288 + end, 62) for onset, end in rows)]


def onsets(notes: list[Placed]) -> list[int]:
    return [note.onset - 288 for note in notes[len(BEATS):]]


def test_a_lone_third_of_a_beat_becomes_a_half_or_the_beat_that_is_free() -> None:
    assert onsets(without_strays(line((0, 16), (16, 24), (24, 48)), FOUR)) == [0, 12, 24]
    assert onsets(without_strays(line((0, 12), (12, 16), (16, 24), (48, 72)), FOUR)) == [0, 12, 24, 48]


def test_triplets_of_three_and_thirds_all_over_stay() -> None:
    triplet = line((0, 8), (8, 16), (16, 24))
    assert without_strays(triplet, FOUR) == triplet
    shuffle = line(*((beat + at, beat + to) for beat in range(0, 240, 24) for at, to in ((0, 16), (16, 24))))
    assert without_strays(shuffle, FOUR) == shuffle


def test_a_lone_sixteenth_tied_over_a_beat_moves_to_it_and_a_dotted_rhythm_stays() -> None:
    assert onsets(without_strays(line((0, 18), (18, 48)), FOUR)) == [0, 24]
    assert onsets(without_strays(line((0, 18), (18, 24), (24, 48)), FOUR)) == [0, 18, 24]


def test_notes_keep_their_order_and_none_is_lost() -> None:
    made = without_strays(line((0, 18), (18, 30), (30, 40), (40, 56), (56, 72)), FOUR)
    assert len(made) == len(BEATS) + 5
    assert all(a.onset < b.onset and a.onset < a.end for a, b in pairwise(made))


def test_beats_of_three_eighths_are_left_alone() -> None:
    odd = line((0, 16), (16, 24))
    assert without_strays(odd, Meter(6, 8)) == odd


def test_a_short_noise_after_a_bar_of_silence_is_no_part_of_the_tune() -> None:
    assert without_afterthought(line((0, 24), (120, 130)), FOUR) == line((0, 24))
    for kept in (line((0, 24), (120, 168)), line((0, 24), (72, 82))):
        assert without_afterthought(kept, FOUR) == kept
