"""For those who run Humband: ``humband serve``, ``backup``, ``doctor``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.common import OUT, Out, finish
from bot.texts import console as texts

app = typer.Typer()


@app.command()
def doctor(out: Out = OUT) -> None:
    """Check programs, fonts, models and disk, and say how to mend what is missing."""
    from bot.doctor import examine

    finish(examine(out))


@app.command()
def serve() -> None:
    """Run the bots whose tokens are set (TELEGRAM_TOKEN, DISCORD_TOKEN)."""
    from bot.serve import serve as run

    finish(run())


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
        finish(1)
    print(texts.BACKED_UP.format(count=len(files), folder=folder))
    finish(0)
