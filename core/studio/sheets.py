"""From any source to sheet music: what goes on the page, how it is laid out, and a take to practise with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core import errors
from core.music import LeadSheet, Melody, Song, Wish
from core.studio.listening import listen
from core.studio.song import lead_sheet
from core.studio.source import Progress, Source, all_or_nothing, silent

SHEET_FORMATS = ("png", "pdf", "svg", "musicxml")
SHEET_LAYOUTS = ("auto", "lead", "piano", "song", "score")
TRANSPOSITIONS = {"0": 0, "C": 0, "Bb": 2, "Eb": 9, "F": 7}  # semitones they sound lower than they read


@dataclass(frozen=True)
class Sheet:
    """Engraved music and its files: by format, page by page (PDF and MusicXML are one file each)."""

    files: dict[str, tuple[Path, ...]]
    pages: int
    warnings: tuple[str, ...] = field(default=())


def make_sheet(source: Source | Song | LeadSheet | Melody, folder: Path, name: str, *,
               formats: Sequence[str] = ("png", "pdf", "musicxml"), layout: str = "auto", transpose: int = 0,
               title: str | None = None, composer: str | None = None, lyrics: str | None = None,
               progress: Progress = silent) -> Sheet:
    """Engrave a source and write NAME.png, NAME-2.png ..., NAME.pdf, NAME.svg ..., NAME.musicxml: all, or none.

    ``transpose``: semitones that the reader's instrument sounds lower than it reads (see TRANSPOSITIONS).
    ``lyrics``: words for the melody, syllables parted by hyphens. Raises HumbandError.
    """
    from core.perform.sheet.engrave import engrave
    from core.perform.sheet.lead import lead_score

    sheet, warnings = _lead_sheet(source, progress)
    progress("engraving", 0.6)
    score = lead_score(sheet, title=title or "", composer=composer or "", transpose=transpose)
    pages = engrave(score, formats)
    progress("writing", 0.9)
    files = _write(pages, folder, name)
    progress("done", 1.0)
    return Sheet(files, max(len(found) for found in files.values()), warnings)


def _write(pages: dict[str, list[bytes]], folder: Path, name: str) -> dict[str, tuple[Path, ...]]:
    files: dict[str, tuple[Path, ...]] = {}
    with all_or_nothing(folder) as draft:
        for kind, contents in pages.items():
            names = [f"{name}{'' if number == 1 else f'-{number}'}.{kind}" for number in range(1, len(contents) + 1)]
            for file, content in zip(names, contents, strict=True):
                (draft / file).write_bytes(content)
            files[kind] = tuple(folder / file for file in names)
    return files


def _lead_sheet(source: Source | Song | LeadSheet | Melody, progress: Progress) -> tuple[LeadSheet, tuple[str, ...]]:
    if isinstance(source, Song):
        return source.lead_sheet, ()
    if isinstance(source, LeadSheet):
        return source, ()
    if isinstance(source, Melody):
        return lead_sheet(source, Wish(), None), ()
    heard = listen(source, progress=progress)
    return heard.lead_sheet or lead_sheet(heard.melody, Wish(), None), heard.warnings


def make_practice(song: Song, folder: Path, name: str, *, percent: int = 100) -> Path:
    """NAME-practice.mp3: the song with a click and a bar counted in, at 50 to 100 % of its tempo. Raises BadWish."""
    from dataclasses import replace

    from core.audio import write_mp3
    from core.perform.mix import perform
    from core.perform.sheet.practice import with_click
    from core.perform.synth import SAMPLE_RATE

    if not 50 <= percent <= 100:
        raise errors.BadWish(wish=f"A practice tempo of {percent} %", choices="50 to 100")
    clicked = with_click(replace(song, bpm=song.bpm * percent / 100))
    with all_or_nothing(folder) as draft:
        write_mp3(perform(clicked), SAMPLE_RATE, draft / f"{name}-practice.mp3",
                  tags={"title": f"{song.title} ({percent} %)", "artist": "Humband"})
    return folder / f"{name}-practice.mp3"
