import numpy as np
import pytest

from benchmarks.notes import fold_of, interval_agreement, rows_of, without_constant_error
from core.hear.voice import SungLine
from core.music import SungNote

TRUTH = np.array([(i * 0.5, i * 0.5 + 0.4, p) for i, p in enumerate((60.2, 62.1, 64.3, 65.2, 67.1))])


def line(pitches):
    notes = tuple(SungNote(i * 0.5, i * 0.5 + 0.4, p) for i, p in enumerate(pitches))
    return SungLine(notes, np.zeros(0), np.zeros(0), 0.016)


def test_the_truth_agrees_with_itself():
    assert interval_agreement(TRUTH, line(TRUTH[:, 2])) == 1.0


def test_one_wrong_note_spoils_two_intervals():
    assert interval_agreement(TRUTH, line((60.2, 62.1, 69.3, 65.2, 67.1))) == pytest.approx(0.5)


def test_no_line_agrees_with_nothing():
    assert interval_agreement(TRUTH, None) == 0.0


def test_a_singer_is_never_in_two_folds():
    fold = fold_of([f"{i}" for i in range(30)] + ["man1_a", "man1_b", "man1_c"])
    assert len({fold[name] for name in ("man1_a", "man1_b", "man1_c")}) == 1
    sizes = [list(fold.values()).count(k) for k in range(5)]
    assert max(sizes) - min(sizes) <= 3


def test_a_constant_error_of_the_labels_goes_and_a_single_one_stays():
    hz = 440 * 2 ** ((TRUTH[:, 2] - 69) / 12)
    beside = np.column_stack([TRUTH[:, :2], 69 + 12 * np.log2((hz + 10) / 440)])
    beside[2, 2] += 3
    cleared = without_constant_error(beside, rows_of(line(TRUTH[:, 2])))
    assert np.delete(cleared, 2, 0) == pytest.approx(np.delete(TRUTH, 2, 0))
    assert cleared[2, 2] == pytest.approx(TRUTH[2, 2] + 3, abs=0.2)
