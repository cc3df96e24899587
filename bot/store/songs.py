"""Songs: kept as notes for good, as sound for a while; and who may use which."""

import json
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.store.people import User, new_token
from core.music import Song

FILE_NAMES = {"mp3": "song.mp3", "midi": "song.mid", "roll": "notes.png", "cover": "cover.jpg", "heard": "heard.mp3",
              "stems": "stems.zip"}
MADE_AGAIN = ("mp3", "heard", "stems", "roll")  # what eviction may take; notes and MIDI stay


@dataclass(frozen=True)
class Kept:
    """A song of somebody's. ``token`` stands in its buttons; ``family`` is shared by all takes of one hum."""

    id: int
    token: str
    share_token: str | None
    owner_id: int
    number: int
    title: str
    credit: str
    song_json: str
    genres: Mapping[str, float]
    family: str
    created_at: float
    recording: Mapping[str, Any] | None = None  # the owner's voice: where it stands in the chat
    sounds_like: str = ""  # the title of the known tune it was taken for
    how: str = "hum"  # the kind of work that brought its tune into the world

    def song(self) -> Song:
        """The notes."""
        return _parse(self.song_json)


_SONG = ("id, token, share_token, owner_id, number, title, credit, song, genres, family, created_at, recording, "
         "sounds_like, how")


class Songs:
    """The shelf of songs and their files."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self.folder = folder

    def next_number(self, user: User) -> int:
        """The number the person's next song gets."""
        return self._db.execute("SELECT coalesce(max(number), 0) + 1 FROM songs WHERE owner_id = ?",
                                [user.id]).fetchone()[0]

    def add(self, owner: User, title: str, song: Mapping[str, Any], *, genres: Mapping[str, float],
            family: str = "", credit: str = "", job_id: int | None = None,
            recording: Mapping[str, Any] | None = None, sounds_like: str = "", how: str = "hum") -> Kept:
        """Keep a new song. The same job adds only one."""
        if job_id is not None and (known := self._one("job_id = ?", job_id)):
            return known
        token = new_token()
        row = self._db.execute(
            f"INSERT INTO songs (token, owner_id, number, title, credit, song, genres, family, job_id, created_at, "
            f"recording, sounds_like, how) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING {_SONG}",
            [token, owner.id, self.next_number(owner), title, credit, json.dumps(song), json.dumps(genres),
             family or token, job_id, time.time(), json.dumps(recording) if recording else None, sounds_like,
             how]).fetchone()
        return _kept(row)

    def _one(self, where: str, *values: object) -> Kept | None:
        row = self._db.execute(f"SELECT {_SONG} FROM songs WHERE {where}", values).fetchone()
        return _kept(row) if row else None

    def by_id(self, song_id: int) -> Kept | None:
        """By our own number; for our own use only, never from what a chat sent."""
        return self._one("id = ?", song_id)

    def by_token(self, token: str) -> Kept | None:
        """By the token in a button."""
        return self._one("token = ?", token)

    def by_share_token(self, token: str) -> Kept | None:
        """By the token in a link."""
        return self._one("share_token = ?", token)

    def by_number(self, user: User, number: int) -> Kept | None:
        """One of the person's own."""
        return self._one("owner_id = ? AND number = ?", user.id, number)

    def by_post(self, place: str, message: str) -> Kept | None:
        """The song a message carries or gave rise to."""
        return self._one("id = (SELECT song_id FROM posts WHERE place = ? AND message = ?)", place, message)

    def latest(self, user: User) -> Kept | None:
        """The person's newest."""
        return self._one("owner_id = ? ORDER BY number DESC LIMIT 1", user.id)

    def page(self, user: User, offset: int, limit: int, text: str = "") -> list[Kept]:
        """The person's songs, newest first; only those whose title holds ``text``."""
        rows = self._db.execute(
            f"SELECT {_SONG} FROM songs WHERE owner_id = ? AND title LIKE ? ESCAPE '\\' "
            f"ORDER BY number DESC LIMIT ? OFFSET ?", [user.id, f"%{_like(text)}%", limit, offset]).fetchall()
        return [_kept(row) for row in rows]

    def count(self, user: User) -> int:
        """How many the person has."""
        return self._db.execute("SELECT count(*) FROM songs WHERE owner_id = ?", [user.id]).fetchone()[0]

    def count_newer(self, kept: Kept) -> int:
        """How many of the owner's songs are newer than this one."""
        return self._db.execute("SELECT count(*) FROM songs WHERE owner_id = ? AND number > ?",
                                [kept.owner_id, kept.number]).fetchone()[0]

    def count_since(self, user: User, since: float) -> int:
        """How many the person got since a moment (seconds of the epoch)."""
        return self._db.execute("SELECT count(*) FROM songs WHERE owner_id = ? AND created_at > ?",
                                [user.id, since]).fetchone()[0]

    def highest_seed(self, family: str) -> int:
        """The largest seed among the takes of one hum."""
        rows = self._db.execute("SELECT json_extract(song, '$.seed') FROM songs WHERE family = ?", [family])
        return max((int(row[0] or 0) for row in rows), default=0)

    def rename(self, kept: Kept, title: str) -> Kept:
        """Change the title, in the notes too; what carries the old one is made again when asked for."""
        song = json.dumps(json.loads(kept.song_json) | {"title": title})
        self._db.execute("UPDATE songs SET title = ?, song = ? WHERE id = ?", [title, song, kept.id])
        self.drop_files(kept, ("mp3", "heard", "stems"))
        return replace(kept, title=title, song_json=song)

    def share(self, kept: Kept) -> str:
        """The token of the song's link, made on first use."""
        self._db.execute("UPDATE songs SET share_token = coalesce(share_token, ?) WHERE id = ?",
                         [new_token(), kept.id])
        return self._db.execute("SELECT share_token FROM songs WHERE id = ?", [kept.id]).fetchone()[0]

    def unshare(self, kept: Kept) -> None:
        """The link opens nothing any more, and nobody but the owner may use the song."""
        with self._db.atomic():
            self._db.execute("UPDATE songs SET share_token = NULL WHERE id = ?", [kept.id])
            self._db.execute("DELETE FROM access WHERE song_id = ?", [kept.id])

    def grant(self, kept: Kept, holder: str) -> None:
        """Let a person or everybody in a place (by their key) use the song."""
        self._db.execute("INSERT OR IGNORE INTO access VALUES (?, ?)", [kept.id, holder])

    def may_use(self, kept: Kept, user: User, place_key: str) -> bool:
        """Whether the person may hear the song and make a version of it, asking from that place."""
        if kept.owner_id == user.id:
            return True
        row = self._db.execute("SELECT 1 FROM access WHERE song_id = ? AND holder IN (?, ?)",
                               [kept.id, user.key, place_key]).fetchone()
        return row is not None

    def delete(self, kept: Kept) -> None:
        """Rows and files."""
        self._db.execute("DELETE FROM songs WHERE id = ?", [kept.id])
        shutil.rmtree(self.folder / kept.token, ignore_errors=True)

    def delete_all_files(self, user: User) -> None:
        """The folders of all the person's songs."""
        for (token,) in self._db.execute("SELECT token FROM songs WHERE owner_id = ?", [user.id]).fetchall():
            shutil.rmtree(self.folder / token, ignore_errors=True)

    # -- the messages a song stands in

    def note_post(self, place: str, message: str, song_id: int) -> None:
        """Remember which song a message carries."""
        self._db.execute("INSERT OR REPLACE INTO posts VALUES (?, ?, ?)", [place, message, song_id])

    # -- files

    def path_for(self, kept: Kept, part: str) -> Path:
        """Where a part of the song lies, or would."""
        return self.folder / kept.token / FILE_NAMES[part]

    def write_files(self, kept: Kept, files: Mapping[str, bytes]) -> None:
        """Write parts to disk. May be called from another thread. Raises OSError (a full disk)."""
        for part, data in files.items():
            path = self.path_for(kept, part)
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(path.suffix + ".part")
            fresh.write_bytes(data)
            fresh.replace(path)

    def note_files(self, kept: Kept, sizes: Mapping[str, int]) -> None:
        """Remember what was written."""
        for part, size in sizes.items():
            self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
                             [kept.id, part, str(self.path_for(kept, part).relative_to(self.folder)), size,
                              time.time()])

    def file(self, song_id: int, part: str) -> Path | None:
        """The part on disk; None if it was never made or has been cleared away."""
        row = self._db.execute("SELECT path FROM files WHERE song_id = ? AND part = ?", [song_id, part]).fetchone()
        if row is None or row[0] is None or not (self.folder / row[0]).exists():
            return None
        self._db.execute("UPDATE files SET used_at = ? WHERE song_id = ? AND part = ?",
                         [time.time(), song_id, part])
        return self.folder / row[0]

    def remote(self, song_id: int, part: str, platform: str) -> str | None:
        """The platform's own id of a part it already holds."""
        row = self._db.execute("SELECT remote_id FROM remote_files WHERE song_id = ? AND part = ? AND platform = ?",
                               [song_id, part, platform]).fetchone()
        return row[0] if row else None

    def keep_remote(self, song_id: int, part: str, platform: str, remote_id: str) -> None:
        """Remember the platform's id of a part, so that it is not uploaded again."""
        self._db.execute("INSERT OR REPLACE INTO remote_files VALUES (?, ?, ?, ?)",
                         [song_id, part, platform, remote_id])

    def drop_files(self, kept: Kept, parts: Iterable[str]) -> None:
        """Remove parts from the disk and forget the platforms' copies."""
        for part in parts:
            self.path_for(kept, part).unlink(missing_ok=True)
            self._db.execute("DELETE FROM files WHERE song_id = ? AND part = ?", [kept.id, part])
            self._db.execute("DELETE FROM remote_files WHERE song_id = ? AND part = ?", [kept.id, part])

    def evict(self, *, older_than: float, max_bytes: float) -> int:
        """Clear away audio unused since ``older_than``, then the longest unused until the rest fits.

        Only what can be made again from the notes. Returns how many files went.
        """
        marks = ", ".join("?" * len(MADE_AGAIN))
        rows = self._db.execute(
            f"SELECT song_id, part, path, bytes, used_at FROM files WHERE path IS NOT NULL "
            f"AND part IN ({marks}) ORDER BY used_at", list(MADE_AGAIN)).fetchall()
        total = self._db.execute("SELECT coalesce(sum(bytes), 0) FROM files WHERE path IS NOT NULL").fetchone()[0]
        gone = 0
        for song_id, part, path, size, used_at in rows:
            if used_at >= older_than and total <= max_bytes:
                break
            (self.folder / path).unlink(missing_ok=True)
            self._db.execute("UPDATE files SET path = NULL WHERE song_id = ? AND part = ?", [song_id, part])
            total -= size
            gone += 1
        return gone


@lru_cache(maxsize=64)
def _parse(song_json: str) -> Song:
    """Five milliseconds for a song, and each reply looks at it several times."""
    return Song.from_json(json.loads(song_json))


def _kept(row: tuple[Any, ...]) -> Kept:
    fields = dict(zip(_SONG.replace(" song,", " song_json,").split(", "), row, strict=True))
    recording = fields["recording"]
    return Kept(**fields | {"genres": json.loads(fields["genres"]),
                            "recording": json.loads(recording) if recording else None})


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
