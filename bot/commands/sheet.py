"""Anything to sheet music: ``humband sheet``."""

from pathlib import Path
from typing import Annotated

import typer

from bot import batch
from bot.commands.common import OUT, Inputs, Out, finish, one_of, within
from bot.texts import console as texts

app = typer.Typer()


@app.command()
def sheet(
    inputs: Inputs, out: Out = OUT,
    formats: Annotated[str, typer.Option("--as", help="Any of png,pdf,svg,musicxml.")] = "png,pdf,musicxml",
    layout: Annotated[str, typer.Option(help="lead, piano, song or score; auto looks at the input.")] = "auto",
    transpose: Annotated[str, typer.Option(help="For an instrument in Bb, Eb or F.")] = "0",
    instrument: Annotated[str | None, typer.Option(help="Who reads it: flute, alto sax, viola, cello ...")] = None,
    title: Annotated[str | None, typer.Option(help="Left out: the file's name.")] = None,
    composer: Annotated[str | None, typer.Option(help="Who hummed it.")] = None,
    lyrics: Annotated[Path | None, typer.Option(help="A text file of the words; hyphens part syl-la-bles.")] = None,
    practice: Annotated[int | None, typer.Option(help="Also an MP3 with a click, at 50 to 100 % of the tempo.")] = None,
) -> None:
    """Write sheet music of voices, recordings, MIDI files and songs: NAME.png, NAME.pdf, NAME.musicxml."""
    from core.studio import SHEET_FORMATS, SHEET_LAYOUTS, TRANSPOSITIONS

    wanted = tuple(dict.fromkeys(part.strip().lower() for part in formats.split(",") if part.strip()))
    for kind in wanted or ("",):
        one_of("--as", kind, SHEET_FORMATS)
    one_of("--layout", layout, SHEET_LAYOUTS)
    one_of("--transpose", transpose, tuple(TRANSPOSITIONS))
    reader = _reader(instrument) or transpose
    within("--practice", practice, 50, 100)
    words = _read_words(lyrics)

    def work(path: Path, name: str, progress: batch.Report) -> list[Path]:
        from core import studio

        made = studio.make_sheet(path, out, name, formats=wanted, layout=layout,
                                 reader=reader, composer=composer, lyrics=words,
                                 title=title if title is not None else _title(path), progress=progress)
        written = [file for files in made.files.values() for file in files]
        if practice is not None:
            progress("performing", 0.9)
            written.append(studio.make_practice(made.song, out, name, percent=practice))
            progress("done", 1.0)
        for file in written:
            print(texts.WROTE.format(path=file))
        return written

    finish(batch.run(inputs, out, tuple(f".{kind}" for kind in wanted), work))


def _title(path: Path) -> str | None:
    """The file's name as a title; a song has one of its own."""
    from bot import report

    return None if path.suffix == ".json" else report.title_of(path)


def _reader(instrument: str | None) -> str | None:
    """The instrument, if there is one of that name; else wrong usage."""
    from core.errors import BadWish
    from core.studio import reader_named

    try:
        if instrument is not None:
            reader_named(instrument)
    except BadWish as error:
        raise typer.BadParameter(str(error)) from error
    return instrument


def _read_words(lyrics: Path | None) -> str | None:
    if lyrics is None:
        return None
    try:
        return lyrics.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(texts.BAD_LYRICS.format(path=lyrics)) from error
