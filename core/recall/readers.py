"""Tunes out of files: melody lines in JSON, ringtones (RTTTL), scores (ABC, MusicXML).

What a file is, is told from its first bytes. MIDI and sound are read elsewhere (``core.perform``, ``core.hear``).
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

from core import errors, theory
from core.music import Key, Meter
from core.recall.abc import read_abc
from core.recall.tune import Tune, tune_of_rows

MAX_UNPACKED = 1 << 29
_RTTTL = re.compile(r"[^:\n]{0,80}:\s*([dob]\s*=\s*\d+\s*,?\s*)*:", re.IGNORECASE)


def kind_of(data: bytes) -> str | None:
    """``jsonl``, ``rtttl``, ``abc``, ``musicxml``, or None for what is none of these."""
    if data[:2] == b"\x1f\x8b":
        return "jsonl"  # the only one of ours that comes packed
    if data[:4] == b"PK\x03\x04" and b"META-INF" in data[:4096] + data[-4096:]:
        return "musicxml"
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] == b"{":
        return "jsonl"
    if head[:1] == b"<" and (b"score-partwise" in head or b"score-timewise" in head):
        return "musicxml"
    if re.search(rb"(?m)^K:", data) and re.search(rb"(?m)^[XT]:", data):
        return "abc"
    try:
        return "rtttl" if _RTTTL.match(head.decode("utf-8")) else None
    except UnicodeDecodeError:
        return None


def read_tunes(data: bytes, name: str) -> Iterator[Tune]:
    """The tunes of a file called ``name``, in order. Raises Unreadable, BadMusic.

    A record's ``id`` is kept; one without gets NAME:line, the tunes of an ABC file NAME:number. Lines that hold
    no tune are left out.
    """
    kind = kind_of(data)
    if kind == "jsonl":
        yield from _read_jsonl(_unpacked(data), name)
    elif kind == "rtttl":
        yield from read_rtttl(data.decode("utf-8", "replace"), name)
    elif kind == "abc":
        found = list(read_abc(data.decode("utf-8", "replace"), name))
        if not found:
            raise errors.BadMusic(reason="there is no tune in it")
        yield from found
    elif kind == "musicxml":
        from core.recall.scores import read_musicxml

        yield read_musicxml(data, name)
    else:
        raise errors.Unreadable("I cannot read this file as tunes. I know JSON lines, ABC, MusicXML, RTTTL, MIDI "
                                "and sound.")


def _unpacked(data: bytes) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
        plain = unpack.decompress(data, MAX_UNPACKED)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise errors.Unreadable("This packed file is damaged.") from error
    if not unpack.eof:
        raise errors.Unreadable("This packed file is cut off, or unpacks to more than 512 MB.")
    return plain


def _read_jsonl(data: bytes, name: str) -> Iterator[Tune]:
    lines = data.decode("utf-8", "replace").splitlines()
    if sum(1 for line in lines if line.strip()) > 1 and not lines[0].rstrip().endswith("}"):
        lines = ["".join(lines)]  # one JSON object written over several lines
    found = False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            tune = tune_of_record(record, f"{name}:{number}")
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
            continue
        if tune is not None:
            found = True
            yield tune
    if not found:
        raise errors.BadMusic(reason="no line of it is a melody")


def tune_of_record(record: dict[str, Any], default_id: str) -> Tune | None:
    """A melody line: ``{"title", "id"?, "notes": [[midi_pitch (0 = rest), quarters], ...], "bpm"?, "key"?, "meter"?}``,
    or with [onset_beats, duration_beats, pitch] rows, as lead sheets and our songs have.

    Raises ValueError, TypeError, AttributeError or KeyError for other things."""
    record = record.get("lead_sheet") or record
    rows: list[tuple[float, float, float]] = []
    onset = 0.0
    for note in record.get("notes", ()):
        if len(note) >= 3:
            rows.append((float(note[0]), float(note[1]), float(note[2])))
            continue
        pitch, quarters = float(note[0] or 0), float(note[1])
        if pitch > 0 and quarters > 0:
            rows.append((onset, quarters, pitch))
        onset += max(quarters, 0.0)
    tune_id = str(record["id"]) if record.get("id") not in (None, "") else default_id
    bpm = record.get("bpm")
    return tune_of_rows(tune_id, str(record.get("title") or ""), rows, key=_key(record.get("key")),
                        meter=_meter(record.get("meter")),
                        bpm=float(bpm) if isinstance(bpm, int | float) and 0 < bpm < 1000 else None)


def _key(text: object) -> Key | None:
    try:
        return Key.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _meter(text: object) -> Meter | None:
    try:
        return Meter.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


_TONE = re.compile(r"(\d*)\s*([a-hp])(#?)(_?)\s*(\.?)\s*(\d?)\s*(\.?)", re.IGNORECASE)


def read_rtttl(text: str, name: str) -> Iterator[Tune]:
    """Ringtones, one a line: ``title:d=4,o=5,b=120:8c,e.,g6,p,...`` (Nokia's Ring Tone Text Transfer Language)."""
    found = False
    for number, line in enumerate(text.splitlines(), 1):
        title, _, rest = line.partition(":")
        settings, colon, tones = rest.partition(":")
        if not colon:
            continue
        defaults = {"d": 4, "o": 6, "b": 63} | {
            key.lower(): int(value) for key, value in re.findall(r"([dob])\s*=\s*(\d{1,4})", settings, re.IGNORECASE)}
        rows, onset = [], 0.0
        for tone in tones.split(","):
            match = _TONE.fullmatch(tone.strip())
            if not match:
                continue
            length, letter, sharp, _, dot, octave, late_dot = match.groups()
            value = int(length or defaults["d"]) or 4
            quarters = 4 / value * (1.5 if dot or late_dot else 1.0)
            if letter.lower() != "p":
                letter = "B" if letter.lower() == "h" else letter.upper()  # German spelling
                pitch = 12 * (int(octave or defaults["o"]) + 1) + theory.NATURALS[letter] + bool(sharp)
                rows.append((onset, quarters, float(pitch)))
            onset += quarters
        tune = tune_of_rows(f"{name}:{number}", title.strip(), rows, bpm=float(defaults["b"] or 63))
        if tune is not None:
            found = True
            yield tune
    if not found:
        raise errors.BadMusic(reason="no line of it is a ringtone")
