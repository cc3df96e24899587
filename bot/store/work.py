"""Accepted work and what it still owes: jobs, replies to send, updates seen, questions asked."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from bot.store.people import User, new_token
from bot.talk import Address, Place, Reply

UPDATES_KEPT_S = 7 * 86_400
JOBS_KEPT_S = 30 * 86_400


@dataclass(frozen=True)
class Job:
    """A piece of work: ``payload`` is JSON. States: queued, running, done, failed, cancelled."""

    id: int
    token: str
    cause: str
    user_id: int
    kind: str
    payload: Mapping[str, Any]
    place: Mapping[str, Any]
    address: Address
    status_address: Address | None
    state: str
    tries: int
    deaths: int
    created_at: float

    @property
    def place_key(self) -> str:
        """The place's key, as in ``Place.key``."""
        return f"{self.place['platform']}:{self.place['id']}"


@dataclass(frozen=True)
class Owed:
    """A reply that waits to be sent; ``sending`` means we were cut off in the act."""

    id: int
    job_id: int
    reply: Reply
    nonce: str
    state: str
    first: bool  # of its job's replies


_JOB = "id, token, cause, user_id, kind, payload, place, address, status_address, state, tries, deaths, created_at"


class Work:
    """The journal."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # -- jobs

    def add(self, cause: str, user: User, kind: str, payload: Mapping[str, Any], place: Place,
            address: Address) -> tuple[Job, bool]:
        """Note a job; the second value tells whether it is new (the same cause makes only one)."""
        place_json = json.dumps({"platform": place.platform, "id": place.id, "private": place.private,
                                 "title": place.title, "group": place.group, "whispered": place.whispered})
        row = self._db.execute(
            f"INSERT INTO jobs (token, cause, user_id, kind, payload, place, address, created_at) "
            f"VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (cause) DO NOTHING RETURNING {_JOB}",
            [new_token(), cause, user.id, kind, json.dumps(payload), place_json, json.dumps(dict(address)),
             time.time()]).fetchone()
        if row:
            return _job(row), True
        row = self._db.execute(f"SELECT {_JOB} FROM jobs WHERE cause = ?", [cause]).fetchone()
        return _job(row), False

    def job(self, job_id: int) -> Job | None:
        """By our own number."""
        return self._one("id = ?", job_id)

    def by_token(self, token: str) -> Job | None:
        """By the token in a button."""
        return self._one("token = ?", token)

    def by_cause(self, cause: str) -> Job | None:
        """By the update that asked for it."""
        return self._one("cause = ?", cause)

    def _one(self, where: str, value: object) -> Job | None:
        row = self._db.execute(f"SELECT {_JOB} FROM jobs WHERE {where}", [value]).fetchone()
        return _job(row) if row else None

    def next(self, platforms: Iterable[str]) -> Job | None:
        """The job whose turn it is: of the people without running work, the one served longest ago.

        Only of platforms that can be answered just now.
        """
        return self._one("""id = (
            SELECT jobs.id FROM jobs JOIN users ON users.id = jobs.user_id
            WHERE jobs.state = 'queued' AND jobs.user_id NOT IN (SELECT user_id FROM jobs WHERE state = 'running')
            AND json_extract(place, '$.platform') IN (SELECT value FROM json_each(?))
            ORDER BY users.last_started_at, jobs.id LIMIT 1)""", json.dumps(list(platforms)))

    def start(self, job: Job) -> None:
        """Mark it running; its person's next turn comes after the others'."""
        now = time.time()
        with self._db.atomic():
            self._db.execute("UPDATE jobs SET state = 'running', started_at = ?, tries = tries + 1 WHERE id = ?",
                             [now, job.id])
            self._db.execute("UPDATE users SET last_started_at = ? WHERE id = ?", [now, job.user_id])

    def end(self, job_id: int, state: str, replies: Sequence[Reply] = (), error: str | None = None) -> None:
        """Mark it done, failed or cancelled, and note the replies it owes, in one stroke."""
        with self._db.atomic():
            self._db.execute("UPDATE jobs SET state = ?, error = ?, ended_at = ? WHERE id = ?",
                             [state, error, time.time(), job_id])
            for reply in replies:
                self._db.execute("INSERT INTO outbox (job_id, reply, nonce) VALUES (?, ?, ?)",
                                 [job_id, json.dumps(reply.to_json()), new_token()])

    def requeue(self, job_id: int, *, died: bool = False) -> None:
        """Back into the line."""
        self._db.execute("UPDATE jobs SET state = 'queued', error = NULL, deaths = deaths + ? WHERE id = ?",
                         [died, job_id])

    def recover(self) -> int:
        """After a crash: what was running waits again. Returns how many."""
        return self._db.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'").rowcount

    def cancel_if_queued(self, job: Job) -> bool:
        """Take it out of the line; False if it has started or ended already."""
        return self._db.execute("UPDATE jobs SET state = 'cancelled', ended_at = ? WHERE id = ? AND state = 'queued'",
                                [time.time(), job.id]).rowcount > 0

    def open_jobs(self, user: User) -> list[Job]:
        """The person's queued and running work, oldest first."""
        rows = self._db.execute(f"SELECT {_JOB} FROM jobs WHERE user_id = ? AND state IN ('queued', 'running') "
                                f"ORDER BY id", [user.id]).fetchall()
        return [_job(row) for row in rows]

    def jobs_of(self, user: User) -> list[Job]:
        """All the person's work still on record, oldest first."""
        rows = self._db.execute(f"SELECT {_JOB} FROM jobs WHERE user_id = ? ORDER BY id", [user.id]).fetchall()
        return [_job(row) for row in rows]

    def queued(self) -> int:
        """How many wait."""
        return self._db.execute("SELECT count(*) FROM jobs WHERE state = 'queued'").fetchone()[0]

    def before(self, job: Job) -> int:
        """How many others' turns come first, those running not counted.

        Of another person only the jobs that take turns before this one: as many as this person has waiting.
        """
        own = self._db.execute("SELECT count(*) FROM jobs WHERE state = 'queued' AND user_id = ? AND id <= ?",
                               [job.user_id, job.id]).fetchone()[0]
        rows = self._db.execute("SELECT count(*) FROM jobs WHERE state = 'queued' AND user_id != ? AND id < ? "
                                "GROUP BY user_id", [job.user_id, job.id]).fetchall()
        return own - 1 + sum(min(count, own) for (count,) in rows)

    def set_status_address(self, job_id: int, address: Address) -> None:
        """Where the job's state is shown."""
        self._db.execute("UPDATE jobs SET status_address = ? WHERE id = ?", [json.dumps(dict(address)), job_id])

    # -- replies

    def owed(self) -> list[Owed]:
        """Replies not sent, oldest first."""
        return self._owed("state IN ('ready', 'sending')")

    def owed_by(self, job_id: int) -> list[Owed]:
        """Replies of one job not sent."""
        return self._owed("state IN ('ready', 'sending') AND job_id = ?", job_id)

    def _owed(self, where: str, *values: object) -> list[Owed]:
        rows = self._db.execute(
            f"SELECT id, job_id, reply, nonce, state, id = (SELECT min(id) FROM outbox AS all_of_it "
            f"WHERE all_of_it.job_id = outbox.job_id) FROM outbox WHERE {where} ORDER BY id", values).fetchall()
        return [Owed(i, job, Reply.from_json(json.loads(reply)), nonce, state, bool(first))
                for i, job, reply, nonce, state, first in rows]

    def set_owed(self, owed_id: int, state: str) -> None:
        """``sending`` before the act, ``sent`` (or ``lost``: nobody there to read it) after it."""
        self._db.execute("UPDATE outbox SET state = ? WHERE id = ?", [state, owed_id])

    # -- updates

    def note_update(self, key: str, payload: Mapping[str, Any] | None = None) -> bool:
        """Remember an update before it is acknowledged; False if it was seen before."""
        row = self._db.execute(
            "INSERT INTO updates (key, payload, seen_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING key",
            [key, json.dumps(payload) if payload is not None else None, time.time()]).fetchone()
        return row is not None

    def update_done(self, key: str) -> None:
        """Its content is no longer needed: only that it was seen."""
        self._db.execute("UPDATE updates SET done = 1, payload = NULL WHERE key = ?", [key])

    def unfinished_updates(self, platform: str) -> list[tuple[str, dict[str, Any]]]:
        """Updates acknowledged to the platform but cut off before they were worked on."""
        rows = self._db.execute("SELECT key, payload FROM updates WHERE done = 0 AND payload IS NOT NULL "
                                "AND key LIKE ? ORDER BY seen_at, rowid", [f"{platform}:%"]).fetchall()
        return [(key, json.loads(payload)) for key, payload in rows]

    # -- questions

    def ask(self, place: str, message: str, question: str) -> None:
        """Remember that a message asks something."""
        self._db.execute("INSERT OR REPLACE INTO questions VALUES (?, ?, ?, ?)",
                         [place, message, question, time.time()])

    def question(self, place: str, message: str) -> str | None:
        """What a message asked."""
        row = self._db.execute("SELECT question FROM questions WHERE place = ? AND message = ?",
                               [place, message]).fetchone()
        return row[0] if row else None

    def tidy(self) -> None:
        """Drop what is no longer of use."""
        now = time.time()
        self._db.execute("DELETE FROM updates WHERE seen_at < ?", [now - UPDATES_KEPT_S])
        self._db.execute("DELETE FROM questions WHERE asked_at < ?", [now - UPDATES_KEPT_S])
        self._db.execute("DELETE FROM jobs WHERE ended_at < ? AND id NOT IN "
                         "(SELECT job_id FROM outbox WHERE state IN ('ready', 'sending'))", [now - JOBS_KEPT_S])


def _job(row: tuple[Any, ...]) -> Job:
    job_id, token, cause, user_id, kind, payload, place, address, status, state, tries, deaths, created_at = row
    return Job(job_id, token, cause, user_id, kind, json.loads(payload), json.loads(place), json.loads(address),
               json.loads(status) if status else None, state, tries, deaths, created_at)
