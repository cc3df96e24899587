"""Everything people send that is no tune: one sentence, status 1, nothing left behind."""

import http.server
import json
import subprocess
import threading
import wave

import numpy as np
import pytest

from tests.bot.conftest import HUM, ffmpeg, written

RATE = 16_000


def wav(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def empty(folder):
    return folder / "zero.ogg", b""


def text(folder):
    return folder / "text.ogg", b"This is a shopping list.\n" * 50


def cut_to_nothing(folder):
    return folder / "cut.ogg", HUM.read_bytes()[:300]


def random_bytes(folder):
    return folder / "noise.mp3", np.random.default_rng(1).bytes(50_000)


def bad_midi(folder):
    return folder / "bad.mid", b"MThd" + b"\0" * 40


def bad_json(folder):
    return folder / "bad.json", json.dumps({"lead_sheet": {"notes": "la la"}}).encode()


def deep_json(folder):
    return folder / "deep.json", b'{"a":' * 100_000


@pytest.mark.parametrize("make", [empty, text, cut_to_nothing, random_bytes, bad_midi, bad_json, deep_json])
def test_bytes_that_are_no_music(humband, tmp_path, make):
    path, data = make(tmp_path)
    path.write_bytes(data)
    one_sentence(humband("song", path), tmp_path)


def silence(_rng):
    return np.zeros(5 * RATE)


def white_noise(rng):
    return rng.normal(0, 0.1, 5 * RATE)


def too_short(_rng):
    return np.sin(np.arange(int(0.3 * RATE)) * 0.1)


def ten_minutes(_rng):
    return np.tile(np.sin(np.arange(RATE) * 0.1) * 0.3, 600)


@pytest.mark.parametrize("make", [silence, white_noise, too_short, ten_minutes])
def test_sound_that_is_no_tune(humband, tmp_path, make):
    path = wav(tmp_path / "voice.wav", make(np.random.default_rng(1)))
    one_sentence(humband("song", path), tmp_path)


def test_speech_gets_a_sentence_or_a_song_with_a_warning(humband, tmp_path):
    path = tmp_path / "speech.wav"
    subprocess.run(["espeak-ng", "-w", path, "Good morning. I would like to order two coffees and a piece of cake."],
                   check=True)
    ran = humband("song", path)
    assert "Traceback" not in ran.err
    assert "spe" in (ran.out + ran.err).lower() or "no tune" in ran.err


def test_playlists_reach_no_file_and_no_network(humband, tmp_path):
    wav(tmp_path / "secret.wav", np.sin(np.arange(5 * RATE) * 0.1) * 0.3)
    ffmpeg("-i", tmp_path / "secret.wav", "-c:a", "aac", tmp_path / "secret.aac")
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_error(404)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/a.aac"
    playlists = {
        "hls_file": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nsecret.aac\n#EXT-X-ENDLIST\n",
        "hls_url": f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n",
        "dash": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
                f'mediaPresentationDuration="PT5S"><Period><BaseURL>{url}</BaseURL><AdaptationSet mimeType="audio/mp4">'
                f'<Representation id="1" bandwidth="1"/></AdaptationSet></Period></MPD>',
        "concat": "ffconcat version 1.0\nfile secret.wav\n",
        "concat_url": f"ffconcat version 1.0\nfile {url}\n",
    }
    try:
        for name, content in playlists.items():
            path = tmp_path / f"{name}.ogg"
            path.write_text(content)
            one_sentence(humband("notes", path), tmp_path)
    finally:
        server.shutdown()
    assert seen == []


def test_a_missing_file_and_a_folder(humband, tmp_path):
    one_sentence(humband("song", tmp_path / "nothing.ogg"), tmp_path)
    one_sentence(humband("song", tmp_path), tmp_path)


@pytest.mark.parametrize("extension", ["m4a", "mp3", "flac", "webm", "mp4"])
def test_what_phones_send_works(humband, tmp_path, extension):
    """An m4a has its index at the end, the mp4 is a video with sound."""
    path = tmp_path / f"hum.{extension}"
    video = ["-f", "lavfi", "-i", "color=size=64x64:rate=5", "-shortest"] if extension == "mp4" else []
    codec = {"m4a": ["-c:a", "aac"], "mp4": ["-c:a", "aac", "-c:v", "mpeg4"]}.get(extension, [])
    ffmpeg("-i", HUM, *video, *codec, path)
    assert humband("notes", path).status == 0
    assert len((tmp_path / "out" / "hum.csv").read_text().splitlines()) > 10


def test_a_good_input_beside_a_bad_one_is_written(humband, tmp_path):
    bad = tmp_path / "bad.ogg"
    bad.write_bytes(b"nothing")
    ran = humband("notes", bad, HUM)
    assert ran.status == 1
    assert written(tmp_path / "out") == ["hum.csv"]
    assert len(ran.err.splitlines()) == 1


def one_sentence(ran, folder):
    """One line that names the input and tells what to do; nothing written, nothing left running."""
    assert ran.status == 1, ran
    assert len(ran.err.strip().splitlines()) == 1, ran.err
    assert "Traceback" not in ran.err
    assert "inside Humband" not in ran.err
    assert ran.out == ""
    assert written(folder / "out") == []
    assert not ran.left_running
