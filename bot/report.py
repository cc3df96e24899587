"""A finished take in plain words, for the terminal."""

import re
from pathlib import Path

from bot.texts import console as texts
from core.music import GENRES, Chord, Song
from core.studio import Take


def title_of(path: Path) -> str:
    """A song title out of a file's name: ``my_hum-2.ogg`` -> ``My hum 2``."""
    words = re.sub(r"[\W_]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:] if words else "My tune"


def describe(take: Take) -> str:
    """What was heard, what was made, where it is, and what to do next."""
    song, melody = take.song, take.song.lead_sheet.melody
    other = GENRES[(GENRES.index(song.genre) + 1) % len(GENRES)] if song.genre in GENRES else GENRES[0]
    parts = [
        texts.HEARD.format(
            notes=len(melody.notes), bars=melody.bars, key=melody.key, meter=melody.meter, bpm=melody.bpm,
            genre=song.genre, style=song.style.replace("_", " "), length=clock(song.duration_s),
            band=", ".join(track.role for track in song.tracks),
            chords=chord_line(song.lead_sheet.chords), form=form_line(song)),
        *(texts.WARNINGS[code] for code in take.warnings if code in texts.WARNINGS),
        texts.FILES.format(mp3=take.mp3, midi=take.midi, cover=take.cover, json=take.json),
        texts.NEXT.format(json=take.json, other=other),
    ]
    return "\n".join(parts)


def clock(seconds: float) -> str:
    """``75.2`` -> ``1:15``."""
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


def chord_line(chords: tuple[Chord, ...], most: int = 16) -> str:
    """The first chords of the tune, each change once."""
    changes = [c.symbol for i, c in enumerate(chords) if i == 0 or chords[i - 1].symbol != c.symbol]
    return " | ".join(changes[:most]) + (" ..." if len(changes) > most else "")


def form_line(song: Song) -> str:
    """The sections with their lengths in bars."""
    return ", ".join(f"{s.name} {round(s.duration_beats / song.meter.bar_beats)}" for s in song.sections)
