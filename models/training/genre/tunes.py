"""Every labelled melody beside the project, in one form, with groups that no split may part.

A tune carries its genre, its collection and a group: ringtones of one artist, pop songs of one singer,
variants of one title, and any tunes that share sixteen moves in a row (covers, duplicates, retitled
copies) belong to one group, found by union-find. Splits are drawn over groups.
"""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from models.training.genre.artists import artist_of, genre_of_title

Rows = tuple[tuple[float, float, int], ...]
SHEET_GENRES = {"Jazz": "jazz", "Pop": "pop", "Rock": "rock", "Folk, World, & Country": "folk",
                "Classical": "classical", "Latin": "latin", "Blues": "blues",
                "Funk / Soul": "funk", "Electronic": "electronic"}
FOLK = ("essen", "oneill", "aird", "ryan", "nottingham", "openhymnal")
COLLECTION_CAP = {"essen": 400, "oneill": 250, "aird": 200, "ryan": 200, "nottingham": 250, "openhymnal": 150,
                  "pop909": 500, "classical": 1200}
MIN_TUNE_NOTES = 16
CHAIN = 16


@dataclass(frozen=True)
class Tune:
    """A labelled melody: rows are (onset_beats, duration_beats, pitch); ``bpm`` only where the data states one."""

    title: str
    genre: str
    collection: str
    artist: str
    rows: Rows
    bpm: float | None = None
    meter: str = "4/4"
    group: int = -1


def load_tunes(shared: Path, unpacked: Path) -> list[Tune]:
    """All tunes, grouped, the big collections cut to COLLECTION_CAP by a fixed draw over titles."""
    melodies = shared / "data" / "midi" / "melodies"
    tunes = [*_ringtones_and_folk(melodies / "proto.jsonl.gz"), *_pop_and_country(melodies / "midi.jsonl.gz"),
             *_classical(melodies / "classical.jsonl.gz"), *_lead_sheets(shared), *_jazz(unpacked / "impro-visor")]
    tunes = [tune for tune in tunes if len(tune.rows) >= MIN_TUNE_NOTES]
    return _grouped(_capped(tunes))


def slug(title: str) -> str:
    """A title's letters, without what stands in brackets, numbers and words that name a version."""
    bare = re.sub(r"\(.*?\)|\bv\d[\d.]*\b", "", title.lower())
    return re.sub(r"[^a-z]", "", bare)


def _read(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _timed(pairs: list) -> Rows:
    rows, clock = [], 0.0
    for pitch, beats in pairs:
        if pitch and beats > 0:
            rows.append((clock, float(beats), int(pitch)))
        clock += beats
    return tuple(rows)


def _ringtones_and_folk(path: Path) -> Iterator[Tune]:
    for record in _read(path):
        title, source = record["title"], record["src"]
        if source == "rtttl":
            genre = genre_of_title(title)
            if genre:
                yield Tune(title, genre, "rtttl", artist_of(title), _timed(record["notes"]), record.get("bpm"))
        elif source in FOLK:
            yield Tune(title, "folk", source, "", _timed(record["notes"]))


def _pop_and_country(path: Path) -> Iterator[Tune]:
    for record in _read(path):
        if record["src"] == "pop909":
            artist = "pop909:" + record["title"].split(" - ")[0]
            yield Tune(record["title"], "pop", "pop909", artist, _timed(record["notes"]))
        elif record["src"] == "karaoke":  # all of it country
            artist = "karaoke:" + " ".join(record["title"].split()[:2])
            yield Tune(record["title"], "folk", "karaoke", artist, _timed(record["notes"]))


def _classical(path: Path) -> Iterator[Tune]:
    for record in _read(path):
        name = re.sub(r"\(c\).*", "", record["composer"])
        yield Tune(record["title"], "classical", "classical", "classical:" + re.sub(r"[\d_]+", " ", name).strip(),
                   _timed(record["notes"][:400]))


def _lead_sheets(shared: Path) -> Iterator[Tune]:
    """Evergreens by their first listed genre; the number beside it says how sure the database is, 1..5."""
    for record in _read(shared / "data" / "midi" / "leadsheets" / "openewld.jsonl.gz"):
        if not record["genres"] or record["genres"][0][1] < 2 or record["genres"][0][0] not in SHEET_GENRES:
            continue
        rows = tuple((float(on), float(length), int(pitch)) for on, length, pitch in record["notes"])
        yield Tune(record["title"], SHEET_GENRES[record["genres"][0][0]], "openewld", "", rows, None, record["meter"])


_SKIPPED = ("exercises", "changes", "tests", "basslines", "style-samples", "insights", "misc", "reharmonizations",
            "rbmprovisor-ii-V-I", "minor-ii-v-i-VI")
_NOTE = re.compile(r"([a-gr])([#b]?)([+-]*)(\d.*)")
_STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


def _jazz(folder: Path) -> Iterator[Tune]:
    for path in sorted(folder.rglob("*.ls")):
        if any(part in _SKIPPED for part in path.parts):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        rows = _impro_visor_notes(text)
        name = re.sub(r"(Solo|Generated|Transcription|Impro-?Visor|Chorus(es)?).*", "", path.stem)
        title = re.search(r"\(title ([^)]+)\)", text)
        yield Tune(name, "jazz", "impro-visor", "jazz:" + slug(title[1] if title else name), rows[:400])


def _impro_visor_notes(text: str) -> Rows:
    """The melody of an Impro-Visor lead sheet: ``eb+8/3`` is a triplet eighth E flat an octave up, ``c4+8`` tied."""
    rows, clock = [], 0.0
    for part in text.split("(type melody)")[1:]:
        body = part
        while (stripped := re.sub(r"\([^()]*\)", " ", body)) != body:
            body = stripped
        for token in body.split():
            match = _NOTE.fullmatch(token)
            if not match:
                continue
            letter, accidental, octave, lengths = match.groups()
            try:
                beats = sum(_impro_visor_beats(length) for length in lengths.split("+"))
            except (ValueError, ZeroDivisionError):
                continue
            if letter != "r":
                pitch = 60 + _STEPS[letter] + {"#": 1, "b": -1, "": 0}[accidental]
                rows.append((clock, beats, pitch + 12 * (octave.count("+") - octave.count("-"))))
            clock += beats
    return tuple(rows)


def _impro_visor_beats(length: str) -> float:
    dots = length.count(".")
    base, _, tuplet = length.rstrip(".").partition("/")
    beats = 4 / float(base) * (2 - 0.5**dots)
    return beats * {"": 1.0, "3": 2 / 3, "5": 4 / 5, "7": 6 / 7}.get(tuplet, 1.0)


def _capped(tunes: list[Tune]) -> list[Tune]:
    """At most COLLECTION_CAP of each big collection, and of classical pieces no more than 60 by one composer."""
    rng = np.random.default_rng(7)
    kept: list[Tune] = []
    by_collection = defaultdict(list)
    for tune in tunes:
        by_collection[tune.collection].append(tune)
    for collection, members in by_collection.items():
        cap = COLLECTION_CAP.get(collection, len(members))
        order = rng.permutation(len(members)) if cap < len(members) else range(len(members))
        counts: dict[str, int] = defaultdict(int)
        for index in order:
            composer = members[index].artist.split(" ")[0] if collection == "classical" else ""
            counts[composer] += 1
            if not composer or counts[composer] <= 60:
                kept.append(members[index])
                cap -= 1
                if cap == 0:
                    break
    return kept


def _grouped(tunes: list[Tune]) -> list[Tune]:
    parent = list(range(len(tunes)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    seen: dict[object, int] = {}
    for index, tune in enumerate(tunes):
        for sign in _signs(tune):
            if sign in seen:
                parent[root(index)] = root(seen[sign])
            else:
                seen[sign] = index
    return [Tune(**{**tune.__dict__, "group": root(index)}) for index, tune in enumerate(tunes)]


def _signs(tune: Tune) -> Iterator[object]:
    """What two tunes must not share across a split."""
    if tune.artist:
        yield ("artist", tune.artist)
    song = slug(tune.title.split(" - ", 1)[1] if " - " in tune.title else tune.title)
    if len(song) > 6:
        yield ("song", song)
    pitches = [pitch for *_, pitch in tune.rows]
    moves = [b - a for a, b in pairwise(pitches)]
    for start in range(len(moves) - CHAIN + 1):
        chain = tuple(moves[start:start + CHAIN])
        if len(set(chain)) >= 5:
            yield chain
