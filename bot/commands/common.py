"""What the commands share: argument types, checks of options, and the way out."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.texts import console as texts

if TYPE_CHECKING:
    from core.music import Key

Inputs = Annotated[list[Path], typer.Argument(show_default=False)]
Out = Annotated[Path, typer.Option("--out", help="Folder for what is written.")]
Genre = Annotated[str | None, typer.Option("--genre", help="rock, jazz, electronic ... Left out: the tune decides.")]
OUT = Path("out")


def finish(status: int) -> NoReturn:
    """Leave with this exit status, everything printed."""
    sys.stdout.flush()
    raise typer.Exit(status)


def _usage(sentence: str) -> typer.BadParameter:
    return typer.BadParameter(sentence)


def one_of(option: str, value: str | None, choices: tuple[str, ...]) -> None:
    """Wrong usage (exit status 2) unless the option has one of the values."""
    if value is not None and value not in choices:
        raise _usage(texts.BAD_OPTION.format(option=option, value=value, choices=", ".join(choices)))


def within(option: str, value: float | None, low: float, high: float) -> None:
    """Wrong usage (exit status 2) unless the option lies in the range."""
    if value is not None and not low <= value <= high:
        raise _usage(texts.BAD_RANGE.format(option=option, value=value, low=low, high=high))


def parse_key(option: str, value: str | None) -> "Key | None":
    """The key that was named; wrong usage if there is no such key."""
    from core.music import Key

    try:
        return Key.parse(value) if value else None
    except ValueError as error:
        raise _usage(texts.BAD_KEY.format(option=option, value=value)) from error
