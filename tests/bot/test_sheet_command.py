import io

import mido
import pytest

from tests.bot.conftest import HUM, written
from tests.core.perform.sheet.midis import midi_of, scale


def test_sheet_writes_what_was_asked_for(humband, tmp_path):
    ran = humband("sheet", HUM, "--as", "png,musicxml", "--composer", "Ann", "--transpose", "Bb", "--practice", 75)
    assert (ran.status, ran.err) == (0, "")
    assert written(tmp_path / "out") == ["hum-practice.mp3", "hum.musicxml", "hum.png"]
    assert all(f"hum{end}" in ran.out for end in (".png", ".musicxml", "-practice.mp3"))
    text = (tmp_path / "out" / "hum.musicxml").read_text()
    assert "<work-title>Hum</work-title>" in text and "<chromatic>-2</chromatic>" in text


def test_pages_of_one_input_are_not_overwritten_by_another(humband, tmp_path):
    long = midi_of(scale(*[60 + i % 13 for i in range(300)]))
    (tmp_path / "b").mkdir()
    for path in (tmp_path / "a.mid", tmp_path / "b" / "a.mid"):
        path.write_bytes(long)
    ran = humband("sheet", tmp_path / "a.mid", tmp_path / "b" / "a.mid", "--as", "png")
    assert ran.status == 0
    assert written(tmp_path / "out") == ["a-2.png", "a-3-2.png", "a-3.png", "a.png"]


@pytest.mark.parametrize("options", [("--as", "gif"), ("--layout", "round"), ("--transpose", "H"),
                                     ("--practice", 20), ("--instrument", "kazoo"), ("--lyrics", "nowhere.txt")])
def test_wrong_usage_is_said_before_anything_is_heard(humband, tmp_path, options):
    ran = humband("sheet", HUM, *options)
    assert ran.status == 2
    assert written(tmp_path / "out") == []


def test_bad_input_costs_one_sentence_and_the_others_go_on(humband, tmp_path):
    (tmp_path / "none.mid").write_bytes(midi_of([]))
    (tmp_path / "text.mid").write_text("no music")
    (tmp_path / "good.mid").write_bytes(midi_of(scale(60, 62, 64, 65)))
    ran = humband("sheet", tmp_path / "none.mid", tmp_path / "text.mid", tmp_path / "good.mid", "--as", "musicxml")
    assert ran.status == 1
    assert len(ran.err.splitlines()) == 2
    assert written(tmp_path / "out") == ["good.musicxml"]


def one_tick_a_beat():
    midi = mido.MidiFile(file=io.BytesIO(midi_of(scale(60, 62, 64, 65))))
    midi.ticks_per_beat = 1
    for track in midi.tracks:
        for message in track:
            message.time = min(message.time, 1)
    file = io.BytesIO()
    midi.save(file=file)
    return file.getvalue()


def repeated(count, length):
    track = mido.MidiTrack()
    for i in range(count):
        track += [mido.Message("note_on", note=48 + i % 30, velocity=80, time=0),
                  mido.Message("note_off", note=48 + i % 30, time=length)]
    file = io.BytesIO()
    mido.MidiFile(tracks=[track]).save(file=file)
    return file.getvalue()


@pytest.mark.parametrize(("data", "told"), [
    (repeated(100_000, 120), "larger than 400 kB"), (repeated(13_000, 9), "13,000 notes"),
    (repeated(40, 0), "no note in it"), (repeated(0, 0), "no note in it"),
])
def test_files_that_nobody_could_read_get_a_sentence(humband, tmp_path, data, told):
    (tmp_path / "bomb.mid").write_bytes(data)
    ran = humband("sheet", tmp_path / "bomb.mid", "--as", "musicxml")
    assert (ran.status, len(ran.err.splitlines())) == (1, 1) and told in ran.err
    assert written(tmp_path / "out") == []


def test_one_tick_a_beat_is_a_page(humband, tmp_path):
    (tmp_path / "coarse.mid").write_bytes(one_tick_a_beat())
    assert humband("sheet", tmp_path / "coarse.mid", "--as", "musicxml").status == 0
    assert written(tmp_path / "out") == ["coarse.musicxml"]


def test_a_cello_reads_its_own_clef(humband, tmp_path):
    assert humband("sheet", HUM, "--as", "musicxml", "--instrument", "cello").status == 0
    assert "<sign>F</sign>" in (tmp_path / "out" / "hum.musicxml").read_text()
