from dataclasses import replace

import numpy as np
import pytest

from core.recall.align import COSTS, align
from core.recall.build import add, opened, remove, write_index
from core.recall.match import Query, find, ranked
from tests.core.recall.tunes import random_tune, sung

TUNES = [random_tune(number) for number in range(60)]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "some.tunes"
    assert write_index(path, TUNES) == 60
    return opened(path)


@pytest.mark.parametrize(("number", "start"), [(0, 0), (7, 9), (23, 20), (41, 4), (59, 22)])
def test_a_tune_is_found_from_anywhere_in_any_key_and_tempo(index, number, start):
    found = find([index], sung(TUNES[number], start, transpose=-7.4, tempo=0.31, seed=number))
    assert found[0].id == f"tune-{number}"
    assert found[0].title == f"Tune {number}"
    assert found[0].known
    assert len(found) == 10


def test_scores_are_probabilities_in_order(index):
    scores = [match.score for match in find([index], sung(TUNES[3]))]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_a_tune_that_is_not_there_is_not_known(index):
    strangers = [find([index], sung(random_tune(1000 + i), seed=i))[0].known for i in range(12)]
    assert sum(strangers) <= 1


def test_notes_left_out_split_and_wrong_do_not_hide_a_tune(index):
    query = sung(TUNES[12], 5, 20)
    onset, pitch = query.onset.copy(), query.pitch.copy()
    pitch[4] += 3
    pitch[11] -= 2
    keep = np.arange(20) != 8
    onset, pitch = onset[keep], pitch[keep]
    middle = (onset[14] + onset[15]) / 2
    onset, pitch = np.insert(onset, 15, middle), np.insert(pitch, 15, pitch[14])
    found = find([index], Query(onset, np.append(np.diff(onset), 0.5), pitch))
    assert found[0].id == "tune-12"


def test_a_long_hum_is_searched_piece_by_piece(tmp_path):
    long = random_tune(99, notes=150)
    path = tmp_path / "long.tunes"
    write_index(path, [*TUNES[:20], long])
    assert find([opened(path)], sung(long, 0, 150))[0].id == "tune-99"


def test_few_notes_give_an_answer_and_no_certainty(index):
    found = find([index], sung(TUNES[3], 0, 4))
    assert len(found) == 10
    assert not found[0].known


def test_several_indices_are_searched_together_and_an_id_is_named_once(index, tmp_path):
    other = tmp_path / "other.tunes"
    write_index(other, [random_tune(77), TUNES[5]])
    found = find([index, opened(other)], sung(random_tune(77), seed=3))
    assert found[0].id == "tune-77"
    ids = [match.id for match in find([index, opened(other)], sung(TUNES[5]))]
    assert ids[0] == "tune-5"
    assert len(set(ids)) == len(ids)


def test_a_copy_under_another_name_is_the_same_melody_and_takes_no_certainty(index, tmp_path):
    query, other = sung(TUNES[8], 3), tmp_path / "copies.tunes"
    copy = replace(TUNES[8], id="copy", title="The same", pitch_midi=TUNES[8].pitch_midi + 5)
    write_index(other, [copy])
    ranking = ranked([index, opened(other)], query)
    assert set(ranking.tunes[:2]) == {(0, 8), (1, 0)}
    assert ranking.same.tolist() == [True, True] + [False] * (len(ranking.tunes) - 2)
    assert find([index, opened(other)], query)[0].score == pytest.approx(find([index], query)[0].score, abs=0.05)


def test_what_is_hidden_is_not_there(index, tmp_path):
    query = sung(TUNES[8], 3)
    others = tmp_path / "others.tunes"
    write_index(others, [tune for tune in TUNES if tune.id != "tune-8"])
    hidden = find([index], query, hidden={"tune-8"})
    assert [match.id for match in hidden] == [match.id for match in find([opened(others)], query)]
    assert find([index], query, hidden={tune.id for tune in TUNES}) == []


def test_a_query_is_aligned_in_the_key_and_tempo_given_whatever_is_left_out_of_it():
    tune = random_tune(6)
    rng = np.random.default_rng(2)
    stretches = np.stack([tune.pitch_midi[:30], rng.permutation(tune.pitch_midi[:30])])
    onsets = np.repeat(tune.onset_beats[None, :30], 2, 0)
    part = slice(COSTS.band, 30 - COSTS.band)
    whole = np.arange(30)[part]
    scores = []
    for left_out in ([], [20], [15, 16]):
        kept = np.setdiff1d(whole, left_out)
        query = Query(0.5 * tune.onset_beats[kept], np.full(len(kept), 0.4), tune.pitch_midi[kept] + 2)
        score = align(query.pitch, query.onset, stretches, onsets, np.full(2, 2.0), np.full(2, -1.0))
        assert score[0] > score[1] + 5
        scores.append(float(score[0]))
    notes = len(whole)
    assert scores[0] == pytest.approx(notes * COSTS.right_pitch + (notes - 1) * COSTS.right_time, abs=0.01)
    assert scores[0] > scores[1] > scores[2]


def test_tunes_come_and_go(tmp_path):
    path = tmp_path / "mine.tunes"
    for tune in TUNES[:3]:
        add(path, [tune])
    assert [name for name, _ in opened(path).names()] == ["tune-0", "tune-1", "tune-2"]
    assert find([opened(path)], sung(TUNES[1]))[0].id == "tune-1"
    assert remove(path, "tune-1")
    assert not remove(path, "tune-1")
    assert [match.id for match in find([opened(path)], sung(TUNES[2]))] == ["tune-2", "tune-0"]
    assert remove(path, "tune-0")
    assert remove(path, "tune-2")
    assert find([opened(path)], sung(TUNES[1])) == []
    add(path, [TUNES[4]])
    assert find([opened(path)], sung(TUNES[4]))[0].id == "tune-4"


def test_a_tune_added_again_takes_the_place_of_the_old(tmp_path):
    path = tmp_path / "mine.tunes"
    write_index(path, TUNES[:5])
    changed = random_tune(500)
    object.__setattr__(changed, "id", "tune-3")
    add(path, [changed])
    assert len(opened(path)) == 5
    assert find([opened(path)], sung(changed))[0].id == "tune-3"


def test_what_is_kept_is_what_was_given(index):
    tune = index.tune(31)
    assert tune.id == "tune-31"
    np.testing.assert_allclose(tune.onset_beats, TUNES[31].onset_beats, atol=0.02)
    np.testing.assert_allclose(tune.duration_beats, TUNES[31].duration_beats, atol=0.02)
    np.testing.assert_allclose(tune.pitch_midi, TUNES[31].pitch_midi)
