"""``humband tunes`` and ``humband identify``, run as a person runs them."""

import json
import subprocess
import sys

import pytest

from tests.bot.conftest import HUM, ROOT, written
from tests.core.recall.tunes import random_tune
from tests.core.test_studio_tunes import TRUTH, line


def tunes(*args):
    ran = subprocess.run([sys.executable, "-m", "bot.cli", "tunes", *map(str, args)], cwd=ROOT, capture_output=True,
                         text=True, timeout=120, check=False)
    return ran.returncode, ran.stdout, ran.stderr


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tunes")
    book = folder / "book.jsonl"
    hum = json.dumps({"id": "the-hum", "title": "The hum", "notes": TRUTH["notes"]})
    book.write_text("\n".join([*(line(random_tune(i)) for i in range(20)), hum]))
    status, out, err = tunes("build", book, "--index", folder / "i.tunes")
    assert (status, err) == (0, "")
    assert out.startswith("21 tunes in ")
    return folder / "i.tunes"


def test_identify_writes_always_the_ten_best(humband, index, tmp_path):
    ran = humband("identify", HUM, "--index", index)
    assert (ran.status, ran.err) == (0, "")
    assert "The hum" in ran.out
    rows = json.loads((tmp_path / "out" / "hum.json").read_text())
    assert len(rows) == 10
    assert all(set(row) == {"id", "title", "score", "known"} for row in rows)
    assert (rows[0]["id"], rows[0]["known"]) == ("the-hum", True)
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)


def test_one_bad_voice_does_not_stop_the_others(humband, index, tmp_path):
    text = tmp_path / "text.ogg"
    text.write_text("This is a shopping list.\n" * 50)
    ran = humband("identify", text, HUM, "--index", index)
    assert ran.status == 1
    assert len(ran.err.strip().splitlines()) == 1
    assert written(tmp_path / "out") == ["hum.json"]


@pytest.mark.parametrize("content", [None, b"a shopping list\n" * 9, b"HBTUNES1" + bytes(100)])
def test_a_missing_or_foreign_collection_is_told_once_and_before_all_else(humband, tmp_path, content):
    foreign = tmp_path / "it.tunes"
    if content is not None:
        foreign.write_bytes(content)
    ran = humband("identify", HUM, HUM, "--index", foreign)
    assert ran.status == 1
    assert len(ran.err.strip().splitlines()) == 1
    assert ran.err.startswith(str(foreign)) and "index of tunes" in ran.err
    assert written(tmp_path / "out") == []


def test_add_list_and_remove(index, tmp_path):
    mine = tmp_path / "mine.tunes"
    abc = tmp_path / "two.abc"
    abc.write_text("X:1\nT:First\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\nX:2\nT:Second\nM:4/4\nL:1/4\nK:C\ncBAG|FEDC|\n")
    status, out, _ = tunes("add", abc, "--index", mine)
    assert (status, out.split()) == (0, ["two.abc:1", "First", "two.abc:2", "Second"])
    assert tunes("add", HUM, "--index", mine, "--title", "My hum")[0] == 0
    assert tunes("list", "--index", mine)[1].splitlines() == ["two.abc:1\tFirst", "two.abc:2\tSecond",
                                                             "hum.ogg\tMy hum"]
    assert tunes("remove", "two.abc:1", "--index", mine)[0] == 0
    status, _, err = tunes("remove", "two.abc:1", "--index", mine)
    assert status == 1
    assert "no tune of this id" in err
    assert len(tunes("list", "--index", mine)[1].splitlines()) == 2


@pytest.mark.parametrize("args", [("list",), ("remove", "x")])
def test_no_index_is_one_plain_line(args, tmp_path):
    status, out, err = tunes(*args, "--index", tmp_path / "nothing.tunes")
    assert (status, out) == (1, "")
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err


def test_a_build_that_fails_leaves_what_was_there(index, tmp_path):
    before = index.read_bytes()
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"\x00" * 100)
    status, _, err = tunes("build", bad, "--index", index)
    assert status == 1
    assert "bad.jsonl" in err
    assert index.read_bytes() == before
