"""The line to new tunes: in a style, after a tune, around a tune, between two tunes; each with its chords."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core import errors
from core.compose.invent.names import KINDS, MANNERS, STYLES
from core.music import Key, LeadSheet, Melody, Meter, Note, Song, Track, Wish
from core.studio.song import compose, lead_sheet, melody_only, perform, tags_of
from core.studio.source import MIN_TUNE_NOTES, Progress, all_or_nothing, silent

__all__ = ["BARS", "KINDS", "MOST_STEPS", "STYLES", "Invention", "blend", "continue_tune", "genre_of_style", "invent",
           "vary", "write_invention"]

BARS = (2, 32)  # a new tune, or what is added to one, has so many at least and at most
MOST_STEPS = 12


@dataclass(frozen=True)
class Invention:
    """A new tune's files: what the band plays, and the tune itself."""

    sheet: LeadSheet
    song: Song
    mp3: Path
    midi: Path
    json: Path


def genre_of_style(style: str) -> str:
    """The genre a style's band plays. Raises BadWish."""
    _known("style", style, STYLES)
    return MANNERS[style][0]


def invent(style: str, *, bars: int = 8, seed: int = 1, key: Key | None = None, meter: Meter | None = None,
           bpm: float | None = None) -> LeadSheet:
    """A new tune in a style; the same arguments give the same tune. Raises BadWish, NoIdea."""
    from core.compose.invent.fresh import fresh

    genre = genre_of_style(style)
    _within(bars)
    return _harmonized(fresh(style, bars=bars, seed=seed, key=key, meter=meter, bpm=bpm), genre)


def continue_tune(tune: Melody | LeadSheet, *, bars: int = 8, seed: int = 1, style: str | None = None) -> LeadSheet:
    """The tune with ``bars`` more bars, in its key, tempo and meter, ended by a cadence. Raises BadWish, BadMusic."""
    from core.compose.invent.follow import follow

    if style is not None:
        _known("style", style, STYLES)
    _within(bars)
    sheet = _sheet(tune)
    return _harmonized(follow(sheet.melody, bars=bars, seed=seed, style=style, chords=sheet.chords), None)


def vary(tune: Melody | LeadSheet, *, kind: str | None = None, seed: int = 1) -> LeadSheet:
    """The tune in another shape, its skeleton kept; without a kind the seed chooses. Raises BadWish, BadMusic."""
    from core.compose.invent.vary import varied

    if kind is not None:
        _known("kind", kind, KINDS)
    sheet = _sheet(tune)
    return _harmonized(varied(sheet.melody, kind or KINDS[seed % len(KINDS)], seed), None)


def blend(a: Melody | LeadSheet, b: Melody | LeadSheet, *, steps: int = 5, seed: int = 1) -> list[LeadSheet]:
    """Tunes on the way from one to another: the first near ``a``, the last near ``b``. Raises BadWish, BadMusic."""
    from core.compose.invent.blend import blended

    if not 2 <= steps <= MOST_STEPS:
        raise errors.BadWish(wish=f"A walk of {steps} steps", choices=f"2 to {MOST_STEPS}")
    return [_harmonized(melody, None) for melody in blended(_sheet(a).melody, _sheet(b).melody, steps, seed)]


def write_invention(sheet: LeadSheet, folder: Path, name: str, *, title: str, genre: str | None = None, seed: int = 1,
                    facts: dict[str, Any] | None = None, progress: Progress = silent) -> Invention:
    """Write NAME.mp3 (a band plays it), NAME.mid and NAME.json (the tune with its chords): all of them, or none.

    ``facts`` (such as the style) go into the JSON too.
    """
    from core.audio import write_mp3
    from core.perform.cover import draw_cover
    from core.perform.midi import song_to_midi
    from core.perform.synth import SAMPLE_RATE

    progress("composing", 0.3)
    song = compose(sheet, Wish(genre=genre, seed=seed), title=title)
    progress("performing", 0.5)
    with all_or_nothing(folder) as draft:
        content = sheet.to_json() | {"title": title, "genre": song.genre, "seed": seed} | (facts or {})
        (draft / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        (draft / f"{name}.mid").write_bytes(song_to_midi(_played_plainly(sheet, title)))
        sound = perform(song)
        progress("writing", 0.8)
        cover = draft / f"{name}.jpg"
        cover.write_bytes(draw_cover(song))
        write_mp3(sound, SAMPLE_RATE, draft / f"{name}.mp3", tags=tags_of(song), cover=cover)
        cover.unlink()
    progress("done", 1.0)
    return Invention(sheet, song, *(folder / f"{name}.{ext}" for ext in ("mp3", "mid", "json")))


def _played_plainly(sheet: LeadSheet, title: str) -> Song:
    """The tune and its chords on a piano, from its first bar line on."""
    song = melody_only(sheet, title=title)
    chords = tuple(Note(chord.onset_beats, chord.duration_beats, 48 + pc, 60)
                   for chord in song.chords for pc in dict.fromkeys((chord.bass_pc - 12, *chord.pitch_classes)))
    return replace(song, tracks=(*song.tracks, Track("chords", 0, chords, volume_db=-6.0)))


def _harmonized(melody: Melody, genre: str | None) -> LeadSheet:
    return lead_sheet(melody, Wish(), genre)


def _sheet(tune: Melody | LeadSheet) -> LeadSheet:
    sheet = tune if isinstance(tune, LeadSheet) else LeadSheet(tune, ())
    if len(sheet.melody.notes) < MIN_TUNE_NOTES:
        raise errors.BadMusic(reason=f"a tune to go on from needs {MIN_TUNE_NOTES} notes or more")
    return sheet


def _known(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise errors.BadWish(wish=f"The {what} {value!r}", choices=", ".join(choices))


def _within(bars: int) -> None:
    if not BARS[0] <= bars <= BARS[1]:
        raise errors.BadWish(wish=f"A tune of {bars} bars", choices=f"{BARS[0]} to {BARS[1]}")


