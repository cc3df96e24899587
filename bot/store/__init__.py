"""What outlives the process: people, songs, files, work. SQLite, through sqlite-utils.

Every call is a short transaction of its own (the connection commits by itself), made from the event
loop's thread: with a write-ahead log they take well under a millisecond. Another process (``humband
backup``) may read meanwhile.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.store import schema_tunes
from bot.store.library import Library
from bot.store.people import People
from bot.store.schema import migrations
from bot.store.songs import Songs
from bot.store.tunes import Tunes
from bot.store.work import Work

__all__ = ["Library", "People", "Songs", "Store", "Tunes", "Work", "open_database", "schema_tunes"]

LOCK_WAIT_S = 1.5  # Discord wants its answer within three seconds


def open_database(path: Path) -> Database:
    """Connect, with foreign keys kept and readers never in a writer's way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False)
    database = Database(connection)
    database.enable_wal()
    database.execute("PRAGMA foreign_keys = ON")
    # Survives a killed process; only a power cut can take the last moments, and never the file.
    database.execute("PRAGMA synchronous = NORMAL")
    # Writing the log back waits for the disk: :meth:`Store.checkpoint` does it beside the event loop.
    database.execute("PRAGMA wal_autocheckpoint = 0")
    return database


class Store:
    """The database's shelves."""

    def __init__(self, path: Path, songs_dir: Path) -> None:
        self._path = path
        self.db = open_database(path)
        migrations.apply(self.db)
        self.people = People(self.db)
        self.songs = Songs(self.db, songs_dir)
        self.work = Work(self.db)
        self.tunes = Tunes(self.db, songs_dir.parent / "tunes")
        self.library = Library(self.db)

    def checkpoint(self) -> None:
        """Write the log back into the database; to be called from another thread now and then."""
        connection = sqlite3.connect(self._path, timeout=LOCK_WAIT_S)
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()

    def move_place(self, old: str, new: str) -> None:
        """A chat got another id: what was said, shared and settled there moves along."""
        with self.db.atomic():
            self.db.execute("UPDATE OR IGNORE access SET holder = ? WHERE holder = ?", [new, old])
            for table, column in (("posts", "place"), ("questions", "place"), ("groups", "key"),
                                  ("tunes", "scope"), ("findings", "place")):
                self.db.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {column} = ?", [new, old])
        self.tunes.drop_index(old)

    def fact(self, name: str) -> str | None:
        """A small thing remembered, such as the commands last set."""
        row = self.db.execute("SELECT value FROM facts WHERE name = ?", [name]).fetchone()
        return row[0] if row else None

    def keep_fact(self, name: str, value: str) -> None:
        """Remember it."""
        self.db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", [name, value])

    def counts(self) -> dict[str, Any]:
        """How much of everything there is, for `/stats` and the metrics."""
        def count(sql: str) -> int:
            return self.db.execute(sql).fetchone()[0] or 0

        return {
            "people": count("SELECT count(*) FROM users"),
            "groups": count("SELECT count(*) FROM groups"),
            "songs": count("SELECT count(*) FROM songs"),
            "queued": count("SELECT count(*) FROM jobs WHERE state = 'queued'"),
            "running": count("SELECT count(*) FROM jobs WHERE state = 'running'"),
            "failed": count("SELECT count(*) FROM jobs WHERE state = 'failed'"),
            "bytes": count("SELECT sum(bytes) FROM files WHERE path IS NOT NULL"),
        }

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()
