"""The warm synth: as loud and as long as the program, repeatable to the bit, silent on stdout."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from pydub import AudioSegment

from core.errors import NotInstalled
from core.perform import synth
from core.perform.midi import song_to_midi
from core.perform.synth import Band, band, find_soundfont
from tests.core.perform.songs import demo_song

MIDI = song_to_midi(demo_song(bars=2))


def test_renders_repeat_to_the_bit_also_side_by_side():
    first = band().render(MIDI, 5.0)
    assert first.shape == (2, 220_500) and first.dtype == np.float32
    assert np.abs(first).max() > 0.02
    with ThreadPoolExecutor(3) as pool:
        assert all(np.array_equal(first, again) for again in pool.map(lambda _: band().render(MIDI, 5.0), range(6)))


def test_another_piece_in_between_leaves_no_trace():
    first = band().render(MIDI, 4.0)
    band().render(song_to_midi(demo_song(bars=2, lead="overdriven guitar")), 4.0)
    assert np.array_equal(first, band().render(MIDI, 4.0))


def test_tracks_add_up_to_the_band():
    song = demo_song(bars=2)
    parts = sum(band().render(song_to_midi(replace(song, tracks=(track,))), 5.0) for track in song.tracks)
    whole = band().render(MIDI, 5.0)
    assert np.sqrt(((parts - whole) ** 2).mean()) < 0.05 * np.sqrt((whole**2).mean())


def test_drums_alone_stay_drums():
    song = demo_song(bars=2)
    drums = band().render(song_to_midi(replace(song, tracks=song.tracks[3:4])), 4.0)
    energy = np.abs(np.fft.rfft(drums[0])) ** 2
    above = np.fft.rfftfreq(drums.shape[1], 1 / 44_100) > 6_000
    assert energy[above].sum() > 0.005 * energy.sum()  # hats


def test_midi2audios_own_call_writes_the_same_music(tmp_path):
    (tmp_path / "a.mid").write_bytes(MIDI)
    for name in ("warm.wav", "slow.flac"):
        band().midi_to_audio(str(tmp_path / "a.mid"), str(tmp_path / name))
    warm, slow = (AudioSegment.from_file(tmp_path / name) for name in ("warm.wav", "slow.flac"))
    assert (warm.channels, warm.frame_rate) == (2, 44_100)
    assert warm.dBFS == pytest.approx(slow.dBFS, abs=3)  # the program adds effects and a longer tail


def test_the_first_call_from_many_threads_keeps_stdout():
    code = (
        "import io, sys\nfrom concurrent.futures import ThreadPoolExecutor\nfrom core.perform.synth import band\n"
        "out = sys.stdout\n"
        "with ThreadPoolExecutor(4) as pool: bands = list(pool.map(lambda _: band(), range(8)))\n"
        "assert sys.stdout is out and len(set(map(id, bands))) == 1\nprint('clean')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"CI": "1", "PATH": "/usr/bin:/bin"}
    )
    assert (done.stdout, done.stderr) == ("clean\n", "")


def test_the_font_is_found_or_the_sentence_says_so(tmp_path, monkeypatch):
    chosen = tmp_path / "my.sf2"
    chosen.write_bytes(b"RIFF")
    monkeypatch.setenv(synth.FONT_VARIABLE, str(chosen))
    assert find_soundfont() == chosen
    with pytest.raises(NotInstalled, match="FluidSynth can read"):
        Band(chosen)
    monkeypatch.setenv(synth.FONT_VARIABLE, str(tmp_path / "none.sf2"))
    with pytest.raises(NotInstalled, match=synth.FONT_VARIABLE):
        find_soundfont()
    monkeypatch.delenv(synth.FONT_VARIABLE)
    monkeypatch.setattr(synth, "FONT_PATHS", ())
    assert find_soundfont().name == "TimGM6mb.sf2"
    assert np.abs(Band(find_soundfont()).render(MIDI, 2.0)).max() > 0.01
