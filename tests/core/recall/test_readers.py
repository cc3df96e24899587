import gzip
import json

import pytest

from core import errors
from core.music import Key, Meter
from core.recall.abc import bar_lengths, read_abc, read_abc_tune
from core.recall.readers import read_tunes

LINE = {"title": "Three blind", "notes": [[64, 1], [62, 1], [60, 1], [0, 1], [64, 0.5]]}


def test_melody_lines_with_rests_ids_and_rubbish_between():
    text = "\n".join([json.dumps(LINE), "not json", json.dumps(LINE | {"id": "mine", "key": "A minor", "meter": "3/4"}),
                      json.dumps({"title": "no notes"}), "[1, 2]", json.dumps({"notes": [[60, 1], [62, 1]]})])
    first, second = read_tunes(text.encode(), "book.jsonl")
    assert (first.id, second.id) == ("book.jsonl:1", "mine")
    assert first.onset_beats.tolist() == [0, 1, 2, 4]
    assert first.duration_beats.tolist() == [1, 1, 1, 0.5]
    assert first.pitch_midi.tolist() == [64, 62, 60, 64]
    assert (second.key, second.meter) == (Key.parse("A minor"), Meter(3, 4))


def test_lead_sheet_rows_and_packed_lines():
    record = {"title": "x", "notes": [[3.0, 1.0, 67], [4.0, 2.0, 72], [6.0, 2.0, 71.5]]}
    (tune,) = read_tunes(gzip.compress(json.dumps(record).encode()), "x.jsonl.gz")
    assert tune.onset_beats.tolist() == [3, 4, 6]
    assert tune.pitch_midi.tolist() == [67, 72, 71.5]


def test_a_file_without_any_tune_is_told():
    with pytest.raises(errors.BadMusic):
        list(read_tunes(b'{"title": "nothing"}\n', "x.jsonl"))
    with pytest.raises(errors.Unreadable):
        list(read_tunes(b"\x00\x01\x02", "x.bin"))
    with pytest.raises(errors.Unreadable, match=r"damaged|cut"):
        list(read_tunes(gzip.compress(b'{"notes": []}' * 50)[:30], "x.jsonl.gz"))


def test_ringtones():
    (tune,) = read_tunes(b"Muppets:d=4,o=5,b=250:c6,c6,a,b,8a,b,g,p,c6,8p,2e.,8f#", "ring.txt")
    assert tune.title == "Muppets"
    assert tune.bpm == 250
    assert tune.pitch_midi.tolist() == [84, 84, 81, 83, 81, 83, 79, 84, 76, 78]
    assert tune.onset_beats.tolist() == [0, 1, 2, 3, 4, 4.5, 5.5, 7.5, 9, 12]


ABC = """X: 7
T:Little piece
M:3/4
L:1/4
Q:1/4=90
K:G
D | G2 A | B>c d | (3ABc d2 |1 F3 :|2 ^c3- | c ^G/"Am"{ab}G/ !trill!z |]
w: words are passed over
"""


def test_abc_upbeat_key_broken_rhythm_tuplet_endings_tie_and_accidentals():
    (tune,) = read_abc(ABC, "book")
    assert (tune.id, tune.title, tune.bpm) == ("book:7", "Little piece", 90)
    assert (tune.key, tune.meter) == (Key.parse("G major"), Meter(3, 4))
    assert tune.onset_beats[:7].tolist() == [2, 3, 5, 6, 7.5, 8, 9]
    third = pytest.approx(2 / 3)
    assert tune.duration_beats.tolist() == [1, 2, 1, 1.5, 0.5, 1, third, third, third, pytest.approx(2), 4, 0.5, 0.5]
    assert tune.pitch_midi.tolist() == [62, 67, 69, 71, 72, 74, 69, 71, 72, 74, 73, 68, 68]


@pytest.mark.parametrize(("key", "pitch"), [("C", 65), ("G", 66), ("Dm", 65), ("Amix", 66), ("F#m", 66), ("Edor", 66),
                                            ("Bb", 65), ("HP", 66), ("E minor", 66), ("Abmaj", 65)])
def test_abc_keys(key, pitch):
    assert read_abc_tune(f"X:1\nT:t\nK:{key}\nF2F2F2|", "t").pitch_midi.tolist() == [pitch] * 3


def test_abc_books_share_their_head_and_keep_their_numbers():
    book = "M:2/4\nL:1/4\nX:1\nT:a\nK:C\nCDE|\nX:3\nT:b\nK:C\nEDC|\n"
    assert [(t.id, t.title, t.duration_beats[0]) for t in read_tunes(book.encode(), "b.abc")] == [
        ("b.abc:1", "a", 1.0), ("b.abc:3", "b", 1.0)]


def test_abc_of_several_voices_is_read_in_its_first():
    text = "X:1\nT:t\nM:4/4\nL:1/4\nK:C\nV:1\nCDEF|\nV:2\nC,C,C,C,|\n"
    assert read_abc_tune(text, "t").pitch_midi.tolist() == [60, 62, 64, 65]


def test_bar_lengths_are_counted():
    assert bar_lengths("X:1\nM:3/4\nL:1/4\nK:C\nC|CDE|CD|E3|]") == ([1, 3, 2, 3], 3)


MUSICXML = """<?xml version="1.0"?><score-partwise version="4.0"><work><work-title>Small</work-title></work><part-list>
<score-part id="P1"><part-name>a</part-name></score-part></part-list><part id="P1"><measure number="1"><attributes>
<divisions>2</divisions><key><fifths>-1</fifths></key><time><beats>3</beats><beat-type>4</beat-type></time></attributes>
{}</measure></part></score-partwise>"""
NOTE = "<note><pitch><step>{}</step><octave>4</octave></pitch><duration>{}</duration></note>"


def test_musicxml():
    text = MUSICXML.format(NOTE.format("C", 2) + NOTE.format("F", 3) + NOTE.format("A", 1))
    (tune,) = read_tunes(text.encode(), "small.musicxml")
    assert tune.title == "Small"
    assert tune.meter == Meter(3, 4)
    assert tune.pitch_midi.tolist() == [60, 65, 69]
    assert tune.onset_beats.tolist() == [0, 1, 2.5]


def test_a_score_with_entities_or_broken_is_refused():
    bomb = MUSICXML.replace("?>", "?><!DOCTYPE x [<!ENTITY a 'b'>]>", 1).format("")
    for text in (bomb, MUSICXML[:300]):
        with pytest.raises(errors.HumbandError):
            list(read_tunes(text.encode(), "x.musicxml"))
