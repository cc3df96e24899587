"""``humband backup DIR``: a consistent copy while the service runs."""

import shutil
import sqlite3
from pathlib import Path

from bot.settings import Settings


def backup(settings: Settings, folder: Path) -> list[Path]:
    """Copy the database and the songs' files into ``folder``; returns what was written.

    The database first, by SQLite's own online copy: what it names, it names as of one moment. Files are
    only ever written whole and renamed into place, so each is copied as it is or made again from notes.
    Raises FileNotFoundError when there is no database yet.
    """
    if not settings.database.exists():
        raise FileNotFoundError(settings.database)
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / settings.database.name
    draft = copy.with_suffix(".part")
    draft.unlink(missing_ok=True)
    source = sqlite3.connect(f"file:{settings.database}?mode=ro", uri=True, timeout=30)
    target = sqlite3.connect(draft)
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
    finally:
        target.close()
        source.close()
    draft.replace(copy)
    written = [copy]
    for path in sorted(settings.songs_dir.rglob("*")):
        if path.is_file() and path.suffix != ".part":
            kept = folder / "songs" / path.relative_to(settings.songs_dir)
            if not _same(path, kept):
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, kept)
            written.append(kept)
    return written


def _same(path: Path, copy: Path) -> bool:
    if not copy.exists():
        return False
    a, b = path.stat(), copy.stat()
    return (a.st_size, int(a.st_mtime)) == (b.st_size, int(b.st_mtime))
