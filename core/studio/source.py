"""What every line through the studio shares: sources and their limits, progress, files that appear together."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core import errors

Progress = Callable[[str, float], None]
"""Called with a stage ("reading", "hearing", "understanding", "composing", "performing", "writing")
and the share of the whole that is done, 0..1."""

Source = Path | bytes
MAX_FILE_BYTES = 20 * 2**20
MIN_VOICE_S, MAX_VOICE_S = 1.0, 180.0
MIN_TUNE_NOTES = 3


def silent(stage: str, share: float) -> None:
    """The progress of those who do not ask for any."""


def read_source(source: Source) -> bytes:
    """The bytes of a source. Raises Missing, TooLarge, Unreadable."""
    if isinstance(source, bytes):
        data = source
    else:
        try:
            if source.stat().st_size > MAX_FILE_BYTES:
                raise errors.TooLarge(limit_mb=MAX_FILE_BYTES / 2**20)
            data = source.read_bytes()
        except FileNotFoundError as error:
            raise errors.Missing() from error
        except OSError as error:
            raise errors.Unreadable() from error
    if len(data) > MAX_FILE_BYTES:
        raise errors.TooLarge(limit_mb=MAX_FILE_BYTES / 2**20)
    return data


@contextmanager
def all_or_nothing(folder: Path) -> Iterator[Path]:
    """A draft folder whose files move into ``folder`` only when everything in it is finished."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".humband-", dir=folder))
    try:
        yield draft
        for file in draft.iterdir():
            file.replace(folder / file.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
