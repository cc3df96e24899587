"""From a voice to a song: ``humband song``, ``notes``, ``melody``, ``genre``, ``harmonize``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bot import batch
from bot.commands.common import OUT, Genre, Inputs, Out, finish, one_of, parse_key, within
from bot.texts import console as texts

app = typer.Typer()


@app.command()
def song(
    inputs: Inputs, out: Out = OUT, genre: Genre = None,
    tempo: Annotated[float | None, typer.Option(help="Beats a minute, 30 to 300.")] = None,
    key: Annotated[str | None, typer.Option(help='For instance "F# minor".')] = None,
    seed: Annotated[int, typer.Option(help="Another number, another take.")] = 1,
    length: Annotated[float | None, typer.Option(help="Seconds, 10 to 600.")] = None,
    feel: Annotated[str, typer.Option(help="loose, normal or tight.")] = "normal",
    colour: Annotated[str, typer.Option(help="Chords: plain, rich, jazzy, dark or bright.")] = "plain",
    voice: Annotated[bool, typer.Option("--voice", help="Your own voice on top, in tune and in time.")] = False,
    stems: Annotated[bool, typer.Option("--stems", help="Also write what each player plays: NAME-ROLE.opus.")] = False,
) -> None:
    """Turn voice notes, MIDI files or stored songs into arranged songs."""
    from bot import report
    from core.music import COLOURS, FEELS, GENRES, MAX_BPM, MIN_BPM, Wish

    one_of("--genre", genre, GENRES)
    one_of("--feel", feel, FEELS)
    one_of("--colour", colour, COLOURS)
    within("--tempo", tempo, MIN_BPM, MAX_BPM)
    within("--length", length, 10, 600)
    wish = Wish(genre, tempo, parse_key("--key", key), seed, length, feel, colour)

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        take = studio.make_song(path, wish, out, name, title=report.title_of(path), voice=voice,
                                progress=progress)
        print(report.describe(take))
        if stems:
            for stem in studio.write_stems(take.song, out, name, voice=path if voice else None):
                print(texts.WROTE.format(path=stem))

    finish(batch.run(inputs, out, (".mp3", ".mid", ".json", ".jpg"), work))


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

    finish(batch.run(inputs, out, (".csv", ".png") if plot else (".csv",), work))


@app.command()
def melody(
    inputs: Inputs, out: Out = OUT,
    tempo: Annotated[float | None, typer.Option(help="The tempo you sang at, if you know it.")] = None,
) -> None:
    """Write the tune of a voice on its grid: tempo, key, meter, swing and notes in beats."""
    from core.music import MAX_BPM, MIN_BPM

    within("--tempo", tempo, MIN_BPM, MAX_BPM)

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        heard = studio.listen(path, bpm=tempo, progress=progress)
        batch.write_text(out, f"{name}.json", json.dumps(heard.melody.to_json()))
        progress("done", 1.0)

    finish(batch.run(inputs, out, (".json",), work))


@app.command("genre")
def genre_command(inputs: Inputs, out: Out = OUT) -> None:
    """Write how likely each genre is for a tune."""

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        progress("hearing", 0.1)
        guess = studio.genre_of(path)
        batch.write_text(out, f"{name}.json", json.dumps(guess))
        progress("done", 1.0)

    finish(batch.run(inputs, out, (".json",), work))


@app.command()
def harmonize(inputs: Inputs, out: Out = OUT, genre: Genre = None) -> None:
    """Write chords for melodies: MELODY.json in, the same with chords out."""
    from core.music import GENRES

    one_of("--genre", genre, GENRES)

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

    finish(batch.run(inputs, out, (".json",), work))
