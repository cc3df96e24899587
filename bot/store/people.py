"""People and groups: what they prefer, and who is kept out."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from bot.talk import Person, Place


@dataclass(frozen=True)
class User:
    """A person we know. ``token`` stands in the buttons that only they may press."""

    id: int
    key: str
    name: str
    token: str
    client_language: str
    language: str | None
    genre: str | None
    feel: str | None
    answer: str | None
    blocked: bool


@dataclass(frozen=True)
class Group:
    """A group's preferences; None leaves a thing to the person who asks."""

    key: str
    title: str = ""
    language: str | None = None
    genre: str | None = None
    feel: str | None = None
    answer: str | None = None
    enabled: bool = True


_USER = "id, key, name, token, client_language, language, genre, feel, answer, blocked"
_GROUP = "key, title, language, genre, feel, answer, enabled"
PREFERENCES = frozenset({"genre", "feel", "language", "answer"})
ANSWERS = ("reply", "thread", "plain")  # how a person or a group may want to be answered; the first unless they say
GROUP_PREFERENCES = PREFERENCES | {"enabled"}


def new_token() -> str:
    """Unguessable: 72 bits, 12 letters that fit a callback, a custom_id and a link."""
    return secrets.token_urlsafe(9)


class People:
    """The shelf of users and groups."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def meet(self, person: Person) -> User:
        """The user behind a platform's person, made on first sight; the name is kept fresh."""
        row = self._db.execute(
            f"INSERT INTO users (key, name, token, client_language, created_at) VALUES (?, ?, ?, ?, ?) "
            f"ON CONFLICT (key) DO UPDATE SET name = excluded.name, "
            f"client_language = coalesce(nullif(excluded.client_language, ''), client_language) "
            f"RETURNING {_USER}",
            [person.key, person.name, new_token(), person.language, time.time()]).fetchone()
        return _user(row)

    def by_id(self, user_id: int) -> User:
        """A user by our own number. Raises KeyError."""
        return self._one("id = ?", user_id)

    def by_key(self, key: str) -> User:
        """A user by ``platform:id``. Raises KeyError."""
        return self._one("key = ?", key)

    def _one(self, where: str, value: object) -> User:
        row = self._db.execute(f"SELECT {_USER} FROM users WHERE {where}", [value]).fetchone()
        if row is None:
            raise KeyError(value)
        return _user(row)

    def prefer(self, user: User, name: str, value: str | None) -> None:
        """Set one preference. Raises KeyError for an unknown one."""
        if name not in PREFERENCES:
            raise KeyError(name)
        self._db.execute(f"UPDATE users SET {name} = ? WHERE id = ?", [value, user.id])

    def chose(self, user: User, genre: str) -> None:
        """The person chose a genre, once more."""
        self._db.execute("INSERT INTO genre_choices VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
                         [user.id, genre])

    def choices(self, user: User) -> dict[str, int]:
        """How often the person chose each genre."""
        rows = self._db.execute("SELECT genre, times FROM genre_choices WHERE user_id = ?", [user.id])
        return dict(rows)

    def block(self, user: User, blocked: bool) -> None:
        """Keep a person out, or let them in again."""
        self._db.execute("UPDATE users SET blocked = ? WHERE id = ?", [blocked, user.id])

    def forget(self, user: User) -> None:
        """Delete the person and, by the foreign keys, everything that hangs on them."""
        with self._db.atomic():
            self._db.execute("DELETE FROM access WHERE holder = ?", [user.key])
            self._db.execute("DELETE FROM users WHERE id = ?", [user.id])

    def group(self, place: Place) -> Group:
        """A group's preferences; the defaults where none were set."""
        row = self._db.execute(f"SELECT {_GROUP} FROM groups WHERE key = ?", [place.group_key]).fetchone()
        if row is None:
            return Group(place.group_key, place.title)
        fields = dict(zip(_GROUP.split(", "), row, strict=True))
        return Group(**fields | {"enabled": bool(fields["enabled"])})

    def prefer_in_group(self, place: Place, name: str, value: Any) -> None:
        """Set one preference of a group. Raises KeyError for an unknown one."""
        if name not in GROUP_PREFERENCES:
            raise KeyError(name)
        self._db.execute(
            f"INSERT INTO groups (key, title, {name}, created_at) VALUES (?, ?, ?, ?) "
            f"ON CONFLICT (key) DO UPDATE SET {name} = excluded.{name}, title = excluded.title",
            [place.group_key, place.title, value, time.time()])


def _user(row: tuple[Any, ...]) -> User:
    fields = dict(zip(_USER.split(", "), row, strict=True))
    return User(**fields | {"blocked": bool(fields["blocked"])})
