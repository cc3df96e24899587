"""``humband transcribe`` and ``humband piano`` as a person runs them."""

import subprocess

import mido
import numpy as np
import pretty_midi
import pytest
from PIL import Image

from core.audio import read_sound
from tests.bot.conftest import HUM, ffmpeg, written
from tests.bot.test_bad_input import RATE, one_sentence, wav


def test_a_hum_becomes_a_piano_as_long_as_it_is(humband, tmp_path):
    ran = humband("piano", HUM, "--left-hand")
    assert (ran.status, ran.err) == (0, "")
    assert written(tmp_path / "out") == ["hum.mid", "hum.mp3", "hum.spectrogram.png"]
    out = tmp_path / "out"
    assert read_sound(out / "hum.mp3").duration_s == pytest.approx(read_sound(HUM).duration_s, abs=0.05)
    midi = pretty_midi.PrettyMIDI(str(out / "hum.mid"))
    assert [player.name for player in midi.instruments] == ["melody", "left hand"]
    assert len(midi.instruments[0].notes) > 20
    assert {c.value for c in midi.instruments[0].control_changes if c.number == 64} == {0, 127}
    assert Image.open(out / "hum.spectrogram.png").size == (1400, 1000)


@pytest.mark.long
def test_what_the_piano_plays_is_heard_again_as_it_is_written(humband, tmp_path):
    assert humband("piano", HUM).status == 0
    assert humband("notes", tmp_path / "out" / "hum.mp3").status == 0
    rows = np.loadtxt(tmp_path / "out" / "hum.csv", delimiter=",", skiprows=1)
    notes = pretty_midi.PrettyMIDI(str(tmp_path / "out" / "hum.mid")).instruments[0].notes
    hits = sum(any(abs(n.start - a) < 0.05 and abs(n.pitch - p) < 0.5 for a, _, p in rows) for n in notes)
    assert 2 * hits / (len(rows) + len(notes)) >= 0.95


@pytest.mark.long
def test_a_song_comes_back_as_notes_with_tempo_bars_and_hands(humband, tmp_path):
    assert humband("song", HUM, "--genre", "classical", "--length", "20").status == 0
    ran = humband("transcribe", tmp_path / "out" / "hum.mp3")
    assert (ran.status, ran.err) == (0, "")
    written_as = ran.out.split()[-1]
    file = mido.MidiFile(written_as)
    assert any(m.type == "set_tempo" for m in file.tracks[0])
    assert any(m.type == "time_signature" for m in file.tracks[0])
    names = [p.name for p in pretty_midi.PrettyMIDI(written_as).instruments]
    assert names == ["right hand", "left hand"]


@pytest.mark.long
def test_other_instruments_play_what_was_written_down(humband, tmp_path):
    ran = humband("transcribe", HUM, "--instrument", "flute, cello", "--listen")
    assert (ran.status, ran.err) == (0, "")
    assert written(tmp_path / "out") == ["hum.mid", "hum.mp3"]
    midi = pretty_midi.PrettyMIDI(str(tmp_path / "out" / "hum.mid"))
    assert {player.program for player in midi.instruments} <= {73, 42}
    assert read_sound(tmp_path / "out" / "hum.mp3").duration_s >= midi.get_end_time() - 0.1


def test_an_unknown_instrument_is_wrong_usage(humband, tmp_path):
    ran = humband("transcribe", HUM, "--instrument", "vuvuzela")
    assert ran.status == 2
    assert "vuvuzela" in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["transcribe", "piano"])
def test_what_holds_no_notes_gets_a_sentence(humband, tmp_path, command):
    (tmp_path / "zero.ogg").write_bytes(b"")
    one_sentence(humband(command, tmp_path / "zero.ogg"), tmp_path)
    one_sentence(humband(command, wav(tmp_path / "silence.wav", np.zeros(4 * RATE))), tmp_path)
    talk = tmp_path / "talk.wav"
    subprocess.run(["espeak-ng", "-w", talk, "Good morning. I would like to order two coffees and a piece of cake."],
                   check=True)
    one_sentence(humband(command, talk), tmp_path)


def test_eleven_minutes_are_refused(humband, tmp_path):
    long = tmp_path / "long.mp3"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "660", "-b:a", "8k", long)
    ran = humband("transcribe", long)
    one_sentence(ran, tmp_path)
    assert "600 seconds" in ran.err
