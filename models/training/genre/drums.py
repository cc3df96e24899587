"""Every labelled drum part beside the project, in one form, with groups that no split may part.

groove-midi is grouped by drummer, the drum-machine books by book and style, the MMA styles by source and
style family; fills and breaks stay with their beats. Only groove-midi states a tempo of its own: the
MMA renderings are all at 120 and the books name none, so their ``bpm`` is None and training draws one.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mido

from core.music import Note

GROOVE = {"rock": "rock", "punk": "rock", "hiphop": "hiphop", "funk": "funk", "soul": "funk", "gospel": "funk",
          "neworleans": "jazz", "jazz": "jazz", "latin": "latin", "afrocuban": "latin", "dance": "electronic",
          "country": "folk", "reggae": "reggae", "pop": "pop", "blues": "blues"}
MMA = {
    "rock": "hrk mtl thr punk K50s_rock fasttwist twist w-rock rock-128 60srock 50srock basicrock bubblerock "
            "rockballad rockwaltz rock1 metal1 metal2 rock2 digitalrock heavymetal",
    "jazz": "swing jazzguitar jazzbasie slowjazz dixie charleston quickstep foxtrot jazzcombo easyswing 68swing "
            "jazzGrtrio bigband evansish jazzwaltz jazztrio jazzswing jazzbouncy modernjazz modernjazzwaltz gypsyjazz "
            "fastjazzwaltz fastswing bebop nitejazz mellowjazz jazz-54 descendingjazz ragtime dixiemarch softshoe",
    "electronic": "techno house dnb trance dance ambient teamtechno rave trance1 trance2 dance1 dance2 8beatdance "
                  "ambient1 ambient2 ambient3 latinhouse discosoul boneym",
    "pop": "popballad ballad kwestballad ballad68 ballad128 8beat poprock1 poprock2 electricpop softrock",
    "folk": "country slowcountry countrywaltz bluegrass folk folkballad western westernswing hillcountry hymn polka "
            "zydeco countryswing",
    "classical": "march bwmarch 68march vienesewaltz waltz fastwaltz frenchwaltz",
    "latin": "rhumba kbossa bossanova mambo salsa salsa1 salsa2 quando-g.s280 chacha tango lighttango merengue samba "
             "son beguine slowbolero bolero cubanguitar afro-cuban latinwaltz calypso",
    "funk": "funk Kfunk1 bvfunk rb rb-ballad dsoul funk1 funk2",
    "hiphop": "hiphop hip-hop",
    "reggae": "reggae ska",
    "blues": "blues slowblues fastblues blues68 blues128 blues34 boggiewoggie shuffleboggie",
    "lofi": "trip triphop",
}
_MMA = {family: genre for genre, families in MMA.items() for family in families.split()}
BOOKS = {"Rock": "rock", "Twist": "rock", "Funk": "funk", "Rhythm&Blues": "funk", "Rnb": "funk", "Ballad": "pop",
         "Slow": "pop", "Pop": "pop", "Reggae": "reggae", "Ska": "reggae", "Disco": "electronic",
         "Afro-Cuban": "latin", "AfroCub": "latin", "Samba": "latin", "BossaNova": "latin", "Bossa": "latin",
         "Cha-Cha": "latin", "ChaCha": "latin", "Tango": "latin", "Paso": "latin", "Blues": "blues",
         "Boogie": "blues", "Swing": "jazz", "Jazz": "jazz", "Charleston": "jazz", "March": "classical",
         "Waltz": "classical"}
_BOOK_KEYS = {"BassDrum": 36, "SnareDrum": 38, "ClosedHiHat": 42, "OpenHiHat": 46, "RimShot": 37, "LowTom": 45,
              "MediumTom": 47, "HighTom": 50, "Cymbal": 49, "Cowbell": 56, "Clap": 39, "Tambourine": 54}


@dataclass(frozen=True)
class Part:
    """A labelled drum part. ``held_out`` is groove-midi's own validation split."""

    name: str
    genre: str
    collection: str
    group: str
    hits: tuple[Note, ...]
    bpm: float | None
    is_fill: bool = False
    held_out: bool = False


def load_parts(unpacked: Path) -> list[Part]:
    """All drum parts with at least eight hits."""
    parts = [*_groove(unpacked / "groove-midi"), *_mma(unpacked / "mma-rendered"),
             *_books(unpacked / "drum-machine-patterns" / "Sources")]
    return [part for part in parts if len(part.hits) >= 8]


def read_hits(path: Path) -> tuple[Note, ...]:
    """The hits of channel 10, in beats."""
    file = mido.MidiFile(path)
    hits = []
    for track in file.tracks:
        clock = 0
        for message in track:
            clock += message.time
            if message.type == "note_on" and message.velocity and message.channel == 9:
                hits.append(Note(clock / file.ticks_per_beat, 0.25, message.note, message.velocity))
    return tuple(sorted(hits, key=lambda hit: (hit.onset_beats, hit.pitch)))


def _groove(folder: Path) -> Iterator[Part]:
    with (folder / "info.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            path = folder / row["midi_filename"]
            genre = GROOVE.get(row["style"].split("/")[0])
            if genre and path.exists():
                yield Part(row["id"], genre, "groove", row["drummer"], read_hits(path), float(row["bpm"]),
                           row["beat_type"] == "fill", row["split"] == "validation")


def _mma(folder: Path) -> Iterator[Part]:
    for path in sorted(folder.glob("*.mid")):
        source, family, name = path.stem.split("__")
        if family in _MMA:
            yield Part(name, _MMA[family], "mma", f"{source}:{re.sub(r'[0-9]+$', '', family)}", read_hits(path), None,
                       bool(re.search("fill|intro|end", name, re.IGNORECASE)))


def _books(folder: Path) -> Iterator[Part]:
    """One-bar grids, played four times over as one would."""
    for book in ("DrumMachinePatterns200", "DrumMachinePatterns260"):
        for pattern in json.loads((folder / book / "Patterns.json").read_text(encoding="utf-8")):
            style = re.match(r"(.*?)(Measure|Break|\d)", pattern["title"])
            family = re.sub(r"(Break|Measure).*|\d.*", "", pattern["title"]) if style else ""
            if family not in BOOKS:
                continue
            step = 1 / 4 if pattern["length"] == 16 else 1 / 3  # twelve to a bar: triplets
            accents = pattern.get("accent") or ["Rest"] * pattern["length"]
            hits = [Note(4.0 * bar + place * step, 0.25, _BOOK_KEYS[drum], 110 if accents[place] == "Accent" else 85)
                    for bar in range(4) for drum, row in pattern["tracks"].items()
                    for place, sign in enumerate(row[:pattern["length"]]) if sign != "Rest"]
            yield Part(pattern["title"], BOOKS[family], "book", f"{book}:{BOOKS[family]}:{family}",
                       tuple(sorted(hits, key=lambda hit: hit.onset_beats)), None, "Break" in pattern["title"])
