import pytest

from core.music import Key, Melody, Note
from core.understand.key import find_keys, in_mode, rank_keys

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


def in_key(tonic, mode, degrees):
    """Quarter notes on scale degrees (1 = tonic), the last one long."""
    scale = SCALES[mode]
    pitches = [60 + tonic + scale[(d - 1) % 7] + 12 * ((d - 1) // 7) for d in degrees]
    return Melody(tuple(Note(float(i), 4.0 if i + 1 == len(pitches) else 1.0, p) for i, p in enumerate(pitches)), 100.0)


TUNE = (1, 2, 3, 1, 3, 4, 5, 5, 6, 5, 4, 3, 2, 3, 2, 1)


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_a_plain_tune_is_in_its_key(tonic, mode):
    assert rank_keys(in_key(tonic, mode, TUNE))[0][0] == Key(tonic, mode)


def test_the_ranking_is_of_all_keys_and_sums_to_one():
    ranked = rank_keys(in_key(0, "major", TUNE))
    assert len({key for key, _ in ranked}) == 24
    assert sum(chance for _, chance in ranked) == pytest.approx(1)
    assert [chance for _, chance in ranked] == sorted((chance for _, chance in ranked), reverse=True)


@pytest.mark.parametrize("shift", [1, 2, 5, 7, 11])
def test_transposing_the_tune_transposes_the_ranking(shift):
    melody = in_key(3, "minor", (1, 3, 5, 4, 3, 2, 1, 7, 1))
    plain, moved = rank_keys(melody), rank_keys(melody.transposed(shift))
    assert [key.transposed(shift) for key, _ in plain[:5]] == [key for key, _ in moved[:5]]
    assert [c for _, c in plain[:5]] == pytest.approx([c for _, c in moved[:5]], abs=1e-6)


def test_no_notes_have_some_key():
    assert rank_keys(Melody((), 100.0))[0][0] == Key()


@pytest.mark.parametrize(("steps", "key"), [
    ((0, 2, 3, 5, 7, 9, 10, 9, 7, 5, 3, 2, 9, 7, 3, 2, 0), Key(2, "dorian")),
    ((0, 4, 7, 10, 9, 7, 4, 5, 7, 10, 9, 7, 5, 4, 2, 0), Key(2, "mixolydian")),
    ((0, 2, 3, 5, 7, 8, 7, 5, 3, 2, 0), Key(2, "minor")),
    ((0, 4, 7, 10, 9, 11, 12, 7, 10, 4, 0), Key(2, "major")),  # both sevenths: chromatic, no mode
])
def test_a_mode_is_told_where_it_is_plain(steps, key):
    melody = Melody(tuple(Note(float(i), 1.0, 62 + step) for i, step in enumerate(steps)), 100.0)
    family = Key(2, "minor" if key.is_minor else "major")
    assert in_mode(melody, family) == key


def test_a_verse_that_is_sung_again_a_tone_higher_modulates():
    verse = in_key(0, "major", TUNE + TUNE[::-1] + TUNE)
    line = float(verse.bars * 4)
    again = tuple(Note(n.onset_beats + line, n.duration_beats, n.pitch + 2) for n in verse.notes)
    key, modulations = find_keys(Melody(verse.notes + again, 100.0))
    assert key == Key(0)
    assert modulations == ((line, Key(2)),)


def test_a_tune_in_one_key_does_not_modulate():
    assert find_keys(in_key(5, "major", TUNE * 4)) == (Key(5), ())
