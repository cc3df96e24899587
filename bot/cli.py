"""``humband ...``: the music on the command line. Thin: parses, calls ``core.studio``, prints."""

import json
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot import batch
from bot.texts import console as texts

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
                  help="Hum a tune, get a band back.")

Inputs = Annotated[list[Path], typer.Argument(show_default=False)]
Out = Annotated[Path, typer.Option("--out", help="Folder for what is written.")]
Genre = Annotated[str | None, typer.Option("--genre", help="rock, jazz, electronic ... Left out: the tune decides.")]
OUT = Path("out")


def main() -> None:
    """Entry point of the ``humband`` program."""
    app()


@app.command()
def song(
    inputs: Inputs, out: Out = OUT, genre: Genre = None,
    tempo: Annotated[float | None, typer.Option(help="Beats a minute, 30 to 300.")] = None,
    key: Annotated[str | None, typer.Option(help='For instance "F# minor".')] = None,
    seed: Annotated[int, typer.Option(help="Another number, another take.")] = 1,
    length: Annotated[float | None, typer.Option(help="Seconds, 10 to 600.")] = None,
    feel: Annotated[str, typer.Option(help="loose, normal or tight.")] = "normal",
    colour: Annotated[str, typer.Option(help="Chords: plain, rich, jazzy, dark or bright.")] = "plain",
    stems: Annotated[bool, typer.Option("--stems", help="Also write what each player plays: NAME-ROLE.opus.")] = False,
) -> None:
    """Turn voice notes, MIDI files or stored songs into arranged songs."""
    from bot import report
    from core.music import COLOURS, FEELS, GENRES, MAX_BPM, MIN_BPM, Wish

    _one_of("--genre", genre, GENRES)
    _one_of("--feel", feel, FEELS)
    _one_of("--colour", colour, COLOURS)
    _within("--tempo", tempo, MIN_BPM, MAX_BPM)
    _within("--length", length, 10, 600)
    wish = Wish(genre, tempo, _key("--key", key), seed, length, feel, colour)

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        take = studio.make_song(path, wish, out, name, title=report.title_of(path), progress=progress)
        print(report.describe(take))
        if stems:
            for stem in studio.write_stems(take.song, out, name):
                print(texts.WROTE.format(path=stem))

    _finish(batch.run(inputs, out, (".mp3", ".mid", ".json", ".jpg"), work))


@app.command()
def notes(
    inputs: Inputs, out: Out = OUT,
    plot: Annotated[bool, typer.Option("--plot", help="Also draw what was heard: NAME.png.")] = False,
) -> None:
    """Write the notes of a voice as sung: onset_s,offset_s,pitch_midi."""

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        progress("hearing", 0.1)
        line = studio.hear(path)
        rows = [f"{n.onset_s:.3f},{n.offset_s:.3f},{n.pitch_midi:.2f}" for n in line.notes]
        batch.write_text(out, f"{name}.csv", "\n".join(["onset_s,offset_s,pitch_midi", *rows]) + "\n")
        if plot:
            (out / f"{name}.png").write_bytes(studio.draw_hearing(path, line))
            print(texts.WROTE.format(path=out / f"{name}.png"))
        progress("done", 1.0)

    _finish(batch.run(inputs, out, (".csv", ".png") if plot else (".csv",), work))


@app.command()
def melody(
    inputs: Inputs, out: Out = OUT,
    tempo: Annotated[float | None, typer.Option(help="The tempo you sang at, if you know it.")] = None,
) -> None:
    """Write the tune of a voice on its grid: tempo, key, meter, swing and notes in beats."""
    from core.music import MAX_BPM, MIN_BPM

    _within("--tempo", tempo, MIN_BPM, MAX_BPM)

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        heard = studio.listen(path, bpm=tempo, progress=progress)
        batch.write_text(out, f"{name}.json", json.dumps(heard.melody.to_json()))
        progress("done", 1.0)

    _finish(batch.run(inputs, out, (".json",), work))


@app.command("genre")
def genre_command(inputs: Inputs, out: Out = OUT) -> None:
    """Write how likely each genre is for a tune."""

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        progress("hearing", 0.1)
        guess = studio.genre_of(path)
        batch.write_text(out, f"{name}.json", json.dumps(guess))
        progress("done", 1.0)

    _finish(batch.run(inputs, out, (".json",), work))


@app.command()
def harmonize(inputs: Inputs, out: Out = OUT, genre: Genre = None) -> None:
    """Write chords for melodies: MELODY.json in, the same with chords out."""
    from core.music import GENRES

    _one_of("--genre", genre, GENRES)

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio
        from core.errors import Unreadable

        progress("composing", 0.1)
        try:
            data = json.loads(studio.read_source(path))
        except (ValueError, RecursionError) as error:
            raise Unreadable("I cannot read this file. It should be a melody in JSON, as `humband melody` "
                             "writes it.") from error
        batch.write_text(out, f"{name}.json", json.dumps(studio.harmonize_json(data, genre)))
        progress("done", 1.0)

    _finish(batch.run(inputs, out, (".json",), work))


@app.command()
def doctor(out: Out = OUT) -> None:
    """Check programs, fonts, models and disk, and say how to mend what is missing."""
    from bot.doctor import examine

    _finish(examine(out))


@app.command()
def serve() -> None:
    """Run the bots whose tokens are set (TELEGRAM_TOKEN, DISCORD_TOKEN)."""
    from bot.serve import serve as run

    _finish(run())


@app.command()
def backup(folder: Annotated[Path, typer.Argument(show_default=False)]) -> None:
    """Copy the service's database and songs into a folder, consistently, while it runs."""
    from bot.backup import backup as copy
    from bot.settings import Settings

    settings = Settings()
    try:
        files = copy(settings, folder)
    except FileNotFoundError:
        print(texts.NO_DATABASE.format(folder=settings.data_dir), file=sys.stderr)
        _finish(1)
    print(texts.BACKED_UP.format(count=len(files), folder=folder))
    _finish(0)


def _finish(status: int) -> NoReturn:
    sys.stdout.flush()
    raise typer.Exit(status)


def _usage(sentence: str) -> typer.BadParameter:
    return typer.BadParameter(sentence)


def _one_of(option: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise _usage(texts.BAD_OPTION.format(option=option, value=value, choices=", ".join(choices)))


def _within(option: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise _usage(texts.BAD_RANGE.format(option=option, value=value, low=low, high=high))


def _key(option: str, value: str | None):  # noqa: ANN202 - Key is imported only when asked for
    from core.music import Key

    try:
        return Key.parse(value) if value else None
    except ValueError as error:
        raise _usage(texts.BAD_KEY.format(option=option, value=value)) from error


if __name__ == "__main__":
    main()
