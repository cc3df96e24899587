"""Tunes out of written music, ABC and MusicXML, by way of music21."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core import errors
from core.music import Key, Meter
from core.recall.tune import Tune, tune_of_rows

if TYPE_CHECKING:
    from music21.stream import Stream

_MAX_XML = 50 * 2**20


def read_score(data: bytes, kind: str, name: str) -> Iterator[Tune]:
    """The tunes of an ABC file (NAME:number each), or the top part of a MusicXML score. Raises Unreadable."""
    from music21 import converter

    if kind == "abc":
        text = data.decode("utf-8", "replace")
        pieces = [(f"{name}:{number}", title, piece) for number, title, piece in split_abc(text)]
    else:
        pieces = [(name, "", _plain_xml(data))]
    found = False
    for tune_id, title, piece in pieces:
        try:
            score = converter.parseData(piece, format=kind)
        except Exception as error:  # music21 raises whatever a broken score leads it to
            if len(pieces) > 1:
                continue
            raise errors.Unreadable("This score is damaged. Please export it again.") from error
        tune = tune_of_stream(score, tune_id, title)
        if tune is not None:
            found = True
            yield tune
    if not found:
        raise errors.BadMusic(reason="there is no tune in this score")


def split_abc(text: str) -> list[tuple[str, str, str]]:
    """(number, title, text) of each tune of an ABC collection; a file header goes before every tune."""
    parts = re.split(r"(?m)^(?=X:)", text.replace("\r\n", "\n"))
    head = parts[0] if not parts[0].startswith("X:") else ""
    head = "".join(line for line in head.splitlines(keepends=True) if re.match(r"[A-Zm]:", line))
    tunes = []
    for part in parts:
        number, title = re.match(r"X:\s*(\S+)", part), re.search(r"(?m)^T:\s*(.+)$", part)
        if number:
            tunes.append((number[1], title[1].strip() if title else "", f"X:{number[1]}\n{head}{part.partition(chr(10))[2]}"))
    return tunes or [("1", "", "X:1\n" + text)]


def tune_of_stream(score: "Stream", tune_id: str, title: str = "") -> Tune | None:
    """The first part's top line of a music21 score, its repeats written out; None where it has no tune."""
    parts = getattr(score, "parts", None)
    part = parts[0] if parts else score
    try:
        part = part.expandRepeats()
    except Exception:  # repeats that do not add up are played once
        part = score.parts[0] if parts else score
    if not title:
        metadata = score.metadata
        title = (metadata.title or metadata.movementName or "") if metadata else ""
    flat = part.flatten()
    rows: list[tuple[float, float, float]] = []
    for note in flat.stripTies().notes:
        if note.duration.isGrace or not note.pitches:
            continue
        rows.append((float(note.offset), float(note.quarterLength), float(max(p.midi for p in note.pitches))))
    meters = [sign for sign in flat.getElementsByClass("TimeSignature") if sign.denominator in (1, 2, 4, 8, 16)]
    meter = Meter(meters[0].numerator, meters[0].denominator) if meters else None
    tempos = [mark.getQuarterBPM() for mark in flat.getElementsByClass("MetronomeMark")]
    bpm = next((float(value) for value in tempos if value), None)
    shift = _upbeat(part, meter)
    rows = [(on + shift, duration, pitch) for on, duration, pitch in rows]
    return tune_of_rows(tune_id, " ".join(title.split()), rows, bpm=bpm, key=_key_of(flat), meter=meter)


def _upbeat(part: "Stream", meter: Meter | None) -> float:
    """Beats to move the notes by, so that beat 0 is a bar line although the first bar is short."""
    measures = list(part.getElementsByClass("Measure"))
    if not measures or meter is None:
        return 0.0
    first = float(measures[0].duration.quarterLength)
    return meter.bar_beats - first if 0 < first < meter.bar_beats - 1e-6 else 0.0


def _key_of(flat: "Stream") -> Key | None:
    for signature in flat.getElementsByClass("KeySignature"):
        key = signature if hasattr(signature, "tonic") else signature.asKey("major")
        mode = key.mode if key.mode in ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian") else "major"
        return Key(key.tonic.pitchClass, mode)
    return None


def _plain_xml(data: bytes) -> str:
    if data[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = [info for info in archive.infolist()
                         if info.filename.endswith((".xml", ".musicxml")) and not info.filename.startswith("META-INF")]
                if not names or names[0].file_size > _MAX_XML:
                    raise errors.Unreadable("This packed score holds nothing I can read.")
                data = archive.read(names[0])
        except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
            raise errors.Unreadable("This packed score is damaged. Please export it again.") from error
    if b"<!ENTITY" in data:
        raise errors.Unreadable("This score declares entities, which I do not follow.")
    return data.decode("utf-8", "replace")

