from pathlib import Path

import pytest

from bot import batch
from core.errors import NoMelody


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("input")
    return path


def work_into(out):
    def work(path, name, progress):
        progress("writing", 0.5)
        batch.write_text(out, f"{name}.txt", path.read_text())

    return work


def test_every_input_gets_its_output_and_status_zero(tmp_path, capsys):
    inputs = [touch(tmp_path / "a.ogg"), touch(tmp_path / "b.ogg")]
    assert batch.run(inputs, tmp_path / "out", (".txt",), work_into(tmp_path / "out")) == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.txt", "b.txt"]
    assert capsys.readouterr().err == ""


def test_a_failed_input_costs_one_line_and_the_others_go_on(tmp_path, capsys):
    def work(path, name, progress):
        if path.stem == "a":
            raise NoMelody()
        if path.stem == "b":
            raise RuntimeError("a bug\nwith lines")
        work_into(tmp_path / "out")(path, name, progress)

    inputs = [touch(tmp_path / f"{name}.ogg") for name in "abc"]
    assert batch.run(inputs, tmp_path / "out", (".txt",), work) == 1
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["c.txt"]
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert NoMelody.sentence in lines[0]


def test_two_inputs_of_one_name_do_not_overwrite_each_other(tmp_path, capsys):
    inputs = [touch(tmp_path / "x" / "hum.ogg"), touch(tmp_path / "y" / "hum.ogg")]
    out = tmp_path / "out"
    assert batch.run(inputs, out, (".txt",), work_into(out)) == 0
    assert sorted(p.name for p in out.iterdir()) == ["hum-2.txt", "hum.txt"]
    assert "hum-2" in capsys.readouterr().err


def test_an_input_is_never_overwritten(tmp_path):
    source = touch(tmp_path / "tune.txt")
    assert batch.run([source], tmp_path, (".txt",), work_into(tmp_path)) == 0
    assert source.read_text() == "input"
    assert (tmp_path / "tune-2.txt").exists()


def test_a_second_run_replaces_its_own_output(tmp_path):
    source, out = touch(tmp_path / "a.ogg"), tmp_path / "out"
    for _ in range(2):
        batch.run([source], out, (".txt",), work_into(out))
    assert [p.name for p in out.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_written_is_one_plain_line(tmp_path, capsys):
    blocked = touch(tmp_path / "out")  # a file where the folder should be
    assert batch.run([touch(tmp_path / "a.ogg")], blocked, (".txt",), work_into(blocked)) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_write_text_leaves_nothing_half_written(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        batch.write_text(tmp_path, "a.txt", "\ud800")
    assert list(tmp_path.iterdir()) == []
