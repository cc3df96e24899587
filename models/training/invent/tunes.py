"""Every tune of ../shared by style: a melody on its bars, with chords where the collection has them.

Composers' lines are the top line of the most melodious part of each score. Ringtones, hymns and game tunes come
without bar lines: core.understand reads them. Folk songs are the Essen collection with its own bar lines, as
models/training/rhythm/folk.py writes them.
"""

import gzip
import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.compose.invent.tokens import TICKS
from core.errors import HumbandError
from core.music import Chord, Key, Melody, Meter, Note
from core.theory import chord_symbol
from core.understand import barlines
from models.training.genre.artists import artist_of, genre_of_title
from models.training.genre.tunes import _SKIPPED, _impro_visor_notes
from models.training.harmony.sheets import fill_signatures, nottingham, openewld, pop909, unpacked_folder
from models.training.invent.keys import ends_in_minor

FOLDERS = {"bach": "bach-js", **{name: name for name in ("mozart", "haydn", "handel", "beethoven", "schubert", "chopin",
                                                       "tchaikovsky", "debussy", "scarlatti")}}
MOST_BEATS = 400  # of one piece
# Which style each lead sheet's genre counts as
SHEET_STYLES = {"jazz": "jazz", "pop": "pop", "rock": "rock", "latin": "latin", "folk": "folk"}


@dataclass(frozen=True)
class Tune:
    """A melody with its style. Tunes of one ``work`` never stand on two sides of the split."""

    style: str
    work: str
    melody: Melody
    chords: tuple[Chord, ...] = ()
    key_known: bool = False
    bpm_known: bool = False


def part_of(work: str) -> str:
    """train (three quarters), tune or test: fixed by the name of the work alone."""
    fold = int(hashlib.sha1(re.sub(r"[^a-z0-9]", "", work.lower()).encode()).hexdigest(), 16) % 20
    return "test" if fold < 3 else "tune" if fold < 5 else "train"


def work_of(stem: str) -> str:
    """The piece a file belongs to: without who typed it, and without the number of the movement."""
    name = re.sub(r"\(.*", "", stem.lower()).strip("_- ")
    parts = re.split(r"[_\s-]+", name)
    while len(parts) > 3 and re.fullmatch(r"\d{1,2}|i{1,3}|iv|v", parts[-1]):
        parts.pop()
    return "-".join(parts)


def all_tunes(shared: Path, folk: Path | None = None, unpacked: Path | None = None) -> Iterator[Tune]:
    """All collections, one after the other."""
    yield from composers(unpacked_folder(shared, "composers", unpacked))
    if folk:
        yield from essen(folk)
    yield from sheets(shared, unpacked)
    yield from jazz_solos(unpacked_folder(shared, "impro-visor", unpacked))
    melodies = shared / "data" / "midi" / "melodies"
    yield from barless(melodies / "proto.jsonl.gz", "openhymnal", "hymn")
    yield from barless(melodies / "midi.jsonl.gz", "vgmidi", "game")
    yield from ringtones(melodies / "proto.jsonl.gz")


def composers(folder: Path) -> Iterator[Tune]:
    """The top line of each score, as far as its first change of meter."""
    from core.perform.midi import melody_from_midi

    for style, name in FOLDERS.items():
        for path in sorted((folder / name).glob("*.mid")):
            try:
                melody = melody_from_midi(path.read_bytes())
            except (HumbandError, ValueError):
                continue
            first = melody.notes[0].onset_beats
            notes = tuple(n for n in melody.notes if n.end_beats <= first + MOST_BEATS)
            yield Tune(style, f"{style}-{work_of(path.stem)}", replace(melody, notes=notes), bpm_known=True)


def essen(path: Path) -> Iterator[Tune]:
    """Folk songs with bar lines and keys."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            notes = tuple(Note(a, b, c) for a, b, c in row["notes"])
            key = Key.parse(row["key"]) if row["key"] else None
            melody = ends_in_minor(Melody(notes, 100.0, key or Key(), Meter.parse(row["meter"])))
            yield Tune("folk", f"folk-{row['title']}", melody, key_known=key is not None)


def sheets(shared: Path, unpacked: Path | None) -> Iterator[Tune]:
    """Lead sheets with their chords."""
    evergreens = fill_signatures(list(openewld(shared)))
    for sheet in itertools.chain(evergreens, fill_signatures(list(nottingham(shared, unpacked))),
                                 fill_signatures(evergreens + list(pop909(shared, unpacked)))[len(evergreens):]):
        if sheet.genre not in SHEET_STYLES:
            continue
        key = Key(((sheet.signature_pc or 0) + (9 if sheet.minor else 0)) % 12, "minor" if sheet.minor else "major")
        chords = tuple(Chord(on, length, chord_symbol(root, quality)) for on, length, root, quality in sheet.chords)
        yield Tune(SHEET_STYLES[sheet.genre], f"{sheet.id.split(':')[0]}-{sheet.title}",
                   replace(sheet.melody, key=key), chords, key_known=True)


def jazz_solos(folder: Path) -> Iterator[Tune]:
    """Solos and heads typed into Impro-Visor."""
    for path in sorted(folder.rglob("*.ls")):
        if any(part in _SKIPPED for part in path.parts):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        meter = re.search(r"\(meter (\d+) (\d+)\)", text)
        title = re.search(r"\(title ([^)]+)\)", text)
        if meter and (meter[1], meter[2]) not in (("4", "4"), ("3", "4")):
            continue
        notes = tuple(Note(*row) for row in _impro_visor_notes(text)[:900])
        if len(notes) > 12:
            yield Tune("jazz", f"jazz-{title[1] if title else path.stem}",
                       Melody(notes, 140.0, meter=Meter(int(meter[1]), 4) if meter else Meter()))


def barless(path: Path, source: str, style: str) -> Iterator[Tune]:
    """Tunes of one source of a file of melodies, laid on bars."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["src"] == source and (melody := lay_on_bars(row["notes"])):
                yield Tune(style, f"{style}-{row['title'].split(' - ')[0]}", melody)


def ringtones(path: Path) -> Iterator[Tune]:
    """Ringtones of artists whose style we know."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["src"] != "rtttl" or (style := genre_of_title(row["title"])) not in ("rock", "latin", "pop"):
                continue
            if melody := lay_on_bars(row["notes"]):
                yield Tune(style, f"{style}-{artist_of(row['title'])}", melody)


def lay_on_bars(rows: list) -> Melody | None:
    """A line of [pitch, quarters] on the likeliest bars; None where it is too short or off every grid."""
    notes, clock = [], 0.0
    for pitch, beats in rows[:500]:
        if pitch and beats > 0.02:
            notes.append((clock, float(beats), int(pitch)))
        clock += beats
    if len(notes) < 12:
        return None
    onsets = np.array([note[0] for note in notes]) * TICKS
    ticks = np.round(onsets / 3).astype(np.int64) * 3
    triple = np.round(onsets / 4).astype(np.int64) * 4
    if np.abs(onsets - triple).mean() < np.abs(onsets - ticks).mean() - 0.2:
        ticks = triple
    if np.abs(onsets - ticks).mean() > 0.8:
        return None
    held = np.maximum(1.0, np.array([note[1] for note in notes]) * TICKS)
    ticks = ticks - ticks[0] // 6 * 6
    verdict = barlines.judge(ticks, held, np.array([note[2] for note in notes]))
    meter, shift = barlines.meter_and_shift(int(verdict.bars.argmax()))
    ticks = ticks + shift
    kept = [Note(float(t) / TICKS, float(h) / TICKS, note[2])
            for (t, following), h, note in zip(itertools.pairwise([*ticks, ticks[-1] + 99]), held, notes, strict=True)
            if following > t]
    kept = [n if i + 1 == len(kept) else replace(n, duration_beats=min(n.duration_beats,
                                                                     kept[i + 1].onset_beats - n.onset_beats))
            for i, n in enumerate(kept)]
    return Melody(tuple(kept), 110.0, meter=meter)
