"""What a worker process does: JSON and bytes in, JSON and bytes out, music only through ``core.studio``.

Kinds: ``hum`` (a sound becomes a song), ``take`` (another song from a song's notes), ``tap`` (the
song again, heard in the beat that was tapped), ``join`` (two tunes as
verse and chorus), ``heard`` (the melody alone), ``stems`` (every player apart), ``remake`` (a song's files
again from its notes); those of recordings themselves, of tunes and of new melodies stand in ``work_recordings``,
``work_tunes`` and ``work_inventions``.
"""

import base64
import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot import work_inventions, work_recordings, work_tunes
from core import studio
from core.errors import BadWish
from core.music import MAX_BPM, MIN_BPM, LeadSheet, Melody, Song, Wish

Payload = Mapping[str, Any]
Files = dict[str, bytes]
Outcome = tuple[dict[str, Any], Files]
THUMBNAIL_PIXELS = 320


def do(kind: str, payload: Payload, sound: bytes, progress: studio.Progress) -> Outcome:
    """Do one piece of work. Raises HumbandError for what the person can mend."""
    return KINDS[kind](payload, sound, progress)


def _hum(payload: Payload, sound: bytes, progress: studio.Progress) -> Outcome:
    heard = studio.listen(sound, progress=progress)
    tune = heard.lead_sheet or heard.melody
    guess = studio.guess_genre(heard.melody)
    progress("composing", 0.3)
    song = studio.compose(tune, Wish.from_json(payload["wish"]), title=payload["title"], prior=payload.get("prior"))
    outcome = _finished(song, guess, heard.warnings, progress)
    outcome[0]["matches"] = work_tunes.sounds_like(heard.melody, payload)
    return outcome


def _take(payload: Payload, _sound: bytes, progress: studio.Progress) -> Outcome:
    progress("composing", 0.2)
    song = Song.from_json(payload["song"])
    wish = Wish.from_json(payload["wish"])
    sheet = song.lead_sheet.transposed(payload.get("semitones", 0))
    _check_range(sheet.melody)
    if (count := payload.get("count", 1.0)) != 1.0:
        sheet = _counted(sheet, count)
    # Another genre speaks another harmony; every other wish keeps the chords the person knows.
    same = sheet.chords and wish.genre == song.genre and wish.colour == song.wish.colour
    tune = sheet if same else sheet.melody
    return _finished(studio.compose(tune, wish, title=payload["title"]), {}, (), progress)


def _tap(payload: Payload, sound: bytes, progress: studio.Progress) -> Outcome:
    bpm = studio.tapped_tempo(base64.b64decode(payload["taps"]), Song.from_json(payload["song"]).meter)
    heard = studio.listen(sound, bpm=bpm, progress=progress)
    progress("composing", 0.3)
    song = studio.compose(heard.melody, Wish.from_json(payload["wish"]), title=payload["title"])
    return _finished(song, {}, heard.warnings, progress)


def _join(payload: Payload, _sound: bytes, progress: studio.Progress) -> Outcome:
    progress("composing", 0.2)
    verse, chorus = (Song.from_json(payload[part]).lead_sheet.melody for part in ("song", "other"))
    song = studio.compose(joined(verse, chorus), Wish.from_json(payload["wish"]), title=payload["title"])
    return _finished(song, studio.guess_genre(verse), (), progress)


def joined(verse: Melody, chorus: Melody) -> Melody:
    """The chorus after the verse, in the verse's tempo and key, from the next bar line on."""
    up = (verse.key.tonic_pc - chorus.key.tonic_pc + 6) % 12 - 6
    start = max(1, verse.bars) * verse.meter.bar_beats
    if chorus.notes and chorus.notes[0].onset_beats >= chorus.meter.bar_beats:
        start -= chorus.meter.bar_beats * (chorus.notes[0].onset_beats // chorus.meter.bar_beats)
    moved = tuple(replace(note, onset_beats=note.onset_beats + start, pitch=note.pitch + up) for note in chorus.notes)
    return replace(verse, notes=verse.notes + moved)


def _heard(payload: Payload, _sound: bytes, progress: studio.Progress) -> Outcome:
    song = Song.from_json(payload["song"])
    alone = studio.melody_only(song.lead_sheet, title=payload["title"])
    with tempfile.TemporaryDirectory() as folder:
        take = studio.write_take(alone, Path(folder), "heard", progress=progress)
        return {"duration_s": alone.duration_s}, {"heard": take.mp3.read_bytes()}


def _stems(payload: Payload, _sound: bytes, progress: studio.Progress) -> Outcome:
    song = Song.from_json(payload["song"])
    progress("performing", 0.2)
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in studio.write_stems(song, Path(folder), "stem"):
            archive.write(path, path.name)
    return {}, {"stems": packed.getvalue()}


def _remake(payload: Payload, _sound: bytes, progress: studio.Progress) -> Outcome:
    return _finished(Song.from_json(payload["song"]), {}, (), progress)


def _finished(song: Song, guess: Mapping[str, float], warnings: tuple[str, ...], progress: studio.Progress) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        take = studio.write_take(song, Path(folder), "song", progress=progress)
        files = {"mp3": take.mp3.read_bytes(), "midi": take.midi.read_bytes(), "roll": studio.draw_card(song),
                 "cover": _thumbnail(take.cover)}
    return {"song": song.to_json(), "genres": dict(guess), "warnings": list(warnings)}, files


def _thumbnail(cover: Path) -> bytes:
    """The cover as chats want it beside a recording."""
    from PIL import Image

    small = io.BytesIO()
    with Image.open(cover) as picture:
        picture.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
        picture.convert("RGB").save(small, "JPEG", quality=85)
    return small.getvalue()


def _band(payload: Payload, _sound: bytes, progress: studio.Progress) -> Outcome:
    progress("composing", 0.2)
    song = studio.compose(work_tunes.tune_of(payload), Wish.from_json(payload["wish"]), title=payload["title"],
                          prior=payload.get("prior"))
    return _finished(song, studio.guess_genre(song.lead_sheet.melody), (), progress)


def _invented(kind: str) -> Callable[[Payload, bytes, studio.Progress], Outcome]:
    def work(payload: Payload, _sound: bytes, progress: studio.Progress) -> Outcome:
        progress("composing", 0.1)
        song = work_inventions.compose(kind, payload)
        return _finished(song, studio.guess_genre(song.lead_sheet.melody), (), progress)

    return work


def _counted(sheet: LeadSheet, count: float) -> LeadSheet:
    try:
        return studio.count_in(sheet, count)
    except ValueError as error:
        raise BadWish(wish=f"{sheet.melody.bpm * count:.0f}", choices=f"{MIN_BPM:.0f}-{MAX_BPM:.0f} BPM") from error


def _check_range(melody: Melody) -> None:
    if any(not 24 <= note.pitch <= 108 for note in melody.notes):
        raise BadWish(wish="That octave", choices="the other way")


KINDS: dict[str, Callable[[Payload, bytes, studio.Progress], Outcome]] = {
    "hum": _hum, "take": _take, "tap": _tap, "join": _join, "heard": _heard, "stems": _stems, "remake": _remake,
    "piano": work_recordings.piano, "transcribe": work_recordings.transcribe, "sheet": work_recordings.sheet,
    "practice": work_recordings.practice, "voiced": work_recordings.voiced,
    "identify": work_tunes.identify, "teach": work_tunes.teach, "index": work_tunes.index, "leaf": work_tunes.leaf,
    "band": _band, **{kind: _invented(kind) for kind in work_inventions.MAKERS},
}
