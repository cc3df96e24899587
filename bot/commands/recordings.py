"""From finished recordings: ``humband transcribe`` (to notes), ``humband piano`` (a voice on a piano)."""

from pathlib import Path
from typing import Annotated

import typer

from bot import batch
from bot.commands.common import OUT, Inputs, Out, finish
from bot.texts import console as texts

app = typer.Typer()


@app.command()
def transcribe(
    inputs: Inputs, out: Out = OUT,
    instrument: Annotated[str, typer.Option(help="Who plays it: a General MIDI name; two, with a comma between, for "
                                                 "the upper and the lower part.")] = "acoustic grand piano",
    listen: Annotated[bool, typer.Option("--listen", help="Also an MP3 of what was written.")] = False,
) -> None:
    """Write the notes of any recording as MIDI: several at once, with tempo, bars, hands and pedal."""
    from core import studio
    from core.errors import BadWish

    try:
        programs = studio.instruments_named(instrument)
    except BadWish as error:
        raise typer.BadParameter(f"--instrument: {error}") from error

    def work(path: Path, name: str, progress: batch.Report) -> None:
        midi = studio.write_transcription(path, out, name, programs=programs, listen=listen, progress=progress)
        for file in (midi, midi.with_suffix(".mp3")) if listen else (midi,):
            print(texts.WROTE.format(path=file))

    finish(batch.run(inputs, out, (".mid", ".mp3") if listen else (".mid",), work))


@app.command()
def piano(
    inputs: Inputs, out: Out = OUT,
    left_hand: Annotated[bool, typer.Option("--left-hand", help="Also a quiet left hand, from the chords.")] = False,
) -> None:
    """Play a voice, or the lead of a full recording, on a piano: just as long, with a picture of both."""

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        take = studio.make_piano(path, out, name, left_hand=left_hand, progress=progress)
        if take.followed == "mix":
            print(texts.FOLLOWED_LEAD)
        for file in (take.mp3, take.midi, take.picture):
            print(texts.WROTE.format(path=file))

    finish(batch.run(inputs, out, (".mp3", ".mid", ".spectrogram.png"), work))
