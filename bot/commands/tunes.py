"""What tune is this: ``humband identify``, and ``humband tunes`` for the collections it looks in."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot import batch
from bot.commands.common import OUT, Inputs, Out, finish
from bot.texts import console as texts

app = typer.Typer()
tunes = typer.Typer(no_args_is_help=True, help="Collections of tunes to look in.")
app.add_typer(tunes, name="tunes")

Index = Annotated[Path, typer.Option("--index", help="The collection's file.", show_default=False)]
NAMED = 10  # tunes an answer holds


@app.command()
def identify(
    inputs: Inputs, out: Out = OUT,
    index: Annotated[list[Path] | None, typer.Option(
        "--index", help="A collection to look in; may be given several times. Left out: the one that is shipped.",
        show_default=False)] = None,
) -> None:
    """Name the tunes of voices: NAME.json with the ten likeliest, best first."""

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        matches = studio.identify(path, indices=index or None, limit=NAMED, progress=progress)
        rows = [{"id": m.id, "title": m.title, "score": round(m.score, 4), "known": m.known} for m in matches]
        batch.write_text(out, f"{name}.json", json.dumps(rows, ensure_ascii=False))
        if not matches:
            print(texts.NO_TUNES.format(name=name))
        else:
            answer = texts.TUNE_FOUND if matches[0].known else texts.TUNE_NOT_FOUND
            print(answer.format(name=name, title=matches[0].title, score=matches[0].score))

    _insist_on_collections(index or [])
    finish(batch.run(inputs, out, (".json",), work))


def _insist_on_collections(indices: list[Path]) -> None:
    """Say once, and before anything is heard, that a collection is missing or is none."""
    from core import studio
    from core.errors import HumbandError

    for index in indices:
        try:
            studio.count_tunes(index)
        except (HumbandError, OSError) as error:
            print(texts.FAILED.format(name=index, sentence=error), file=sys.stderr)
            finish(1)


@tunes.command()
def build(inputs: Inputs, index: Index) -> None:
    """Build a collection of all tunes of some files, in the place of the one that was there."""
    from core import studio
    from core.errors import HumbandError

    try:
        with batch.progress_of(index.name) as report:
            count = studio.build_index(inputs, index, progress=report)
    except (HumbandError, OSError) as error:
        print(texts.FAILED.format(name=index, sentence=error), file=sys.stderr)
        finish(1)
    print(texts.TUNES_BUILT.format(count=count, index=index))
    finish(0)


@tunes.command()
def add(
    inputs: Inputs, index: Index,
    title: Annotated[str | None, typer.Option(help="Of a single hum, recording or MIDI file.")] = None,
) -> None:
    """Add the tunes of files (MIDI, MusicXML, ABC, RTTTL, JSON lines, a hum, a recording) to a collection."""

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        progress("reading", 0.1)
        for tune_id, named in studio.add_tunes(index, path, title=title):
            print(texts.TUNES_ADDED.format(id=tune_id, title=named))
        progress("done", 1.0)

    finish(batch.run(inputs, index.parent, (), work))


@tunes.command("list")
def list_command(index: Index) -> None:
    """Print id and title of every tune of a collection."""
    from core import studio
    from core.errors import HumbandError

    try:
        rows = studio.list_tunes(index)
    except HumbandError as error:
        print(texts.FAILED.format(name=index, sentence=error), file=sys.stderr)
        finish(1)
    for tune_id, title in rows:
        print(texts.TUNES_ADDED.format(id=tune_id, title=title))
    finish(0)


@tunes.command()
def remove(
    ids: Annotated[list[str], typer.Argument(show_default=False)], index: Index,
) -> None:
    """Remove tunes from a collection by their ids."""
    from core import studio
    from core.errors import HumbandError

    status = 0
    for tune_id in ids:
        try:
            if studio.remove_tune(index, tune_id):
                continue
            print(texts.TUNE_UNKNOWN.format(id=tune_id, index=index), file=sys.stderr)
        except (HumbandError, OSError) as error:
            print(texts.FAILED.format(name=index, sentence=error), file=sys.stderr)
        status = 1
    finish(status)
