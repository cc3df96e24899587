"""The studio's door to new tunes: wishes that cannot be honoured, chords under what comes out, files."""

import json

import pytest

from core import errors, studio
from core.music import GENRES, Key, LeadSheet, Melody, Note

TUNE = Melody(tuple(Note(float(i), 1.0, pitch) for i, pitch in enumerate((60, 64, 67, 65, 64, 62, 60, 59, 60, 67, 64,
                                                                        60))), 100.0, Key(0))


def test_every_style_has_a_genre_and_unknown_ones_are_answered_with_the_list():
    assert {studio.genre_of_style(style) for style in studio.STYLES} <= set(GENRES)
    with pytest.raises(errors.BadWish, match=r"bach.*folk"):
        studio.invent("klezmer")
    with pytest.raises(errors.BadWish, match=r"rhythm.*mode"):
        studio.vary(TUNE, kind="sideways")
    with pytest.raises(errors.BadWish, match="2 to 32"):
        studio.invent("folk", bars=100)
    with pytest.raises(errors.BadWish, match="2 to 12"):
        studio.blend(TUNE, TUNE, steps=1)
    with pytest.raises(errors.BadMusic):
        studio.continue_tune(Melody(TUNE.notes[:2], 100.0))


def test_what_comes_out_has_chords_to_its_end():
    for sheet in (studio.invent("hymn", bars=4), studio.continue_tune(TUNE, bars=4), studio.vary(TUNE, kind="ornament"),
                  *studio.blend(TUNE, studio.invent("folk", bars=4, seed=2), steps=2)):
        assert isinstance(sheet, LeadSheet)
        assert sheet.chords and sheet.chords[-1].end_beats >= sheet.melody.notes[-1].onset_beats
        assert Melody.from_json(json.loads(json.dumps(sheet.melody.to_json()))).notes


def test_a_kind_is_chosen_by_the_seed():
    assert studio.vary(TUNE, seed=3) == studio.vary(TUNE, kind=studio.KINDS[3 % len(studio.KINDS)], seed=3)


@pytest.mark.long
def test_the_files_of_a_new_tune(tmp_path):
    sheet = studio.invent("jazz", bars=4, seed=2)
    made = studio.write_invention(sheet, tmp_path, "jazz-2", title="Jazz 2", genre="jazz", seed=2,
                                  facts={"style": "jazz"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jazz-2.json", "jazz-2.mid", "jazz-2.mp3"]
    stored = json.loads(made.json.read_text())
    assert (stored["style"], stored["genre"], stored["seed"]) == ("jazz", "jazz", 2)
    heard = studio.listen(made.json)
    assert [n.pitch for n in heard.melody.notes] == [n.pitch for n in sheet.melody.notes]
    again = studio.listen(made.midi).melody
    assert [n.pitch for n in again.notes] == [n.pitch for n in sheet.melody.notes]
