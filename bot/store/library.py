"""What a place has made together, or a person has: one line a tune, and what grew from what."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from bot.store.people import User
from bot.store.songs import Kept
from bot.talk import Place

ORDERS = {"newest": "id DESC", "played": "plays DESC, id DESC", "versions": "versions DESC, id DESC",
          "title": "title COLLATE NOCASE, id"}


@dataclass(frozen=True)
class Shelved:
    """A tune in the library: the newest of its takes, how many there are, how often they were played."""

    song_id: int
    versions: int
    plays: int


# Where others hear it, what was made or played there; else the person's own, and what was shared with them.
_OPEN = "SELECT songs.* FROM access JOIN songs ON songs.id = access.song_id WHERE access.holder = :place"
_OWN = """SELECT * FROM songs WHERE owner_id = :user
    UNION SELECT songs.* FROM access JOIN songs ON songs.id = access.song_id WHERE access.holder = :key"""


class Library:
    """The shelf that everybody in a place may look at."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def page(self, place: Place, user: User, order: str, offset: int, limit: int, *, without: str = "",
             own_too: bool = False) -> list[Shelved]:
        """The tunes to be found here, by one of :data:`ORDERS`; all but the family ``without``.

        ``own_too`` adds the person's own where nobody else hears. Raises KeyError for an unknown order.
        """
        rows = self._db.execute(
            f"SELECT max(id) AS id, count(*) AS versions, sum(plays) AS plays, title "
            f"FROM ({_visible(place, own_too)}) WHERE family != :without "
            f"GROUP BY family ORDER BY {ORDERS[order]} LIMIT :limit OFFSET :offset",
            {"place": place.key, "user": user.id, "key": user.key, "without": without, "limit": limit,
             "offset": offset}).fetchall()
        return [Shelved(song_id, versions, plays) for song_id, versions, plays, _title in rows]

    def count(self, place: Place, user: User, *, without: str = "", own_too: bool = False) -> int:
        """How many tunes that is."""
        return self._db.execute(
            f"SELECT count(DISTINCT family) FROM ({_visible(place, own_too)}) WHERE family != :without",
            {"place": place.key, "user": user.id, "key": user.key, "without": without}).fetchone()[0]

    def note_played(self, kept: Kept) -> None:
        """Somebody played it, once more."""
        self._db.execute("UPDATE songs SET plays = plays + 1 WHERE id = ?", [kept.id])

    def note_parents(self, kept: Kept, parents: Iterable[int], how: str) -> None:
        """The song grew from these; of those deleted meanwhile nothing is kept."""
        for parent in parents:
            self._db.execute("INSERT OR IGNORE INTO parents SELECT ?, id, ? FROM songs WHERE id = ?",
                             [kept.id, how, parent])

    def parents(self, kept: Kept) -> tuple[str, list[int]]:
        """How the song came about (the kind of job; empty for a hum), and the songs it grew from."""
        rows = self._db.execute("SELECT how, parent_id FROM parents WHERE song_id = ? ORDER BY rowid",
                                [kept.id]).fetchall()
        return (rows[0][0] if rows else ""), [parent for _, parent in rows]


def _visible(place: Place, own_too: bool) -> str:
    if place.private:
        return _OWN
    return f"{_OPEN} UNION {_OWN}" if own_too and place.whispered else _OPEN
