import pytest

from core.music import Key, Melody, Note
from core.understand.key import rank_keys

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
