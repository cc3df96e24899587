"""A worker that obeys the real one's contract on the wire but makes its songs in a millisecond.

For tests of everything around the music. What the "sound" says decides what happens: ``die``, ``hang``,
``quiet``, ``bug``, ``slow``; anything else is a fine hum. Runs in real worker processes.
"""

import base64
import contextlib
import io
import json
import os
import time
import zipfile
from dataclasses import replace
from pathlib import Path

from bot.jobs import serve_one
from core import errors, studio
from core.errors import HumbandError, NotInstalled, TooQuiet, TooShort
from core.music import Chord, LeadSheet, Melody, Note, Section, Song, Track, Wish

DETAILS = {"limit_mb": 20, "limit_s": 180, "reason": "it has no notes", "wish": "Polka", "choices": "Rock",
           "what": "ffmpeg"}
GUESS = {"pop": 0.3, "folk": 0.25, "jazz": 0.15, "rock": 0.1}
SHEET = LeadSheet(Melody(tuple(Note(float(i), 1.0, 60 + (i * 2) % 7) for i in range(8)), 96.0),
                  (Chord(0.0, 4.0, "C"), Chord(4.0, 4.0, "G7")))


def double_main(pipe, warm):
    with contextlib.suppress(EOFError, OSError):
        while True:
            serve_one(pipe, do, HumbandError)


def do(kind, payload, sound, progress):
    progress("hearing", 0.1)
    word = sound.decode(errors="replace") if len(sound) < 100 else ""
    if word.startswith("die"):
        os._exit(9)
    if word.startswith("hang"):
        time.sleep(60)
    if word.startswith("error "):
        raise getattr(errors, word.removeprefix("error "))(**DETAILS)
    if word.startswith("quiet"):
        raise TooQuiet()
    if word.startswith("fontless"):
        raise NotInstalled(what="The SoundFont")
    if word.startswith("bug"):
        raise ZeroDivisionError("a bug")
    if word.startswith("slow"):
        time.sleep(float(word.removeprefix("slow") or 0.5))
    progress("performing", 0.5)
    title = payload["title"]
    if kind == "heard":
        return {}, {"heard": b"ID3 heard " + title.encode()}
    if kind == "stems":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("bass.ogg", b"OggS")
        return {}, {"stems": packed.getvalue()}
    if kind == "tap" and base64.b64decode(payload["taps"]) == b"uneven":
        raise errors.NoBeat()
    if kind in TUNES:
        return TUNES[kind](payload, word)
    if kind in RECORDINGS:
        data, names = RECORDINGS[kind]
        return dict(data), {name: PNG if name.endswith("png") else f"{name} of {title}".encode() for name in names}
    song = Song.from_json(payload["song"]) if "song" in payload else None
    if kind != "remake":
        sheet = song.lead_sheet if song else SHEET
        sheet = studio.count_in(sheet.transposed(payload.get("semitones", 0)), payload.get("count", 1.0))
        wish = Wish.from_json(payload["wish"])
        if kind == "tap":
            sheet = replace(sheet, melody=replace(sheet.melody, bpm=max(40, len(base64.b64decode(payload["taps"])))))
        song = compose(sheet, wish, title, studio.choose_genre(GUESS, payload.get("prior")))
    files = {"mp3": b"ID3" + title.encode() + os.urandom(32), "midi": b"MThd" + os.urandom(8), "roll": PNG,
             "cover": b"\xff\xd8"}
    made = {"song": song.to_json(), "genres": GUESS if kind == "hum" else {}, "warnings": []}
    if kind == "hum":
        made["matches"] = known(word) + (held(payload) if word.startswith("again") else [])
    return made, files


def identify(payload, word):
    """What the "sound" says is what it is: ``known NAME``, ``unknown``; else whatever the indices hold."""
    if word.startswith("short"):
        raise TooShort(limit_s=3.0)
    matches = [] if word.startswith("unknown") else known(word) + held(payload)
    return {"melody": SHEET.melody.to_json(), "matches": matches}, {}


def known(word):
    name = word.removeprefix("known ")
    return [{"id": f"wk:{name}", "title": name, "score": 0.9}] if name != word else []


def held(payload):
    found = []
    for path in map(Path, payload["indices"]):
        if path.exists():
            rows = json.loads(path.read_text())
            found += [{"id": token, "title": title, "score": 0.5} for token, title in rows.items()]
    return [match for match in reversed(found) if match["id"] not in payload.get("exclude", ())][:3]


def index(payload, word):
    path = Path(payload["index"])
    held = json.loads(path.read_text()) if path.exists() else {}
    held = {token: title for token, title in held.items() if token not in payload["remove"]}
    path.write_text(json.dumps(held | {tune["id"]: tune["title"] for tune in payload["add"]}))
    return {"refused": []}, {}


def teach(payload, word):
    if word.startswith("short"):
        raise TooShort(limit_s=3.0)
    return {"melody": SHEET.melody.to_json()}, {}


def leaf(payload, word):
    return {}, {"1.png": PNG, "all.pdf": b"%PDF-1.7 " + payload["title"].encode()}


TUNES = {"identify": identify, "index": index, "teach": teach, "leaf": leaf}


RECORDINGS = {
    "piano": ({"warnings": ["noisy"]}, ["piano.png", "piano.mp3", "piano.mid"]), "transcribe": ({}, ["notes.mid"]),
    "sheet": ({"pages": 2}, ["sheet.png", "sheet.pdf", "sheet.musicxml"]), "practice": ({}, ["practice.mp3"]),
    "voiced": ({"duration_s": 40.0}, ["voiced.mp3"])}


def compose(sheet, wish, title, genre="pop"):
    key = wish.key or sheet.melody.key
    sheet = replace(sheet, melody=replace(sheet.melody, key=key))
    return Song(title, wish.genre or genre, "double", wish.bpm or sheet.melody.bpm, key, sheet.melody.meter, 0.5,
                wish.seed, sheet.melody.notes, sheet.chords, (Section("statement", 0.0, 8.0),),
                (Track("melody", 0, sheet.melody.notes),), sheet, wish)


PNG = bytes.fromhex("89504e470d0a1a0a0000000d494844520000000100000001080000000000"
                    "3a7e9b550000000a49444154789c63600000000200014821d3c30000000049454e44ae426082")
