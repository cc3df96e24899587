import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music import Chord, Key, LeadSheet, Melody, Meter, Note, Section, Song, Track, Wish, notes_from_json
from tests.strategies import keys, lead_sheets, tunes


def through_json(data):
    return json.loads(json.dumps(data))


@given(tunes())
def test_a_melody_survives_json(tune):
    assert Melody.from_json(through_json(tune.to_json())) == tune


@given(lead_sheets(), st.integers(-7, 7))
def test_a_lead_sheet_moves_and_comes_back(sheet, semitones):
    if not all(7 <= note.pitch <= 120 for note in sheet.melody.notes):
        return
    back = sheet.transposed(semitones).transposed(-semitones)
    assert back.melody == sheet.melody
    assert [c.pitch_classes for c in back.chords] == [c.pitch_classes for c in sheet.chords]


@given(lead_sheets())
def test_a_song_survives_json(sheet):
    melody = sheet.melody
    song = Song(
        "A ♥ tune",
        "jazz",
        "swing",
        melody.bpm,
        melody.key,
        melody.meter,
        0.62,
        7,
        melody.notes,
        sheet.chords,
        (Section("statement", 0.0, 16.0, 0.4),),
        (Track("melody", 65, melody.notes, pan=-0.1),),
        sheet,
        Wish("jazz", 120.0, Key(2, "minor"), 7, 40.0, "loose"),
    )
    again = Song.from_json(through_json(song.to_json()))
    assert again == song


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"notes": 3},
        {"notes": [[0, 1]]},
        {"notes": [[0, 0, 60]]},
        {"notes": [[0, 1, 600]]},
        {"notes": [[float("nan"), 1, 60]]},
        {"notes": [[1_000_000, 1, 60]]},
        {"notes": [[0, 1_000_000, 60]]},
        {"notes": [[0, 1, 60], [5_000, 1, 60]]},
        {"notes": [[0, 1, 60]], "bpm": 1e9},
        {"notes": [[0, 1, 60]], "bpm": "fast"},
        {"notes": [[0, 1, 60]], "key": "H"},
        {"notes": [[0, 1, 60]], "meter": "4"},
        {"notes": ["abc"]},
        [],
        "text",
    ],
)
def test_what_is_no_melody_is_refused(data):
    with pytest.raises(ValueError, match=r".+"):
        Melody.from_json(data)


def test_absent_key_and_meter_are_filled_in():
    assert Melody.from_json({"notes": [[0, 1, 60]], "key": None, "meter": None}) == Melody((Note(0, 1, 60),), 100.0)


@given(keys)
def test_keys_print_as_they_are_read(key):
    assert Key.parse(str(key)) == key


@pytest.mark.parametrize(("text", "bar", "pulse"), [("4/4", 4, 1), ("3/4", 3, 1), ("6/8", 3, 1.5), ("2/2", 4, 2)])
def test_meters(text, bar, pulse):
    meter = Meter.parse(text)
    assert (str(meter), meter.bar_beats, meter.pulse_beats) == (text, bar, pulse)


@pytest.mark.parametrize("text", ["", "4", "0/4", "4/3", "4/4/4", "four"])
def test_other_meters_are_refused(text):
    with pytest.raises(ValueError, match="meter"):
        Meter.parse(text)


def test_bars_count_from_beat_zero():
    assert Melody((Note(3.0, 1.0, 60), Note(4.0, 4.0, 62)), 100.0).bars == 2
    assert Melody((), 100.0).bars == 0


def test_a_wish_survives_json():
    wish = Wish("rock", 90.0, Key(3), 4, None, "tight", "dark")
    assert Wish.from_json(through_json(wish.to_json())) == wish
    assert Wish.from_json({}) == Wish()


def test_a_slash_chord_knows_its_bass():
    chord = Chord(0, 4, "C7/Bb")
    assert (chord.root_pc, chord.bass_pc, chord.pitch_classes) == (0, 10, (0, 4, 7, 10))


def test_velocities_are_read_from_a_fourth_column():
    assert notes_from_json([[0, 1, 60, 33]])[0].velocity == 33


def test_a_lead_sheet_without_chords_is_read():
    assert LeadSheet.from_json({"notes": [[0, 1, 60]]}).chords == ()


@pytest.mark.parametrize(
    "row", [[float("nan"), 1, "C"], [0, 0, "C"], [0, 1e9, "C"], [1e9, 1, "C"], [0, 1, "H#x"], [0, 1]])
def test_chords_that_are_none_are_refused(row):
    with pytest.raises(ValueError):
        LeadSheet.from_json({"bpm": 100, "notes": [[0, 1, 60]], "chords": [row]})
