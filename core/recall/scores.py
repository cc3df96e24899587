"""The tune of a MusicXML score, by way of music21."""

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

from core import errors
from core.music import Key, Meter
from core.recall.tune import Tune, tune_of_rows

if TYPE_CHECKING:
    from music21.stream import Stream

_MAX_XML = 50 * 2**20
_MODES = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian")


def read_musicxml(data: bytes, name: str) -> Tune:
    """The top line of the first part of a score, packed (.mxl) or plain. Raises Unreadable, BadMusic."""
    text = _plain_xml(data)
    from music21 import converter

    try:
        score = converter.parseData(text, format="musicxml")
        tune = tune_of_stream(score, name)
    except Exception as error:  # music21 raises whatever a broken score leads it to
        raise errors.Unreadable("This score is damaged. Please export it again.") from error
    if tune is None:
        raise errors.BadMusic(reason="there is no tune in this score")
    return tune


def tune_of_stream(score: "Stream", tune_id: str, title: str = "") -> Tune | None:
    """The first part's top line of a music21 score; None where it has no three notes."""
    parts = getattr(score, "parts", None)
    part = parts[0] if parts else score
    if not title and score.metadata:
        title = score.metadata.title or score.metadata.movementName or ""
    flat = part.flatten()
    meters = [sign for sign in flat.getElementsByClass("TimeSignature") if sign.denominator in (1, 2, 4, 8, 16)]
    meter = Meter(meters[0].numerator, meters[0].denominator) if meters else None
    upbeat = _upbeat(part, meter)
    rows = [(upbeat + float(note.offset), float(note.quarterLength), float(max(p.midi for p in note.pitches)))
            for note in flat.stripTies().notes if note.pitches and not note.duration.isGrace]
    tempos = [mark.getQuarterBPM() for mark in flat.getElementsByClass("MetronomeMark")]
    bpm = next((float(value) for value in tempos if value), None)
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
        return Key(key.tonic.pitchClass, key.mode if key.mode in _MODES else "major")
    return None


def _plain_xml(data: bytes) -> str:
    if data[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                inside = [info for info in archive.infolist()
                          if info.filename.endswith((".xml", ".musicxml")) and not info.filename.startswith("META-INF")]
                if not inside or inside[0].file_size > _MAX_XML:
                    raise errors.Unreadable("This packed score holds nothing I can read.")
                data = archive.read(inside[0])
        except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
            raise errors.Unreadable("This packed score is damaged. Please export it again.") from error
    if b"<!ENTITY" in data:
        raise errors.Unreadable("This score declares entities, which I do not follow.")
    return data.decode("utf-8", "replace")
