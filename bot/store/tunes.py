"""Tunes people taught, what was found when they asked, and what the index files must hold.

A scope is whose a tune is: a person's key, or the key of a place where others are. The rows are the truth; an
index file is only a copy of them that can be searched, brought up to date by :mod:`bot.indexing`.
"""

import json
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlite_utils import Database

from bot.store.people import User, new_token

OWN = "own:"  # before our tokens in an index: no tune that ships is called so
FINDINGS_KEPT_S = 30 * 86_400  # of those nobody said yes or no to


@dataclass(frozen=True)
class Tune:
    """A tune somebody taught. ``melody`` is ``Melody.to_json``."""

    id: int
    token: str
    scope: str
    owner_id: int
    title: str
    melody: Mapping[str, Any]
    created_at: float


@dataclass(frozen=True)
class Finding:
    """An answer to "what tune is this?": the notes as heard, and the matches (``id``, ``title``, ``score``) by rank.
    ``verdicts`` says of a rank whether the person agreed: pairs a better search can learn from."""

    id: int
    token: str
    user_id: int
    place: str
    melody: Mapping[str, Any]
    matches: Sequence[Mapping[str, Any]]
    verdicts: Mapping[str, bool]
    created_at: float


@dataclass(frozen=True)
class Upkeep:
    """What an index file lacks, as (token, title, melody) rows, and the tokens it must lose."""

    add: tuple[tuple[str, str, Mapping[str, Any]], ...]
    remove: tuple[str, ...]
    empty: bool  # nothing is to remain: the file may go


_TUNE = "id, token, scope, owner_id, title, melody, created_at"
_FINDING = "id, token, user_id, place, melody, matches, verdicts, created_at"

# The songs of a scope: a person's own, or what was made or played where others heard it. Takes of one hum
# share its tune, so the first of them stands for all.
_SONGS_OF = """
    SELECT token, min(id) AS id FROM (
        SELECT token, id, family FROM songs WHERE owner_id = (SELECT id FROM users WHERE key = :scope)
        UNION ALL
        SELECT songs.token, songs.id, songs.family FROM access JOIN songs ON songs.id = access.song_id
        WHERE access.holder = :scope AND :scope NOT IN (SELECT key FROM users))
    GROUP BY family"""


class Tunes:
    """The shelf of tunes."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self.folder = folder

    # -- tunes taught

    def teach(self, scope: str, owner: User, title: str, melody: Mapping[str, Any],
              job_id: int | None = None) -> Tune:
        """Keep a tune. The same job keeps only one."""
        row = self._db.execute(
            f"INSERT INTO tunes (token, scope, owner_id, title, melody, job_id, created_at) "
            f"VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job_id) DO UPDATE SET title = excluded.title RETURNING {_TUNE}",
            [new_token(), scope, owner.id, title, json.dumps(melody), job_id, time.time()]).fetchone()
        return _tune(row)

    def page(self, scope: str, offset: int, limit: int) -> list[Tune]:
        """The scope's tunes, newest first."""
        rows = self._db.execute(f"SELECT {_TUNE} FROM tunes WHERE scope = ? ORDER BY id DESC LIMIT ? OFFSET ?",
                                [scope, limit, offset]).fetchall()
        return [_tune(row) for row in rows]

    def taught_by(self, owner: User) -> list[Tune]:
        """Everything one person taught anywhere, oldest first."""
        rows = self._db.execute(f"SELECT {_TUNE} FROM tunes WHERE owner_id = ? ORDER BY id", [owner.id]).fetchall()
        return [_tune(row) for row in rows]

    def count(self, scope: str) -> int:
        """How many the scope has."""
        return self._db.execute("SELECT count(*) FROM tunes WHERE scope = ?", [scope]).fetchone()[0]

    def by_token(self, token: str) -> Tune | None:
        """By the token in a button or an index."""
        row = self._db.execute(f"SELECT {_TUNE} FROM tunes WHERE token = ?", [token]).fetchone()
        return _tune(row) if row else None

    def delete(self, tune: Tune) -> None:
        """The row; the index follows."""
        self._db.execute("DELETE FROM tunes WHERE id = ?", [tune.id])

    # -- what was found

    def note_finding(self, user: User, place: str, melody: Mapping[str, Any], matches: Sequence[Mapping[str, Any]],
                     job_id: int | None = None) -> Finding:
        """Keep an answer, for the buttons under it. The same job keeps only one."""
        row = self._db.execute(
            f"INSERT INTO findings (token, user_id, place, melody, matches, job_id, created_at) "
            f"VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job_id) DO UPDATE SET matches = excluded.matches "
            f"RETURNING {_FINDING}",
            [new_token(), user.id, place, json.dumps(melody), json.dumps(list(matches)), job_id,
             time.time()]).fetchone()
        return _finding(row)

    def finding(self, token: str) -> Finding | None:
        """By the token in a button."""
        row = self._db.execute(f"SELECT {_FINDING} FROM findings WHERE token = ?", [token]).fetchone()
        return _finding(row) if row else None

    def findings_of(self, user: User) -> list[Finding]:
        """Everything one person asked that is still kept, oldest first."""
        rows = self._db.execute(f"SELECT {_FINDING} FROM findings WHERE user_id = ? ORDER BY id",
                                [user.id]).fetchall()
        return [_finding(row) for row in rows]

    def judge(self, finding: Finding, rank: int, right: bool) -> None:
        """Note that the person agreed, or did not."""
        verdicts = json.dumps(dict(finding.verdicts) | {str(rank): right})
        self._db.execute("UPDATE findings SET verdicts = ? WHERE id = ?", [verdicts, finding.id])

    def tidy(self) -> None:
        """Drop old answers nobody judged."""
        self._db.execute("DELETE FROM findings WHERE verdicts = '{}' AND created_at < ?",
                         [time.time() - FINDINGS_KEPT_S])

    # -- the index files

    def index(self, scope: str) -> Path:
        """Where the scope's index lies, or would."""
        return self.folder / f"{quote(scope, safe='')}.index"

    def holds(self, scopes: Iterable[str], token: str) -> str | None:
        """The first of the scopes that has this tune or song now; None for one deleted meanwhile."""
        for scope in scopes:
            tune = self.by_token(token)
            if tune is not None:
                if tune.scope == scope:
                    return scope
            elif self._db.execute(f"SELECT 1 FROM ({_SONGS_OF}) WHERE token = :token",
                                  {"scope": scope, "token": token}).fetchone():
                return scope
        return None

    def family_of(self, scope: str, family: str) -> list[str]:
        """The tokens under which a song's own tune stands in the scope's index."""
        rows = self._db.execute(f"SELECT token FROM ({_SONGS_OF}) WHERE token IN "
                                f"(SELECT token FROM songs WHERE family = :family)", {"scope": scope, "family": family})
        return [token for (token,) in rows.fetchall()]

    def stale(self) -> list[str]:
        """The scopes whose index no longer says what the rows say."""
        return [scope for (scope,) in self._db.execute("SELECT scope FROM stale_indices").fetchall()]

    def is_stale(self, scope: str) -> bool:
        """Whether this one is among them."""
        return self._db.execute("SELECT 1 FROM stale_indices WHERE scope = ?", [scope]).fetchone() is not None

    def upkeep(self, scope: str) -> Upkeep:
        """What must happen to the scope's index; it counts as up to date from now on, until a row changes."""
        self._db.execute("DELETE FROM stale_indices WHERE scope = ?", [scope])
        if not self.index(scope).exists():
            self._db.execute("DELETE FROM indexed WHERE scope = ?", [scope])
        wanted = {token for (token,) in self._db.execute(
            f"SELECT token FROM ({_SONGS_OF}) UNION ALL SELECT token FROM tunes WHERE scope = :scope",
            {"scope": scope}).fetchall()}
        held = {token for (token,) in self._db.execute("SELECT token FROM indexed WHERE scope = ?",
                                                       [scope]).fetchall()}
        return Upkeep(tuple(self._notes_of(sorted(wanted - held))), tuple(sorted(held - wanted)), not wanted)

    def _notes_of(self, tokens: Sequence[str]) -> list[tuple[str, str, Mapping[str, Any]]]:
        rows = self._db.execute(
            "SELECT token, title, json_extract(song, '$.lead_sheet') FROM songs "
            "WHERE token IN (SELECT value FROM json_each(:tokens)) "
            "UNION ALL SELECT token, title, melody FROM tunes WHERE token IN (SELECT value FROM json_each(:tokens))",
            {"tokens": json.dumps(list(tokens))}).fetchall()
        return [(token, title, json.loads(melody)) for token, title, melody in rows]

    def note_indexed(self, scope: str, added: Iterable[str], removed: Iterable[str]) -> None:
        """The index file has been changed so."""
        with self._db.atomic():
            for token in added:
                self._db.execute("INSERT OR IGNORE INTO indexed VALUES (?, ?)", [scope, token])
            for token in removed:
                self._db.execute("DELETE FROM indexed WHERE scope = ? AND token = ?", [scope, token])

    def mark_lost(self) -> None:
        """Index files that are gone, as after a restored backup, are to be written anew."""
        for (scope,) in self._db.execute("SELECT DISTINCT scope FROM indexed").fetchall():
            if not self.index(scope).exists():
                self.mark_stale(scope)

    def mark_stale(self, scope: str) -> None:
        """It did not work out: try again later."""
        self._db.execute("INSERT OR IGNORE INTO stale_indices VALUES (?)", [scope])

    def drop_index(self, scope: str) -> None:
        """The index file, and that it ever held anything."""
        index = self.index(scope)
        if index.is_dir():
            shutil.rmtree(index, ignore_errors=True)
        else:
            index.unlink(missing_ok=True)
        self._db.execute("DELETE FROM indexed WHERE scope = ?", [scope])


def _tune(row: tuple[Any, ...]) -> Tune:
    tune_id, token, scope, owner_id, title, melody, created_at = row
    return Tune(tune_id, token, scope, owner_id, title, json.loads(melody), created_at)


def _finding(row: tuple[Any, ...]) -> Finding:
    finding_id, token, user_id, place, melody, matches, verdicts, created_at = row
    return Finding(finding_id, token, user_id, place, json.loads(melody), json.loads(matches), json.loads(verdicts),
                   created_at)
