import io
import re
from dataclasses import replace

import pytest

from benchmarks._musicxml import faults, schema_file
from core.music import Chord, Key, LeadSheet, Melody, Meter, Note
from core.perform.sheet.engrave import engrave
from core.perform.sheet.lead import lead_score
from core.perform.sheet.musicxml import harmony_element, to_musicxml
from core.perform.sheet.piano import piano_score
from core.perform.sheet.pieces import piece_from_midi, piece_from_song
from core.perform.sheet.readers import Reader
from core.perform.sheet.repeats import fold_repeats
from core.perform.sheet.scores import full_score, song_score
from core.theory import CHORD_SHAPES
from tests.core.perform.sheet.midis import midi_of, scale
from tests.core.perform.songs import demo_song


def tune(rows, *, key="C major", meter="4/4", chords=(), swing=0.5, bpm=100.0):
    return LeadSheet(Melody(tuple(Note(*row) for row in rows), bpm, Key.parse(key), Meter.parse(meter), swing),
                     tuple(Chord(*c) for c in chords))


PHRASE = [(0, 1, 67), (1, 1, 69), (2, 2, 71), (4, 1.5, 72), (5.5, 0.5, 71), (6, 2, 69), (8, 4, 67), (12, 4, 64)]
SHEETS = {
    "upbeat": tune([(3, 1, 62), (4, 2, 67), (6, 2, 71), (8, 4, 74)], key="G major", chords=[(4, 4, "G"), (8, 4, "D7")]),
    "triplets": tune([(0, 1 / 3, 60), (1 / 3, 1 / 3, 62), (2 / 3, 1 / 3, 64), (1, 3, 65)], chords=[(0, 4, "F/C")]),
    "compound": tune([(0, 1.5, 62), (1.5, 1, 65), (2.5, 0.5, 64), (3, 3, 61)], key="D minor", meter="6/8"),
    "swing": tune([(0, 0.5, 63), (0.5, 0.5, 66), (1, 2, 65)], key="Eb major", swing=0.66, chords=[(0, 4, "Ebmaj7")]),
    "low": tune([(0, 4, 45), (4, 4, 50)], key="B minor"),
    "odd": tune([(0, 1, 60), (1, 2.5, 62)], meter="7/8", chords=[(0, 3.5, "C7sus4"), (1, 1, "Bbm7b5/Ab")]),
}


def read(xml: bytes):
    from music21 import converter

    return converter.parseData(xml, format="musicxml")


def sounding(xml: bytes, part=0):
    """(onset, length, MIDI number) of all notes, ties joined, as music21 hears them."""
    flat = read(xml).parts[part].toSoundingPitch().stripTies().flatten()
    return [(float(n.offset), float(n.quarterLength), n.pitch.midi) for n in flat.getElementsByClass("Note")]


needs_schema = pytest.mark.skipif(schema_file() is None, reason="musicxml and lxml, which hold and read the schema, "
                                                                "are not installed")


@needs_schema
@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("transpose", [0, 2, 9])
def test_lead_sheets_are_valid_musicxml(name, transpose):
    score = lead_score(SHEETS[name], title="A & <B>", composer="Ann", reader=Reader(transpose, "alto"))
    assert faults(to_musicxml(score)) == []


@needs_schema
def test_scores_are_valid_musicxml():
    song = demo_song(8)
    two_handed = piece_from_midi(midi_of(scale(*range(60, 84), length=0.5) + scale(36, 43, 36, 43, 48, 43, length=2)))
    band = full_score(piece_from_song(song), chords=song.chords, sections=song.sections)
    for score in (song_score(song, title="T"), band, piano_score(two_handed)):
        assert faults(to_musicxml(score, [4])) == []


@pytest.mark.parametrize("name", SHEETS)
def test_what_is_written_is_what_was_sung(name):
    sheet = SHEETS[name]
    notes = sounding(to_musicxml(lead_score(sheet)))
    start = sheet.melody.notes[0].onset_beats
    assert [(on - notes[0][0], length, pitch) for on, length, pitch in notes] == [
        pytest.approx((n.onset_beats - start, n.duration_beats, n.pitch)) for n in sheet.melody.notes]


@pytest.mark.parametrize("transpose", [2, 9, 7])
def test_a_transposed_part_sounds_as_before_and_reads_higher(transpose):
    sheet = SHEETS["upbeat"]
    xml = to_musicxml(lead_score(sheet, reader=Reader(transpose, "treble")))
    assert [p for _, _, p in sounding(xml)] == [n.pitch for n in sheet.melody.notes]
    written = [n.pitch.midi for n in read(xml).parts[0].flatten().getElementsByClass("Note")]
    assert [(w - n.pitch) % 12 for w, n in zip(written, sheet.melody.notes, strict=True)] == [transpose % 12] * 4
    harmonies = re.findall(r"<root-step>(\w)", xml.decode())
    assert harmonies == {2: ["A", "E"], 9: ["E", "B"], 7: ["D", "A"]}[transpose]


def test_the_head_of_a_sheet_is_in_the_file():
    text = to_musicxml(lead_score(SHEETS["swing"], title="Ode", composer="Ann")).decode()
    assert "<work-title>Ode</work-title>" in text
    assert '<creator type="composer">Ann</creator>' in text
    assert "<fifths>-3</fifths>" in text and "<mode>major</mode>" in text
    assert "<swing>" in text and "<per-minute>100</per-minute>" in text
    compound = to_musicxml(lead_score(SHEETS["compound"])).decode()
    assert "<beat-unit-dot" in compound and "<per-minute>67</per-minute>" in compound
    upbeat = to_musicxml(lead_score(SHEETS["upbeat"])).decode()
    assert re.search(r'<measure number="0" implicit="yes"', upbeat)
    assert "<clef-octave-change>-1" in to_musicxml(lead_score(SHEETS["low"])).decode()


def test_the_same_sheet_gives_the_same_bytes():
    one, two = (engrave(lead_score(SHEETS["swing"], title="T"), ("musicxml", "svg", "png")) for _ in range(2))
    assert one == two


@pytest.mark.parametrize("quality", CHORD_SHAPES)
def test_every_chord_has_a_name_that_music21_reads_back(quality):
    from xml.etree import ElementTree as ET

    element = harmony_element(f"Bb{quality}/D")
    assert element.find("kind").text
    assert ET.tostring(element).count(b"-alter") >= 1
    sheet = tune(PHRASE, chords=[(0, 4, f"Bb{quality}"), (4, 4, "F")])
    first = read(to_musicxml(lead_score(sheet))).flatten().getElementsByClass("ChordSymbol")[0]
    assert first.root().pitchClass == 10
    if quality not in ("13", "7sus4"):  # music21 takes an added seventh for a major one, and 13 without its root's
        assert {p.pitchClass for p in first.pitches} == {(10 + step) % 12 for step in CHORD_SHAPES[quality]}


def test_a_chord_that_changes_under_a_held_note_stands_over_its_beat():
    sheet = tune([(0, 4, 60), (4, 4, 62)], chords=[(0, 2, "C"), (2, 2, "F"), (4, 3, "G7"), (7, 1, "C")])
    found = read(to_musicxml(lead_score(sheet))).flatten().getElementsByClass("ChordSymbol")
    assert [(float(c.offset), c.root().name) for c in found] == [(0, "C"), (2, "F"), (4, "G"), (7, "C")]


def test_a_phrase_that_comes_twice_is_written_once_with_two_endings():
    again = [(on + 16, length, pitch) for on, length, pitch in PHRASE[:-1]] + [(28, 4, 60)]
    folded = fold_repeats(lead_score(tune(PHRASE + again, chords=[(0, 4, "C"), (16, 4, "C")])))
    assert len(folded.bars) == 5
    assert [bar.ending for bar in folded.bars] == [0, 0, 0, 1, 2]
    assert [bar.repeat_to for bar in folded.bars] == [False, False, False, True, False]
    expanded = read(to_musicxml(folded)).parts[0].expandRepeats().flatten().getElementsByClass("Note")
    assert [n.pitch.midi for n in expanded] == [row[2] for row in PHRASE + again]


def test_what_differs_or_is_tied_over_is_not_folded():
    other = [(on + 16, length, pitch + (on == 0)) for on, length, pitch in PHRASE]
    assert fold_repeats(lead_score(tune(PHRASE + other))).bars[0].repeat_from is False
    tied = [*PHRASE[:-1], (12, 5, 64), *((on + 16, length, pitch) for on, length, pitch in PHRASE[1:])]
    assert not any(bar.repeat_to for bar in fold_repeats(lead_score(tune(tied))).bars)


def test_words_stand_under_their_notes():
    score = lead_score(tune(PHRASE), syllables=[("Hal", "begin"), ("lo", "end"), ("", "single"), ("you", "single")])
    lyrics = re.findall(r"<syllabic>(\w+)</syllabic>\s*<text>(\w+)</text>", to_musicxml(score).decode())
    assert lyrics == [("begin", "Hal"), ("end", "lo"), ("single", "you")]


def test_pictures_hold_all_their_text_and_the_pdf_is_vector():
    from PIL import Image
    from pypdf import PdfReader

    long = tune([(i, 1, 60 + i % 13) for i in range(232)], chords=[(4 * i, 4, "Bbm7") for i in range(58)])
    pages = engrave(lead_score(long, title="A long one", composer="Ann"))
    assert len(pages["png"]) == len(pages["svg"]) == len(PdfReader(io.BytesIO(pages["pdf"][0])).pages) == 2
    first, second = (page.decode() for page in pages["svg"])
    for word in ("A long one", "Ann", "♭", "m7", "♩ = 100"):
        assert word in first
    assert "2 / 2" in second
    assert not re.search("[\ue000-\uf8ff]", first)  # signs of a font that no picture has
    pdf = PdfReader(io.BytesIO(pages["pdf"][0]))
    assert not any(page.images for page in pdf.pages)
    with Image.open(io.BytesIO(pages["png"][0])) as picture:
        assert picture.size == (1654, 2340)
        title = picture.convert("L").crop((500, 60, 1150, 180))
        assert title.getextrema()[0] < 60  # the title's ink


def test_a_lone_page_ends_with_its_last_line():
    from PIL import Image

    with Image.open(io.BytesIO(engrave(lead_score(tune(PHRASE)), ("png",))["png"][0])) as picture:
        assert picture.width == 1654 and picture.height < 700


def test_every_staff_fills_every_bar():
    song = demo_song(12)
    for score in (song_score(song), full_score(piece_from_song(song), sections=song.sections)):
        for part in score.parts:
            for staff in part.staves:
                assert len(staff.bars) == len(score.bars)
                for bar, voices in zip(score.bars, staff.bars, strict=True):
                    assert {sum(value.duration for value in voice) for voice in voices} == {bar.length}


def test_chords_stay_on_the_page_where_the_voice_rests_for_a_line():
    song = demo_song(16)
    sung = tuple(note for note in song.notes if not 16 <= note.onset_beats < 32)
    score = song_score(replace(song, notes=sung))
    pages = engrave(score, ("svg",))["svg"]
    drawn = [re.findall(rb'<g [^>]*class="harm"[^>]*>\s*<text', page) for page in pages]
    assert sum(map(len, drawn)) == sum(map(len, score.parts[0].symbols)) == 16


def test_sung_breaths_are_no_rests_and_written_rests_stay():
    rows = [(0, 0.75, 60), (1, 0.75, 62), (2, 1, 64)]
    lengths = [length for _, length, _ in sounding(to_musicxml(lead_score(tune(rows), sung=True)))]
    assert lengths == [1, 1, 1]
    assert [n[1] for n in sounding(to_musicxml(lead_score(tune(rows))))] == [0.75, 0.75, 1]


def test_drums_have_their_own_staff():
    text = to_musicxml(full_score(piece_from_song(replace(demo_song(8), sections=())))).decode()
    assert "<sign>percussion</sign>" in text and "<unpitched>" in text and re.search(r"<notehead[^>]*>x<", text)
