"""A worker's work on a recording itself: a piano, all its notes, sheet music, a voice on top of its song."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import studio
from core.music import Song

Payload = Mapping[str, Any]
Outcome = tuple[dict[str, Any], dict[str, bytes]]


def piano(payload: Payload, sound: bytes, progress: studio.Progress) -> Outcome:
    """The line as a piano: its picture, its sound, its MIDI."""
    with tempfile.TemporaryDirectory() as folder:
        take = studio.make_piano(sound, Path(folder), "piano", left_hand=payload.get("left_hand", False),
                                 progress=progress)
        files = {"piano.png": take.picture.read_bytes(), "piano.mp3": take.mp3.read_bytes(),
                 "piano.mid": take.midi.read_bytes()}
    return {"warnings": list(take.warnings)}, files


def transcribe(payload: Payload, sound: bytes, progress: studio.Progress) -> Outcome:
    """Every note of a recording, as MIDI for a piano or for the instruments wished."""
    programs = studio.instruments_named(payload.get("player") or "acoustic grand piano")
    with tempfile.TemporaryDirectory() as folder:
        midi = studio.write_transcription(sound, Path(folder), "notes", programs=programs, progress=progress)
        return {}, {"notes.mid": midi.read_bytes()}


def sheet(payload: Payload, sound: bytes, progress: studio.Progress) -> Outcome:
    """Sheet music of a song, or of a recording: the first page as a picture, all pages to print and to edit."""
    source = Song.from_json(payload["song"]) if "song" in payload else sound
    with tempfile.TemporaryDirectory() as folder:
        made = studio.make_sheet(source, Path(folder), "sheet", formats=("png", "pdf", "musicxml"),
                                 layout=payload.get("layout", "auto"), reader=payload.get("instrument") or "C",
                                 title=payload["title"], composer=payload.get("composer"), pictures=1,
                                 progress=progress)
        files = {f"sheet.{kind}": paths[0].read_bytes() for kind, paths in made.files.items()}
    return {"pages": made.pages, "warnings": list(made.warnings)}, files


def practice(payload: Payload, _sound: bytes, progress: studio.Progress) -> Outcome:
    """A song with a click, at a share of its tempo."""
    progress("performing", 0.2)
    with tempfile.TemporaryDirectory() as folder:
        mp3 = studio.make_practice(Song.from_json(payload["song"]), Path(folder), "practice",
                                   percent=payload["percent"])
        return {}, {"practice.mp3": mp3.read_bytes()}


def voiced(payload: Payload, sound: bytes, progress: studio.Progress) -> Outcome:
    """A song with the voice it was made of on top."""
    song = Song.from_json(payload["song"])
    with tempfile.TemporaryDirectory() as folder:
        take = studio.write_take(song, Path(folder), "voiced", voice=sound, progress=progress)
        return {"duration_s": song.duration_s}, {"voiced.mp3": take.mp3.read_bytes()}
