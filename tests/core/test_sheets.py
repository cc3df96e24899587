"""Sheet music through the studio: every kind of source, and what is refused."""

import json
import re
from xml.etree import ElementTree as ET

import pytest

from core import studio
from core.errors import BadMusic, BadWish, HumbandError
from core.music import Key, LeadSheet, Melody, Note, Wish
from tests.bot.conftest import HUM
from tests.core.perform.sheet.midis import block, midi_of, scale
from tests.core.perform.songs import demo_song

TUNE = scale(60, 62, 64, 65, 67, 69, 71, 72)


def parts(sheet):
    """Names and numbers of staves of a sheet's parts."""
    root = ET.parse(sheet.files["musicxml"][0]).getroot()
    staves = [int(part.findtext(".//staves") or 1) for part in root.findall("part")]
    return [(name.text, count) for name, count in zip(root.iter("part-name"), staves, strict=True)]


def text(sheet):
    return sheet.files["musicxml"][0].read_text()


def make(source, folder, **wishes):
    return studio.make_sheet(source, folder, "a", **({"formats": ("musicxml",)} | wishes))


def test_a_voice_becomes_a_lead_sheet_in_every_format(tmp_path):
    seen = []
    sheet = studio.make_sheet(HUM, tmp_path, "hum", formats=studio.SHEET_FORMATS, title="Ode", composer="Ann",
                              progress=lambda stage, share: seen.append(share))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hum.musicxml", "hum.pdf", "hum.png", "hum.svg"]
    assert sheet.files["png"] == (tmp_path / "hum.png",)
    assert sheet.pages == 1
    assert seen == sorted(seen) and seen[-1] == 1.0
    for word in ("<work-title>Ode<", ">Ann<", "<fifths>2<", "<harmony>", '<ending number="1"', "<repeat "):
        assert word in text(sheet)


def test_a_song_is_laid_out_as_wished(tmp_path):
    song = demo_song(8)
    assert parts(make(song, tmp_path)) == [("Voice", 1), ("Piano", 2)]
    assert [name for name, _ in parts(make(song, tmp_path, layout="score"))] == [
        "Melody", "Chords", "Bass", "Pad", "Drums"]
    assert parts(make(song, tmp_path, layout="piano"))[0][1] == 2
    assert parts(make(song, tmp_path, layout="lead")) == [("Melody", 1)]
    assert "<work-title>Riverside<" in text(make(song, tmp_path))
    stored = json.dumps(song.to_json()).encode()
    assert text(make(stored, tmp_path)) == text(make(song, tmp_path))


def test_midi_files_are_laid_out_by_what_they_hold(tmp_path):
    assert parts(make(midi_of(TUNE), tmp_path)) == [("Melody", 1)]
    lead = make(midi_of(TUNE, block(0, 4, 48, 52, 55) + block(4, 4, 43, 47, 50, 53), key="C"), tmp_path)
    assert parts(lead) == [("Melody", 1)]
    assert text(lead).count("<harmony>") == 2
    piano = make(midi_of(TUNE + scale(36, 43, 36, 43, length=2)), tmp_path)
    assert [staves for _, staves in parts(piano)] == [2]
    band = make(midi_of(TUNE, scale(36, 43), scale(60, 64), programs=[73, 32, 24], names=["Flute", "Bass", "Guitar"]),
                tmp_path)
    assert parts(band) == [("Flute", 1), ("Bass", 1), ("Guitar", 1)]


def test_a_melody_and_a_lead_sheet_are_sources_too(tmp_path):
    melody = Melody(tuple(Note(*row) for row in TUNE), 100.0, Key())
    assert "<harmony>" in text(make(melody, tmp_path))
    assert "<harmony>" not in text(make(LeadSheet(melody, ()), tmp_path))
    stored = json.dumps(melody.to_json()).encode()
    assert text(make(stored, tmp_path)) == text(make(melody, tmp_path))


def test_the_key_of_a_file_is_believed_unless_its_notes_belie_an_untouched_c(tmp_path):
    def fifths(data):
        return int(ET.parse(make(data, tmp_path).files["musicxml"][0]).getroot().findtext(".//fifths"))

    e_major = scale(64, 66, 68, 69, 71, 73, 75, 76, 75, 73, 71, 68, 66, 64, 63, 64)
    assert fifths(midi_of(e_major, key="E")) == 4
    assert fifths(midi_of(e_major, key="C")) == 4
    assert fifths(midi_of(e_major)) == 4
    assert fifths(midi_of(TUNE, key="F")) == -1
    assert fifths(midi_of(TUNE, key="C")) == 0


def test_words_and_instruments(tmp_path):
    sheet = make(midi_of(TUNE), tmp_path, reader="Eb", lyrics="Hal-le-lu-jah")
    assert "<transpose>" in text(sheet) and "<text>jah</text>" in text(sheet)


@pytest.mark.parametrize(("reader", "clef", "down"), [
    ("alto sax", "G", -9), ("Alto Saxophone", "G", -9), ("trompeta", "G", -2), ("cello", "F", 0), ("viola", "C", 0),
    ("guitar", "G", -12), ("C", "G", 0),
])
def test_a_named_instrument_has_its_clef_and_its_key(reader, clef, down, tmp_path):
    written = text(make(midi_of(TUNE), tmp_path, reader=reader))
    assert f"<sign>{clef}</sign>" in written
    found = re.search(r"<chromatic>(-?\d+)</chromatic>", written)
    assert (int(found[1]) if found else 0) % 12 == down % 12


def test_an_unknown_instrument_is_told_which_there_are(tmp_path):
    with pytest.raises(BadWish, match="trumpet"):
        make(midi_of(TUNE), tmp_path, reader="trumped")


@pytest.mark.parametrize(("source", "error"), [
    (midi_of([]), BadMusic), (b'{"notes": []}', BadMusic), (b'{"notes": [[0, 1, 60], [1e6, 1, 60]]}', BadMusic)])
def test_what_cannot_be_engraved_is_refused_and_leaves_nothing(source, error, tmp_path):
    with pytest.raises(error) as refused:
        make(source, tmp_path, formats=("png", "pdf"))
    assert isinstance(refused.value, HumbandError)
    assert list(tmp_path.iterdir()) == []


def test_a_layout_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(BadWish):
        make(HUM, tmp_path, layout="circle")


def test_practice_has_a_click_and_its_tempo(tmp_path):
    from core.audio import read_sound

    song = studio.compose(Melody(tuple(Note(*row) for row in TUNE), 120.0, Key()), Wish("pop", length_s=10.0))
    lengths = {}
    for percent in (100, 50):
        path = studio.make_practice(song, tmp_path, "a", percent=percent)
        assert path == tmp_path / "a-practice.mp3"
        sound = read_sound(path.read_bytes())
        lengths[percent] = len(sound.samples) / sound.rate
    beats = song.end_beats + song.meter.bar_beats
    assert lengths[100] == pytest.approx(beats * 60 / song.bpm, abs=4)
    assert lengths[50] - lengths[100] == pytest.approx(beats * 60 / song.bpm, abs=3)
    with pytest.raises(BadWish):
        studio.make_practice(song, tmp_path, "a", percent=20)


def test_the_click_counts_a_bar_in_and_marks_every_bar(tmp_path):
    from core.perform.sheet.practice import with_click

    song = demo_song(4)
    clicked = with_click(song)
    click = clicked.track("click")
    assert [note.onset_beats for note in click.notes] == list(range(20))
    assert [i for i, note in enumerate(click.notes) if note.velocity > 100] == [0, 4, 8, 12, 16]
    assert clicked.track("melody").notes[0].onset_beats == song.track("melody").notes[0].onset_beats + 4


def test_a_sheet_can_be_practised(tmp_path):
    for data in (midi_of(TUNE), midi_of(TUNE, scale(36, 43), scale(60, 64), programs=[73, 32, 24])):
        sheet = make(data, tmp_path)
        assert studio.make_practice(sheet.song, tmp_path, "a").stat().st_size > 10_000


def test_all_pages_are_counted_where_only_the_first_is_a_picture(tmp_path):
    long = midi_of(scale(*[60 + i % 13 for i in range(300)]))
    sheet = make(long, tmp_path, formats=("png", "pdf"), pictures=1)
    assert sheet.pages > 1 == len(sheet.files["png"])
