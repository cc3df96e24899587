import io
import json
import re
import resource
import subprocess
import sys
from itertools import pairwise

import mido
import pretty_midi
import pytest

from core.music import GENRES, Song
from tests.bot.conftest import HUM, ROOT, written

GOOD_KEY = re.compile(r"[A-G][#b]? (major|minor|dorian|phrygian|lydian|mixolydian)")


def test_song_says_what_it_heard_and_where_the_files_are(humband, tmp_path):
    ran = humband("song", HUM, "--genre", "rock", "--length", "30")
    assert (ran.status, ran.err) == (0, "")
    assert written(tmp_path / "out") == ["hum.jpg", "hum.json", "hum.mid", "hum.mp3"]
    assert GOOD_KEY.search(ran.out)
    for word in ("rock", "beats a minute", "bars", "Chords", "hum.mp3", "hum.mid", "Next:"):
        assert word in ran.out

    song = Song.from_json(json.loads((tmp_path / "out" / "hum.json").read_text()))
    assert song.genre == "rock"
    assert {"melody", "chords", "bass", "drums"} <= {track.role for track in song.tracks}
    midi = (tmp_path / "out" / "hum.mid").read_bytes()
    names = [i.name for i in pretty_midi.PrettyMIDI(io.BytesIO(midi)).instruments]
    assert {"melody", "chords", "bass", "drums"} <= set(names)
    assert mido.MidiFile(file=io.BytesIO(midi)).length == pytest.approx(song.duration_s, abs=8)


@pytest.mark.long  # tests/core/test_studio.py says the same of the studio
def test_the_same_seed_gives_the_same_midi_and_another_seed_another_take(humband, tmp_path):
    takes = []
    for seed in (1, 1, 2):
        assert humband("song", HUM, "--genre", "jazz", "--length", "20", "--seed", seed).status == 0
        takes.append((tmp_path / "out" / "hum.mid").read_bytes())
    assert takes[0] == takes[1] != takes[2]


def test_a_stored_song_takes_a_new_genre_and_is_not_overwritten(humband, tmp_path):
    assert humband("song", HUM, "--genre", "rock", "--length", "20").status == 0
    stored = tmp_path / "out" / "hum.json"
    before = stored.read_bytes()
    ran = humband("song", stored, "--genre", "electronic", "--length", "20", "--stems")
    assert ran.status == 0
    assert {"hum-2-melody.opus", "hum-2-drums.opus", "hum-2-bass.opus"} <= set(written(tmp_path / "out"))
    assert stored.read_bytes() == before
    again = json.loads((tmp_path / "out" / "hum-2.json").read_text())
    assert again["genre"] == "electronic"
    assert again["lead_sheet"]["notes"] == json.loads(before)["lead_sheet"]["notes"]


def test_a_midi_file_gets_a_band_like_a_hum(humband, tmp_path):
    part = pretty_midi.Instrument(0, name="melody")
    part.notes = [pretty_midi.Note(90, 60 + step, i * 0.5, i * 0.5 + 0.45)
                  for i, step in enumerate([0, 2, 4, 5, 7, 7, 5, 4, 2, 4, 2, 0, 4, 2, 0, 0])]
    midi = pretty_midi.PrettyMIDI(initial_tempo=120)
    midi.instruments.append(part)
    midi.write(str(tmp_path / "tune.mid"))
    assert humband("song", tmp_path / "tune.mid", "--genre", "rock", "--length", "20").status == 0
    song = json.loads((tmp_path / "out" / "tune.json").read_text())
    assert song["lead_sheet"]["key"] == "C major"
    assert [n[2] for n in song["lead_sheet"]["notes"]][:5] == [60, 62, 64, 65, 67]


def test_notes_melody_genre_and_harmonize_write_their_formats(humband, tmp_path):
    out = tmp_path / "out"
    assert humband("notes", HUM).status == 0
    header, *rows = (out / "hum.csv").read_text().splitlines()
    assert header == "onset_s,offset_s,pitch_midi"
    assert len(rows) > 10
    assert all(0 <= float(on) < float(off) for on, off, _ in (row.split(",") for row in rows))

    assert humband("melody", HUM).status == 0
    melody = json.loads((out / "hum.json").read_text())
    assert GOOD_KEY.fullmatch(melody["key"])
    assert re.fullmatch(r"\d+/\d+", melody["meter"])
    assert 0.5 <= melody["swing"] <= 0.75
    assert all(len(row) == 3 for row in melody["notes"])

    (tmp_path / "tune.json").write_text(json.dumps(melody))
    assert humband("harmonize", tmp_path / "tune.json", "--genre", "jazz").status == 0
    chords = json.loads((out / "tune.json").read_text())["chords"]
    assert chords[0][0] <= 0
    assert all(a[0] + a[1] == pytest.approx(b[0]) for a, b in pairwise(chords))

    assert humband("genre", HUM).status == 0
    guess = json.loads((out / "hum.json").read_text())
    assert set(guess["melody"]) == set(GENRES)
    assert guess["drums"] is None


@pytest.mark.parametrize("args", [
    ["song"], ["song", "x.ogg", "--genre", "polka"], ["song", "x.ogg", "--tempo", "5000"],
    ["song", "x.ogg", "--key", "H"], ["song", "x.ogg", "--feel", "weird"], ["song", "x.ogg", "--length", "1"],
    ["sing", "x.ogg"], ["harmonize", "x.json", "--genre", "polka"],
])
def test_wrong_usage_is_status_2(humband, args):
    ran = humband(*args)
    assert ran.status == 2
    assert "Traceback" not in ran.err


def test_help_is_quick():
    """In seconds of the processor, which other work on the machine does not stretch."""

    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def once():
        before = spent()
        subprocess.run([sys.executable, "-m", "bot.cli", "--help"], check=True, capture_output=True, cwd=ROOT)
        return spent() - before

    assert min(once() for _ in range(3)) < 0.5


def test_help_loads_nothing_musical():
    code = "import sys, bot.cli; print(sorted({'numpy', 'core.studio', 'music21', 'librosa'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT).stdout == "[]\n"


def test_doctor_finds_everything_on_a_machine_that_was_set_up(humband):
    ran = humband("doctor")
    assert ran.status == 0
    assert "Everything a song needs is here." in ran.out


def test_doctor_says_how_to_mend_what_is_missing(humband, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("HUMBAND_SOUNDFONT", "/nowhere/font.sf2")
    ran = humband("doctor")
    assert ran.status == 1
    assert "FAIL  ffmpeg" in ran.out
    assert "apt-get install ffmpeg" in ran.out
