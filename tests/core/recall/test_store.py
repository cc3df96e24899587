import os
import threading

import numpy as np
import pytest

from core import errors
from core.recall import build
from core.recall.build import add, opened, write_index
from core.recall.index import TuneIndex
from core.recall.store import read_arrays, write_arrays
from tests.core.recall.tunes import random_tune


def test_arrays_come_back_as_they_were(tmp_path):
    arrays = {"a": np.arange(7, dtype=np.int16), "b": np.zeros((0, 3), np.int8), "c": np.ones((2, 3), np.float32)}
    write_arrays(tmp_path / "x", arrays, {"format": 1})
    back, facts = read_arrays(tmp_path / "x")
    assert facts == {"format": 1}
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype


@pytest.mark.parametrize("data", [b"", b"{}", b"HBTUNES1", b"HBTUNES1" + b"\xff" * 40, b"not an index at all" * 9])
def test_what_is_no_index_is_refused_in_a_sentence(tmp_path, data):
    path = tmp_path / "x.tunes"
    path.write_bytes(data)
    with pytest.raises(errors.Unreadable, match="index of tunes"):
        TuneIndex.open(path)
    assert path.read_bytes() == data


def test_a_cut_index_is_refused(tmp_path):
    path = tmp_path / "x.tunes"
    write_index(path, [random_tune(1)])
    whole = path.read_bytes()
    for length in (20, len(whole) // 2, len(whole) - 100):
        path.write_bytes(whole[:length])
        with pytest.raises(errors.Unreadable):
            TuneIndex.open(path)


def test_no_index_is_told(tmp_path):
    with pytest.raises(errors.Missing, match="tunes build"):
        TuneIndex.open(tmp_path / "nothing")


def test_readers_keep_the_old_index_while_a_new_one_takes_its_place(tmp_path):
    path = tmp_path / "x.tunes"
    write_index(path, [random_tune(1), random_tune(2)])
    before = opened(path)
    write_index(path, [random_tune(3)])
    assert before.tune(1).id == "tune-2"
    assert opened(path).names() == [("tune-3", "Tune 3")]


def test_a_failed_write_leaves_the_old_index_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "x.tunes"
    write_index(path, [random_tune(1)])
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_index(path, [random_tune(2)])
    assert opened(path).names() == [("tune-1", "Tune 1")]
    assert [file.name for file in tmp_path.iterdir() if not file.name.endswith(".lock")] == ["x.tunes"]


def test_many_who_add_at_once_lose_nothing(tmp_path):
    path = tmp_path / "x.tunes"
    write_index(path, [])
    threads = [threading.Thread(target=add, args=(path, [random_tune(i)])) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened(path)) == 8


def test_an_index_of_another_encoder_is_embedded_anew(tmp_path, monkeypatch):
    path = tmp_path / "x.tunes"
    with monkeypatch.context() as other:
        other.setattr(build, "mark", lambda: "another")
        other.setattr(build, "embed", lambda windows: np.zeros((len(windows), 5), np.float32))
        other.setattr(build, "VECTOR", 5)
        write_index(path, [random_tune(1), random_tune(2)])
    index = opened(path)
    assert index.arrays["vectors"].shape[1] == build.VECTOR
    assert index.arrays["vectors"].any()
    assert len(index) == 2
