"""The loop behind every command: many inputs, one output name each, progress, plain failures, exit status."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.texts import console as texts
from core.errors import HumbandError

Report = Callable[[str, float], None]
Work = Callable[[Path, str, Report], Iterable[Path] | None]
"""Gets an input, the output's name without extension, and where to report stage and share done. May say which
files it wrote, where their names are not just that name and an extension."""


def run(inputs: Iterable[Path], out: Path, extensions: tuple[str, ...], work: Work, suffix: str = "") -> int:
    """Do ``work`` on each input and return the exit status: 0 all worked, 1 one or more failed.

    A failed input costs one line on stderr and the others go on. Two inputs of one name, or an output
    that would overwrite an input, get a number behind their name. ``suffix`` stands behind every name.
    """
    inputs = list(inputs)
    status, taken = 0, {path.resolve() for path in inputs}
    with _progress(len(inputs)) as bar:
        for path in inputs:
            wished = f"{path.stem}{suffix}"
            name = _free_name(wished, out, extensions, taken)
            taken.update((out / f"{name}{ext}").resolve() for ext in extensions)
            failure: str | None = None
            try:
                taken.update(file.resolve() for file in work(path, name, bar(path.name)) or ())
            except HumbandError as error:
                failure = str(error)
            except OSError as error:  # the disk, not the music
                failure = f"{error.strerror or error}."
            except Exception as error:
                failure = texts.CRASHED.format(error=f"{type(error).__name__}: {error}")
            else:
                if name != wished:
                    print(texts.RENAMED.format(name=wished, written=name), file=sys.stderr)
            if failure is not None:
                status = 1
                print(texts.FAILED.format(name=path, sentence=" ".join(failure.split())), file=sys.stderr)
    return status


@contextmanager
def progress_of(name: str) -> Iterator[Report]:
    """Where one long piece of work reports, for commands that make one thing of all their inputs."""
    with _progress(1) as bar:
        yield bar(name)


def write_text(out: Path, name: str, text: str) -> None:
    """Write a small text file whole or not at all, and say where."""
    out.mkdir(parents=True, exist_ok=True)
    draft = out / f".{name}.part"
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(out / name)
    finally:
        draft.unlink(missing_ok=True)
    print(texts.WROTE.format(path=out / name))


def _free_name(stem: str, out: Path, extensions: tuple[str, ...], taken: set[Path]) -> str:
    name, number = stem, 1
    while any((out / f"{name}{ext}").resolve() in taken for ext in extensions):
        number += 1
        name = f"{stem}-{number}"
    return name


@contextmanager
def _progress(count: int) -> Iterator[Callable[[str], Report]]:
    """A bar for each input on a terminal; silence elsewhere, where results alone are wanted."""
    if not sys.stderr.isatty():
        yield lambda _name: lambda _stage, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.fields[name]}"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=count > 1) as progress:

        def start(name: str) -> Report:
            for task in progress.task_ids:
                progress.update(task, visible=False)
            task_id = progress.add_task("", total=1.0, name=name)
            return lambda stage, share: progress.update(
                task_id, completed=share, description=texts.STAGES.get(stage, stage))

        yield start
