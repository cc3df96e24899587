"""Files as they come from strangers: every container a phone makes, damaged ones, and playlists that
point elsewhere, with a web server beside them that must not be asked."""

import contextlib
import http.server
import os
import subprocess
import threading
from pathlib import Path

import numpy as np

RATE = 44_100
RAW = f"-f f32le -ar {RATE} -ac 1 -i pipe:0"
ENCODINGS = {  # name of the container: (file name, ffmpeg's options)
    "ogg": ("voice.ogg", "-c:a libopus -b:a 32k"),
    "vorbis": ("voice.oga", "-c:a libvorbis -f ogg"),
    "mp3": ("voice.mp3", "-c:a libmp3lame"),
    "mp3-bare": ("bare.mp3", "-c:a libmp3lame -id3v2_version 0 -write_xing 0"),
    "mp3-mpeg2": ("small.mp3", "-c:a libmp3lame -ar 22050 -b:a 48k"),
    "wav": ("voice.wav", "-c:a pcm_s16le"),
    "wav-24-bit": ("voice24.wav", "-c:a pcm_s24le -ac 2"),
    "wav-rf64": ("voice64.wav", "-c:a pcm_s16le -rf64 always"),
    "wav-float": ("voicef.wav", "-c:a pcm_f32le"),
    "flac": ("voice.flac", "-c:a flac"),
    "aac": ("voice.aac", "-c:a aac -f adts"),
    "matroska": ("voice.mka", "-c:a libopus -f matroska"),
    "webm": ("voice.webm", "-c:a libopus -f webm"),
    "m4a-index-last": ("voice.m4a", "-c:a aac"),
    "m4a-index-first": ("stream.m4a", "-c:a aac -movflags +faststart"),
}
DEMUXERS = {"vorbis": "ogg", "webm": "matroska", "m4a": "mov"}


def hum(duration_s: float = 3.0, rate: int = RATE) -> np.ndarray:
    """A tone that moves, at -12 dB."""
    time_s = np.arange(round(duration_s * rate)) / rate
    return (0.25 * np.sin(2 * np.pi * (220 * time_s + 20 * np.sin(time_s)))).astype(np.float32)


def ffmpeg(options: str, *paths: Path | str, data: bytes = b"") -> bytes:
    """Run ffmpeg with these options, then these paths: what it writes on its stdout."""
    command = ["ffmpeg", "-v", "error", "-y", *options.split(), *map(str, paths)]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def encoded(folder: Path, encoding: str, duration_s: float = 3.0) -> Path:
    """A hum in that container."""
    name, options = ENCODINGS[encoding]
    ffmpeg(f"{RAW} {options}", folder / name, data=hum(duration_s).tobytes())
    return folder / name


def amr(duration_s: float = 3.0) -> bytes:
    """An AMR-NB file of 20 ms frames at 12.2 kbit/s, written by hand: Debian's ffmpeg only reads AMR."""
    return b"#!AMR\n" + (b"\x3c" + bytes(range(31))) * round(duration_s * 50)


def video(path: Path, duration_s: float = 3.0) -> Path:
    """A video note with sound, its index at the end."""
    picture = f"-f lavfi -i testsrc=size=96x96:rate=10:duration={duration_s}"
    ffmpeg(f"{RAW} {picture} -c:v mpeg4 -c:a aac -shortest", path, data=hum(duration_s).tobytes())
    return path


def playlists(folder: Path, port: int) -> dict[str, Path]:
    """Playlists named .ogg that lead to a sound beside them, and to a server on this machine."""
    ffmpeg(f"{RAW} -c:a aac -f adts", folder / "other.aac", data=hum(10.0).tobytes())
    ffmpeg(f"-i {folder}/other.aac -f mpegts -c:a copy", folder / "other.ts")
    url = f"http://127.0.0.1:{port}/other.aac"
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n"
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
        ' mediaPresentationDuration="PT10S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="64000">'
        "<BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )
    texts = {
        "hls-local": f"{head}other.aac\n#EXT-X-ENDLIST\n",
        "hls-ts": f"{head}{folder}/other.ts\n#EXT-X-ENDLIST\n",
        "hls-http": f"{head}{url}\n#EXT-X-ENDLIST\n",
        "dash-http": dash.format(url),
        "dash-local": dash.format("other.aac"),
        "concat-local": "ffconcat version 1.0\nfile other.aac\n",
        "concat-http": f"ffconcat version 1.0\nfile {url}\n",
        "pls": f"[playlist]\nFile1={url}\nNumberOfEntries=1\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    }
    found = {}
    for name, text in texts.items():
        found[name] = folder / f"{name}.ogg"
        found[name].write_text(text)
    return found


@contextlib.contextmanager
def counting_server():
    """A loopback web server that answers with a sound, and the list of what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()


def children(name: str = "ffmpeg") -> list[str]:
    """Command lines of the running processes of that name which this process started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            if fields["Name"] == name and int(fields["PPid"]) == os.getpid():
                found.append((status.parent / "cmdline").read_text())
    return found
