"""What a worker finds, learns and writes down, with the real search; only the tunes that ship are three of ours."""

import json
from pathlib import Path

import pytest

from bot import work_tunes
from core import studio
from core.errors import BadMusic, TooShort, Unreadable
from core.music import LeadSheet, Melody, Note, Song, Wish
from tests.bot.double import SHEET, compose

HUM = (Path(__file__).parents[2] / "examples" / "hum.ogg").read_bytes()
FRERE = [(60, 1), (62, 1), (64, 1), (60, 1)] * 2 + [(64, 1), (65, 1), (67, 2)] * 2 + [
    (67, 0.5), (69, 0.5), (67, 0.5), (65, 0.5), (64, 1), (60, 1)] * 2
STAR = [(60, 1), (60, 1), (67, 1), (67, 1), (69, 1), (69, 1), (67, 2), (65, 1), (65, 1), (64, 1), (64, 1), (62, 1),
        (62, 1), (60, 2)]


def melody(rows, bpm=100.0, up=0):
    notes, at = [], 0.0
    for pitch, beats in rows:
        notes.append(Note(at, beats, pitch + up))
        at += beats
    return Melody(tuple(notes), bpm)


def silent(stage, share):
    pass


@pytest.fixture(autouse=True)
def ships(tmp_path, monkeypatch):
    path = tmp_path / "free.tunes"
    for name, rows in (("frere", FRERE), ("star", STAR)):
        studio.add_tune(path, melody(rows), tune_id=name, title=name.title())
    monkeypatch.setattr(studio, "shipped_index", lambda: path)


def asked(sound, **payload):
    return work_tunes.identify(payload, sound, silent)[0]


def as_json(tune):
    return json.dumps(tune.to_json()).encode()


def test_a_tune_that_ships_is_named_in_any_key_and_tempo():
    made = asked(as_json(melody(FRERE, 140.0, up=5)))
    assert made["matches"][0]["title"] == "Frere" and made["matches"][0]["id"] == "frere"
    assert len(made["melody"]["notes"]) == len(FRERE)
    assert asked(as_json(melody([(60 + i * i % 11, 1) for i in range(16)])))["matches"] == []


def test_what_was_made_is_found_by_humming_it_until_it_is_taken_out(tmp_path):
    own = str(tmp_path / "own.index")
    hummed = studio.listen(HUM).melody
    add = [{"id": "own:a", "title": "Mine", "melody": hummed.to_json()},
           {"id": "own:b", "title": "Too short", "melody": melody(STAR[:2]).to_json()}]
    made, _ = work_tunes.index({"index": own, "remove": ["own:nothing"], "add": add}, b"", silent)
    assert made == {"refused": ["own:b"]}
    again, _ = work_tunes.index({"index": own, "remove": [], "add": add[:1]}, b"", silent)
    assert again == {"refused": []} and studio.list_tunes(Path(own)) == [("own:a", "Mine")], "twice is once"
    assert [match["id"] for match in asked(HUM, indices=[own])["matches"]] == ["own:a"]
    notes = as_json(hummed)
    assert asked(notes, indices=[own], exclude=["own:a"])["matches"] == []
    assert asked(notes, indices=[str(tmp_path / "never made.index")])["matches"] == []
    song = compose(LeadSheet(hummed, ()), Wish(), "Mine").to_json()
    assert [match["id"] for match in asked(b"", song=song, indices=[own])["matches"]] == ["own:a"]
    assert [match["id"] for match in work_tunes.sounds_like(hummed, {"indices": [own]})] == ["own:a"]
    work_tunes.index({"index": own, "remove": ["own:a"], "add": []}, b"", silent)
    assert not Path(own).exists() and asked(notes, indices=[own])["matches"] == []


def test_a_song_is_a_song_even_where_the_search_fails(monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("a bug")

    assert work_tunes.sounds_like(melody(FRERE), {"indices": []})[0]["id"] == "frere"
    monkeypatch.setattr(studio, "identify", broken)
    assert work_tunes.sounds_like(melody(FRERE), {"indices": []}) == []
    assert work_tunes.sounds_like(melody(FRERE), {}) == [], "nobody asked"


@pytest.mark.parametrize(("sound", "error"), [
    (as_json(melody(STAR[:4])), TooShort), (b"no sound at all", Unreadable), (b"", Unreadable)])
def test_too_little_is_told(sound, error):
    with pytest.raises(error):
        asked(sound)
    with pytest.raises(error):
        work_tunes.teach({"sound": {"kind": "voice"}}, sound, silent)


def test_teaching_keeps_the_notes():
    made, files = work_tunes.teach({"sound": {"kind": "voice"}}, HUM, silent)
    assert len(Melody.from_json(made["melody"]).notes) > 10 and not files


def test_a_found_tune_has_notes_wherever_it_comes_from():
    song = compose(SHEET, Wish(), "T")
    assert work_tunes.tune_of({"song": song.to_json()}) == Song.from_json(song.to_json()).lead_sheet.melody
    assert len(work_tunes.tune_of({"melody": melody(STAR).to_json()}).notes) == len(STAR)
    with pytest.raises(BadMusic):
        work_tunes.tune_of({"melody": {"bpm": 100, "notes": []}})


def test_a_found_tune_on_paper():
    _, files = work_tunes.leaf({"title": "Star", "melody": melody(STAR).to_json()}, b"", silent)
    assert list(files) == ["1.png", "all.pdf"]
    assert files["1.png"][:4] == b"\x89PNG" and files["all.pdf"][:5] == b"%PDF-"
