"""``humband ...``: the music on the command line. Thin: parses, calls ``core.studio``, prints."""

import typer

from bot.commands import invent, recordings, service, sheet, song, tunes

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
                  help="Hum a tune, get a band back.")
for commands in (song, recordings, sheet, tunes, invent, service):
    app.add_typer(commands.app)


def main() -> None:
    """Entry point of the ``humband`` program."""
    app()


if __name__ == "__main__":
    main()
