"""Sound in, from any container a phone makes, and out, as a tagged MP3.

The door to strangers' bytes. ffmpeg reads a pipe and nothing else, with the container named by us
(:mod:`core.containers`), so that a playlist reaches no file and no network; pydub, whose probe guesses
and connects, only ever sees samples we decoded.
"""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.containers import sniff_container
from core.errors import Missing, NotInstalled, TooLarge, TooLong, TooShort, Unreadable
from core.mp3 import OVERLAP, SAMPLES_A_FRAME, joined

Samples = npt.NDArray[np.float32]

DECODE_TIMEOUT_S = 30.0  # wall clock; ffmpeg also limits its own CPU seconds, should we die before it
_LENGTH_TOLERANCE_S = 0.25  # encoders pad: a recording of just 180 s must not be refused
MP3_BITRATE = "192k"
OPUS_BITRATE = "96k"
_MIN_SEAM = 150  # frames of a half, some 4 s: a shorter piece is not worth two encoders


@dataclass(frozen=True)
class Sound:
    """Decoded sound. ``samples`` is float32 mono, shape (n,), within -1..1; ``rate`` in Hz."""

    samples: Samples
    rate: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate

    def at(self, rate: int) -> "Sound":
        """The same sound at another sample rate."""
        if rate == self.rate:
            return self
        import soxr

        return Sound(np.asarray(soxr.resample(self.samples, self.rate, rate), dtype=np.float32), rate)


def read_sound(
    source: Path | bytes,
    *,
    rate: int = 44_100,
    min_s: float = 0.0,
    max_s: float = 180.0,
    max_mb: float = 20.0,
) -> Sound:
    """Decode a file, or its bytes, to mono at ``rate``.

    A damaged file gives what decodes, if that is at least ``min_s``. Raises Missing, TooLarge,
    Unreadable, TooShort, TooLong, and NotInstalled without ffmpeg.
    """
    data = _read_bytes(source, max_mb)
    container = sniff_container(data)
    if container is None:
        raise Unreadable
    samples, damaged = _decode(data, container, rate, max_s + 2 * _LENGTH_TOLERANCE_S)
    duration_s = len(samples) / rate
    if duration_s > max_s + _LENGTH_TOLERANCE_S:
        raise TooLong(limit_s=max_s)
    if not len(samples) or (damaged and duration_s < min_s):
        raise Unreadable
    if duration_s < min_s:
        raise TooShort(limit_s=min_s)
    return Sound(samples, rate)


def _read_bytes(source: Path | bytes, max_mb: float) -> bytes:
    """The file's bytes. Never opens what is no plain file, and never reads more than the limit."""
    limit = int(max_mb * 2**20)
    if isinstance(source, Path):
        if not source.exists():
            raise Missing
        if not source.is_file():
            raise Unreadable
        try:
            with source.open("rb") as file:
                source = file.read(limit + 1)
        except OSError as error:
            raise Unreadable from error
    if len(source) > limit:
        raise TooLarge(limit_mb=max_mb)
    return source


def _decode(data: bytes, container: str, rate: int, max_s: float) -> tuple[Samples, bool]:
    """(samples (n,), whether ffmpeg complained) of at most ``max_s`` seconds."""
    # An mp4 keeps its index where it likes, often at the end: cache: lets ffmpeg seek in the pipe.
    whitelist, url = ("cache,pipe", "cache:pipe:0") if container == "mov" else ("pipe", "pipe:0")
    command = (
        f"ffmpeg -nostdin -v error -timelimit {DECODE_TIMEOUT_S:.0f} -threads 1"
        f" -protocol_whitelist {whitelist} -f {container} -i {url} -map 0:a:0 -vn -sn -dn"
        f" -ac 1 -ar {rate} -t {max_s:.3f} -c:a pcm_f32le -f f32le pipe:1"
    ).split()
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=DECODE_TIMEOUT_S, check=False)
    except FileNotFoundError as error:
        raise NotInstalled(what="ffmpeg") from error
    except subprocess.TimeoutExpired as error:  # run() has killed it
        raise Unreadable from error
    samples = np.frombuffer(done.stdout[: len(done.stdout) // 4 * 4], dtype="<f4")
    samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0).astype(np.float32, copy=False)
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > 1.0:  # a float WAV, or a codec's overshoot
        samples = (samples / np.float32(peak)).astype(np.float32)
    return samples, done.returncode != 0


def write_mp3(
    stereo: Samples,
    rate: int,
    path: Path,
    *,
    tags: Mapping[str, str] | None = None,
    cover: Path | None = None,
) -> None:
    """Write (n, 2) samples as an MP3 of 192 kbit/s constant, with ID3v2.3 tags and a cover picture.

    ``tags`` by ffmpeg's names: title, artist, genre, and TBPM, TKEY and other ID3 frames as they are.
    The file appears whole or not at all. Raises NotInstalled without ffmpeg.
    """
    # Level 7 halves lame's time against ffmpeg's default 5, at the same size; the halves of a song, encoded side
    # by side, halve it again. The picture is copied.
    plain = ["-compression_level", "7", "-reservoir", "0"]
    whole: dict[str, Any] = {
        "format": "mp3",
        "bitrate": MP3_BITRATE,
        "tags": _clean_tags(tags or {}),
        "id3v2_version": "3",
        "cover": str(cover) if cover else None,
        "parameters": [*plain, *(["-c:v", "copy"] if cover else [])],
    }
    seam = len(stereo) // SAMPLES_A_FRAME // 2
    if seam < _MIN_SEAM:
        _export(stereo, rate, path, **whole)
        return
    rest: dict[str, Any] = {"format": "mp3", "bitrate": MP3_BITRATE, "parameters": [*plain, "-write_xing", "0"]}
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder, ThreadPoolExecutor(1) as aside:
        first, second = Path(folder) / "first.mp3", Path(folder) / "second.mp3"
        later = aside.submit(_export, stereo[(seam - OVERLAP) * SAMPLES_A_FRAME :], rate, second, **rest)
        _export(stereo[: (seam + OVERLAP) * SAMPLES_A_FRAME], rate, first, **whole)
        later.result()
        first.write_bytes(joined(first.read_bytes(), second.read_bytes(), seam, len(stereo)))
        first.replace(path)


def write_opus(stereo: Samples, rate: int, path: Path) -> None:
    """Write (n, 2) samples as Ogg/Opus of 96 kbit/s: stems small enough for a chat.

    The file appears whole or not at all. Raises NotInstalled without ffmpeg.
    """
    _export(stereo, rate, path, format="ogg", codec="libopus", bitrate=OPUS_BITRATE)


def _export(stereo: Samples, rate: int, path: Path, **how: Any) -> None:
    from pydub import AudioSegment
    from pydub.exceptions import CouldntEncodeError

    pcm = np.rint(np.clip(stereo, -1.0, 1.0) * 32_767).astype("<i2")
    segment = AudioSegment(data=pcm.tobytes(), sample_width=2, frame_rate=rate, channels=2)
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    try:
        segment.export(name, **how).close()
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except FileNotFoundError as error:
        raise NotInstalled(what="ffmpeg") from error
    except CouldntEncodeError as error:
        raise OSError(f"ffmpeg could not write {path.suffix}: {error}") from error
    finally:
        Path(name).unlink(missing_ok=True)


def _clean_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags without control characters: a title comes from people."""
    return {name: "".join(c for c in value if c.isprintable()).strip() for name, value in tags.items()}
