"""The door: what is a sound comes in whole, all else is answered with a sentence."""

import json
import os
import stat
import subprocess
import wave

import numpy as np
import pytest

from core import audio
from core.audio import read_sound, write_mp3
from core.errors import HumbandError, Missing, NotInstalled, TooLarge, TooLong, TooShort, Unreadable
from core.mp3 import joined
from tests.core import bad_input

CASES = list(bad_input.ENCODINGS)


@pytest.fixture(autouse=True)
def nothing_left_behind():
    yield
    assert bad_input.children() == []


@pytest.mark.parametrize("encoding", CASES)
def test_every_container_a_phone_makes_is_read(tmp_path, encoding):
    path = bad_input.encoded(tmp_path, encoding)
    sound = read_sound(path, rate=16_000)
    assert sound.samples.dtype == np.float32 and sound.samples.ndim == 1 and sound.rate == 16_000
    assert sound.duration_s == pytest.approx(3.0, abs=0.12)
    assert np.array_equal(read_sound(path.read_bytes(), rate=16_000).samples, sound.samples)
    middle = sound.samples[16_000:32_000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert 190 < spectrum.argmax() < 250  # the hum's pitch, in Hz
    assert 0.15 < np.abs(middle).max() < 0.4


def test_amr_of_an_old_phone_is_read():
    assert read_sound(bad_input.amr(2.0)).duration_s == pytest.approx(2.0, abs=0.05)


def test_a_video_note_gives_its_sound(tmp_path):
    assert read_sound(bad_input.video(tmp_path / "note.mp4")).duration_s == pytest.approx(3.0, abs=0.2)


def test_a_video_without_sound_is_refused(tmp_path):
    path = tmp_path / "mute.mp4"
    bad_input.ffmpeg("-f lavfi -i testsrc=size=96x96:rate=10:duration=2 -c:v mpeg4", path)
    with pytest.raises(Unreadable):
        read_sound(path)


def test_playlists_reach_no_file_and_no_network(tmp_path):
    with bad_input.counting_server() as (port, asked):
        for name, path in bad_input.playlists(tmp_path, port).items():
            for source in (path, path.read_bytes()):
                with pytest.raises(Unreadable):
                    read_sound(source)
            # Even if a playlist got past the sniffing, ffmpeg would get nowhere.
            for container in ("ogg", "mov", "aac"):
                samples, _ = audio._decode(path.read_bytes(), container, 16_000, 20.0)
                assert len(samples) < 16_000, (name, container)
        assert asked == []


def test_playlist_traps_are_real(tmp_path):
    """The same files do lead an unguarded ffmpeg to the file beside them: the test above can fail."""
    paths = bad_input.playlists(tmp_path, 9)
    for name in ("hls-local", "concat-local"):
        assert len(bad_input.ffmpeg(f"-i {paths[name]} -f s16le -ar 8000 -ac 1 pipe:1")) > 80_000


NO_SOUND = (
    b"", b"\0", b"\0" * 5_000, b"Hello, this is a letter.\n" * 40, b"OggS", b"OggS" + b"\0" * 4_000, b"ID3",
    b"ID3\x04" + b"\x7f" * 40, b"RIFF\x24\0\0\0WAVE", b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + b"\xff" * 9,
    b"fLaC" + b"\xff" * 99, b"\x1a\x45\xdf\xa3" + b"\xff" * 999, b"\0\0\0\x18ftypM4A " + b"\xff" * 999,
    b"#!AMR\n", b"\xff\xfb\x90\x64" * 5, b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(900), b"%PDF-1.7" + bytes(900),
    b"PK\x03\x04" + bytes(900), b"MThd\0\0\0\x06" + bytes(20),
)  # fmt: skip


@pytest.mark.parametrize("data", NO_SOUND)
def test_what_is_no_sound_is_unreadable(data):
    with pytest.raises(Unreadable) as caught:
        read_sound(data)
    assert str(caught.value).endswith("flac or m4a.")


@pytest.mark.parametrize("encoding", ["ogg", "mp3", "wav", "flac", "aac", "matroska", "m4a-index-first"])
def test_a_cut_file_gives_what_decodes(tmp_path, encoding):
    data = bad_input.encoded(tmp_path, encoding, 6.0).read_bytes()
    sound = read_sound(data[: len(data) * 6 // 10], min_s=2.0)
    assert 2.0 < sound.duration_s < 5.0
    assert np.isfinite(sound.samples).all()


def test_a_cut_file_with_too_little_left_is_refused(tmp_path):
    data = bad_input.encoded(tmp_path, "flac", 6.0).read_bytes()
    with pytest.raises((Unreadable, TooShort)):
        read_sound(data[: len(data) // 12], min_s=2.0)
    data = bad_input.encoded(tmp_path, "m4a-index-last", 6.0).read_bytes()
    with pytest.raises(Unreadable):
        read_sound(data[: len(data) // 2], min_s=2.0)


def test_length_limits(tmp_path):
    short = bad_input.encoded(tmp_path, "ogg", 0.3)
    with pytest.raises(TooShort, match="at least 2 seconds"):
        read_sound(short, min_s=2.0)
    assert read_sound(short).duration_s == pytest.approx(0.3, abs=0.05)
    exact = bad_input.encoded(tmp_path, "mp3", 4.0)
    assert read_sound(exact, max_s=4.0).duration_s == pytest.approx(4.0, abs=0.1)
    with pytest.raises(TooLong, match="longer than 3 seconds"):
        read_sound(exact, max_s=3.0)


def test_ten_minutes_are_refused_without_decoding_them(tmp_path):
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8_000 * 600))
    with pytest.raises(TooLong, match="180 seconds"):
        read_sound(path)


def test_size_is_looked_at_before_anything_else(tmp_path):
    path = tmp_path / "large.wav"
    path.write_bytes(b"RIFF" + bytes(2**20))
    with pytest.raises(TooLarge, match="1 MB"):
        read_sound(path, max_mb=1.0)


def test_what_is_no_file(tmp_path):
    with pytest.raises(Missing):
        read_sound(tmp_path / "none.ogg")
    os.mkfifo(tmp_path / "pipe.ogg")
    for path in (tmp_path, tmp_path / "pipe.ogg"):
        with pytest.raises(Unreadable):
            read_sound(path)


def test_sentences_name_no_path_of_ours(tmp_path):
    broken = tmp_path / "secret-name.ogg"
    broken.write_bytes(b"OggS" + b"\1" * 999)
    with pytest.raises(HumbandError) as caught:
        read_sound(broken)
    assert "secret-name" not in str(caught.value) and str(tmp_path) not in str(caught.value)


def test_odd_floats_become_sound():
    data = np.full(16_000, 0.5, dtype="<f4")
    data[100], data[200], data[300] = np.nan, np.inf, -7.0
    options = "-f f32le -ar 16000 -ac 1 -i pipe:0 -c:a pcm_f32le -f wav pipe:1"
    wav = bad_input.ffmpeg(options, data=data.tobytes())
    samples = read_sound(wav, rate=16_000).samples
    assert np.isfinite(samples).all() and np.abs(samples).max() <= 1.0


def test_a_decoder_that_hangs_is_killed(tmp_path, monkeypatch):
    slow = tmp_path / "ffmpeg"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(slow.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(audio, "DECODE_TIMEOUT_S", 0.3)
    with pytest.raises(Unreadable):
        read_sound(b"OggS" + bytes(99))
    assert bad_input.children("sleep") == []


def test_without_ffmpeg_the_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match="ffmpeg is missing"):
        read_sound(b"OggS" + bytes(99))
    with pytest.raises(NotInstalled, match="ffmpeg is missing"):
        write_mp3(np.zeros((4_410, 2), np.float32), 44_100, tmp_path / "a.mp3")
    assert list(tmp_path.iterdir()) == []


def test_another_rate_keeps_the_sound():
    sound = audio.Sound(bad_input.hum(1.0), 44_100)
    lower = sound.at(16_000)
    assert lower.rate == 16_000 and lower.duration_s == pytest.approx(1.0, abs=1e-3)
    assert np.sqrt((lower.samples**2).mean()) == pytest.approx(np.sqrt((sound.samples**2).mean()), rel=0.01)
    assert sound.at(44_100) is sound


def probe(path):
    command = f"ffprobe -v error -show_format -show_streams -of json {path}".split()
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("seconds", [5.0, 13.0])
def test_mp3_is_tagged_constant_and_whole(tmp_path, seconds):
    from PIL import Image

    Image.new("RGB", (640, 640), "#804020").save(tmp_path / "cover.jpg")
    mono = bad_input.hum(seconds)
    path = tmp_path / "song.mp3"
    path.write_bytes(b"an older take")
    tags = {
        "title": "Señor “Blue”\n; rm = -y",
        "artist": "Humband",
        "genre": "jazz",
        "TBPM": "120",
        "TKEY": "F#m",
    }
    write_mp3(np.stack([mono, -mono], axis=1), 44_100, path, tags=tags, cover=tmp_path / "cover.jpg")
    found = probe(path)
    sound, picture = found["streams"]
    assert (sound["codec_name"], sound["bit_rate"], sound["sample_rate"], sound["channels"]) == (
        "mp3",
        "192000",
        "44100",
        2,
    )
    assert (picture["codec_name"], picture["width"], picture["disposition"]["attached_pic"]) == (
        "mjpeg",
        640,
        1,
    )
    expected = tags | {"title": "Señor “Blue”; rm = -y"}
    assert {name: found["format"]["tags"][name] for name in tags} == expected
    assert float(found["format"]["duration"]) == pytest.approx(seconds, abs=0.06)
    assert path.read_bytes()[:4] == b"ID3\x03"
    assert read_sound(path).duration_s == pytest.approx(seconds, abs=0.06)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cover.jpg", "song.mp3"]


def test_the_seam_of_a_long_mp3_is_not_heard(tmp_path):
    rng = np.random.default_rng(3)
    mono = bad_input.hum(11.0) + 0.1 * rng.standard_normal(11 * 44_100).astype(np.float32)
    stereo = np.stack([mono, np.roll(mono, 50)], axis=1)
    stereo[::4_410] += 0.3  # attacks everywhere, for which an encoder changes its windows
    write_mp3(stereo, 44_100, tmp_path / "long.mp3")
    audio._export(stereo, 44_100, tmp_path / "whole.mp3", format="mp3", bitrate="192k",
                  parameters=["-compression_level", "7", "-reservoir", "0"])
    seam = len(stereo) // 1_152 // 2 * 1_152
    here, there = (read_sound(tmp_path / f"{name}.mp3").samples for name in ("long", "whole"))
    assert len(here) == len(there)
    one, other = ((tmp_path / f"{name}.mp3").read_bytes() for name in ("long", "whole"))
    one, other = one[one.index(b"Info"):][:160], other[other.index(b"Info"):][:160]
    assert one[:16] == other[:16]  # frames and bytes
    assert one[141:144] == other[141:144]  # delay and padding: it plays without a gap
    assert np.abs(here[seam - 8_000:seam + 3_000] - there[seam - 8_000:seam + 3_000]).max() < 2e-3
    assert np.abs(here - there).max() < 0.25


@pytest.mark.parametrize("data", [b"", b"no music" * 300, b"ID3" + bytes(40)])
def test_what_is_no_mp3_is_not_joined(data):
    with pytest.raises((ValueError, IndexError)):
        joined(data, data, 3, 10_000)


def test_a_failed_mp3_leaves_the_old_one(tmp_path):
    path = tmp_path / "song.mp3"
    path.write_bytes(b"an older take")
    with pytest.raises(OSError):
        write_mp3(np.zeros((4_410, 2), np.float32), 44_100, path, cover=tmp_path / "no-such-cover.jpg")
    assert path.read_bytes() == b"an older take"
    assert [p.name for p in tmp_path.iterdir()] == ["song.mp3"]
