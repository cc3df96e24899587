"""From finished recordings: ``humband transcribe`` (to notes), ``humband piano`` (a voice on a piano)."""

from pathlib import Path
from typing import Annotated

import typer

from bot import batch
from bot.commands.common import OUT, Inputs, Out, finish
from bot.texts import console as texts

app = typer.Typer()


@app.command()
def transcribe(inputs: Inputs, out: Out = OUT) -> None:
    """Write the notes of any recording as MIDI: several at once, with tempo, bars and hands."""

    def work(path: Path, name: str, progress: batch.Report) -> None:
        from core import studio

        print(texts.WROTE.format(path=studio.write_transcription(path, out, name, progress=progress)))

    finish(batch.run(inputs, out, (".mid",), work))


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
