"""``humband compose``, ``continue``, ``vary`` and ``blend``: what they write, and what they say to nonsense."""

import json

import pytest

from core import studio
from tests.bot.conftest import HUM, written


@pytest.fixture
def tune(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(studio.invent("folk", bars=4, seed=9).to_json()))
    return path


def test_wrong_usage_is_answered_with_what_there_is(humband, tune):
    for wrong, told in ((("compose", "--style", "klezmer"), "scarlatti"), (("vary", tune, "--kind", "odd"), "ornament"),
                        (("compose", "--style", "folk", "--bars", "99"), "32"), (("blend", tune), "second"),
                        (("compose", "--style", "folk", "--meter", "x"), "6/8"), (("blend", tune, tune, "--steps", "1"),
                                                                                 "12")):
        ran = humband(*wrong)
        assert ran.status == 2
        assert told in ran.err


def test_a_suffix_is_the_end_of_a_name(humband, tune):
    ran = humband("vary", tune, "--suffix", "../other")
    assert ran.status == 2 and "folder" in ran.err


def test_bad_inputs_get_one_sentence_and_leave_nothing(humband, tune, tmp_path):
    text = tmp_path / "notes.ogg"
    text.write_text("no music")
    empty = tmp_path / "empty.json"
    empty.write_text('{"bpm": 100, "notes": []}')
    for command in (("continue", text, empty), ("vary", text, empty), ("blend", text, tune)):
        ran = humband(*command)
        assert ran.status == 1
        assert "Traceback" not in ran.err and 1 <= len(ran.err.strip().splitlines()) <= 2
        assert not (tmp_path / "out").exists() or written(tmp_path / "out") == []


@pytest.mark.long
def test_each_writes_its_files(humband, tune, tmp_path):
    assert humband("compose", "--style", "folk", "--bars", "4", "--seed", "5").status == 0
    assert humband("continue", HUM, "--bars", "4").status == 0
    assert humband("vary", tune, "--kind", "mode").status == 0
    assert humband("vary", tune, "--kind", "ornament", "--suffix", "-ornament").status == 0
    assert humband("blend", tune, tmp_path / "out" / "folk-5.json", "--steps", "2").status == 0
    names = ("folk-5", "hum", "mine", "mine-ornament", "mine-folk-5-1", "mine-folk-5-2")
    assert written(tmp_path / "out") == sorted(f"{name}.{ext}" for name in names for ext in ("json", "mid", "mp3"))
    hum = studio.listen(HUM).melody
    longer = json.loads((tmp_path / "out" / "hum.json").read_text())
    assert (longer["key"], longer["meter"]) == (str(hum.key), str(hum.meter))
    assert [row[2] for row in longer["notes"]][:len(hum.notes)] == [note.pitch for note in hum.notes]
