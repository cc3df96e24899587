"""The line to a name, with a real hum, real files and real indices."""

import json
from pathlib import Path

import pytest

from core import errors, studio
from core.music import Melody, Wish
from core.recall.shipped import shipped_index
from tests.core.recall.tunes import random_tune

ROOT = Path(__file__).parents[2]
HUM = ROOT / "examples" / "hum.ogg"
TRUTH = json.loads((ROOT / "tests" / "hum_truth.json").read_text())["melody"]


def line(tune):
    rows = zip(tune.pitch_midi.tolist(), tune.duration_beats.tolist(), strict=True)
    return json.dumps({"id": tune.id, "title": tune.title, "notes": [list(row) for row in rows]})


@pytest.fixture
def book(tmp_path):
    """Forty tunes in a file, and the melody of the example hum among them."""
    hum = {"id": "the-hum", "title": "The hum", "key": "D major", "notes": TRUTH["notes"]}
    path = tmp_path / "book.jsonl"
    path.write_text("\n".join([*(line(random_tune(i)) for i in range(40)), json.dumps(hum)]))
    return path


def test_a_hum_is_found_in_an_index_of_its_own(book, tmp_path):
    seen = []
    assert studio.build_index([book], tmp_path / "i", progress=lambda stage, share: seen.append((stage, share))) == 41
    assert seen[-1] == ("indexing", 1.0)
    matches = studio.identify(HUM, indices=[tmp_path / "i"])
    assert (matches[0].id, matches[0].title, matches[0].known) == ("the-hum", "The hum", True)
    assert len(matches) == 10
    assert len(studio.identify(HUM, indices=[tmp_path / "i"], limit=3)) == 3


def test_a_hum_taught_is_found_by_its_melody_and_forgotten_again(tmp_path):
    index = tmp_path / "group" / "mine.tunes"
    studio.add_tune(index, HUM, tune_id="7", title="Granny's tune")
    assert studio.list_tunes(index) == [("7", "Granny's tune")]
    heard = studio.listen(HUM).melody
    assert studio.identify(heard, indices=[index])[0].known
    assert studio.remove_tune(index, "7")
    assert not studio.remove_tune(index, "7")
    assert studio.identify(heard, indices=[index]) == []


def test_the_notes_of_a_tune_come_back_for_its_sheet(book, tmp_path):
    studio.build_index([book], tmp_path / "i")
    melody = studio.tune_sheet("the-hum", tmp_path / "i")
    assert isinstance(melody, Melody)
    assert str(melody.key) == "D major"
    steps = [b.pitch - a.pitch for a, b in zip(melody.notes, melody.notes[1:], strict=False)]
    truth = [b[2] - a[2] for a, b in zip(TRUTH["notes"], TRUTH["notes"][1:], strict=False)]
    assert steps == truth
    assert studio.tune_sheet("nobody", tmp_path / "i") is None


def test_a_tune_of_the_shipped_index_has_a_sheet_and_is_found():
    sheet = studio.tune_sheet("well-known-1")
    assert [note.pitch % 12 for note in sheet.notes[:7]] == [0, 0, 7, 7, 9, 9, 7]
    best = studio.identify(sheet)[0]
    assert best.title == "Twinkle, Twinkle, Little Star"
    assert best.known


def test_a_changed_index_is_opened_anew(book, tmp_path):
    index = tmp_path / "i"
    studio.build_index([book], index)
    assert len(studio.list_tunes(index)) == 41
    studio.add_tune(index, studio.tune_sheet("the-hum", index), tune_id="again", title="Again")
    assert len(studio.list_tunes(index)) == 42


def test_every_failure_is_a_sentence_and_leaves_the_index_as_it_was(book, tmp_path):
    index, noise = tmp_path / "i", tmp_path / "noise.jsonl"
    studio.build_index([book], index)
    before = index.read_bytes()
    noise.write_bytes(b"\x00\x01" * 99)
    with pytest.raises(errors.HumbandError, match=r"noise\.jsonl"):
        studio.build_index([book, noise], index)
    with pytest.raises(errors.Missing):
        studio.build_index([tmp_path / "nothing.jsonl"], index)
    with pytest.raises(errors.HumbandError):
        studio.add_tune(index, b"no tune at all, only words", tune_id="x", title="x")
    with pytest.raises(errors.Missing, match="tunes build"):
        studio.identify(HUM, indices=[tmp_path / "no-index"])
    with pytest.raises(errors.NoMelody):
        studio.identify(Melody((), 100.0), indices=[index])
    assert index.read_bytes() == before


def test_the_shipped_index_is_unpacked_where_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("HUMBAND_CACHE", str(tmp_path / "cache"))
    shipped_index.cache_clear()
    try:
        path = shipped_index()
        assert path.parent == tmp_path / "cache"
        assert shipped_index() == path
        assert len(studio.list_tunes(path)) > 9_000
    finally:
        shipped_index.cache_clear()


@pytest.mark.long
def test_a_full_recording_is_found_by_a_hum(book, tmp_path):
    """The band plays the hummed tune; its recording is indexed, its melody followed; the hum finds it."""
    take = studio.make_song(HUM, Wish(genre="pop", length_s=40.0), tmp_path, "song")
    others = tmp_path / "i"
    book.write_text("\n".join(book.read_text().splitlines()[:40]))
    studio.build_index([book], others)
    studio.add_tune(others, take.mp3, tune_id="song", title="The band's song")
    assert studio.identify(HUM, indices=[others])[0].id == "song"
