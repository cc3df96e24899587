"""The line people stand in: journaled, fair, resumable. It runs jobs on the pool and delivers what they made.

A job is a row before it is acknowledged; its replies are rows (ready, sending, sent) before they are sent.
So a killed process takes up after a restart where it was, and only a reply cut off in the very act of
sending may come once more.
"""

import asyncio
import contextlib
import errno
import sqlite3
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from bot import export
from bot.adapters import Adapter, Unfetched
from bot.dialogue import results
from bot.dialogue.context import cancel_button
from bot.jobs import Broken, Cancelled, Died, Pool, Refused, Result
from bot.settings import Settings
from bot.store import Store
from bot.store.people import User
from bot.store.work import Job
from bot.talk import Address, Gone, Reply, Request
from bot.texts import Texts, choose_language, texts
from core.errors import Busy, HumbandError

log = structlog.get_logger(__name__)
MAX_STARTS = 6  # of one job, over crashes of the service
SHOW_EVERY_S = 1.5  # chats dislike messages that change more often
BUSY_EVERY_S = 4.5  # a chat action fades after five seconds
SWEEP_EVERY_S = 30.0
SHOWN_WITHIN_S = 10.0
SEND_TRIES = 4


class Line:
    """Takes jobs in, lets people take turns, sends out what was made."""

    def __init__(self, settings: Settings, store: Store, pool: Pool, adapters: dict[str, Adapter]) -> None:
        self._settings, self._store, self._pool, self._adapters = settings, store, pool, adapters
        self._wake = asyncio.Event()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._delivering: set[int] = set()
        self._making: set[int] = set()  # running, and may still be called off
        self._called_off: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unshown: dict[int, asyncio.Event] = {}
        self._stopping = False
        self._sweeper: asyncio.Task[None] | None = None
        self.finished: dict[str, int] = {}  # by state, for the metrics
        self._seconds: deque[float] = deque(maxlen=1000)  # how long the last jobs took from their start

    # -- taking in

    def accept(self, request: Request, user: User, kind: str, payload: Mapping[str, Any]) -> tuple[Job, int]:
        """Journal the job; returns it and how many come before it (-1: it ended already). Raises Busy."""
        work = self._store.work
        known = work.by_cause(request.key)
        if known is not None and known.state not in ("queued", "running"):
            return known, -1
        if work.queued() >= self._settings.queue_size:
            raise Busy()
        if len(work.open_jobs(user)) >= self._settings.jobs_per_person:
            raise _too_many("too_many", count=self._settings.jobs_per_person)
        if self._store.songs.count_since(user, time.time() - 86_400) >= self._settings.songs_per_day:
            raise _too_many("enough_today", count=self._settings.songs_per_day)
        job, _new = work.add(request.key, user, kind, payload, request.place, request.address)
        log.info("job_accepted", job=job.id, kind=kind)
        self._unshown[job.id] = asyncio.Event()
        before = work.before(job)
        if before == 0 and not self._has_room():
            before = 1
        self._wake.set()
        return job, before

    def shown(self, job_id: int, address: Address | None) -> None:
        """The job's status message stands there (None: it could not be sent)."""
        if address is not None:
            self._store.work.set_status_address(job_id, address)
        if event := self._unshown.get(job_id):
            event.set()

    def cancel(self, job: Job) -> bool:
        """Call off a queued or running job."""
        if not self._store.work.cancel_if_queued(job):
            if job.id not in self._making:
                return False
            self._called_off.add(job.id)
            self._pool.cancel(job.token)
        adapter = self._adapters.get(job.place["platform"])
        if job.status_address and adapter:
            self._spawn(adapter.show(job.status_address, Reply(self._say(job)("cancel.done"), how="edit")))
        return True

    def cancel_all(self, user: User) -> int:
        """Call off everything of one person."""
        return sum(self.cancel(job) for job in self._store.work.open_jobs(user))

    @property
    def busy(self) -> bool:
        """Whether anything runs, waits to run, or is being sent or shown."""
        work = self._store.work
        lasting = 1 if self._sweeper in self._tasks else 0
        return bool(self._running or self._delivering or len(self._tasks) > lasting or work.queued())

    def drain_seconds(self) -> list[float]:
        """How long the jobs took that ended since the last call (at most the last thousand)."""
        seconds = list(self._seconds)
        self._seconds.clear()
        return seconds

    # -- the loop

    async def run(self) -> None:
        """Start what may start whenever something changed. Ends by cancellation."""
        recovered = self._store.work.recover()
        if recovered:
            log.info("jobs_recovered", count=recovered)
        self._sweeper = self._spawn(self._sweep())
        while True:
            self._wake.clear()
            with contextlib.suppress(sqlite3.OperationalError):  # locked: the sweep wakes us again
                while self._has_room() and (job := self._store.work.next(self._adapters)):
                    self._store.work.start(job)
                    self._running[job.id] = self._spawn(self._one(job))
                    await asyncio.sleep(0)
            await self._wake.wait()

    def _has_room(self) -> bool:
        return not self._stopping and len(self._running) < self._pool.size

    def _spawn(self, coroutine: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _sweep(self) -> None:
        while True:
            with contextlib.suppress(sqlite3.OperationalError):
                for job_id in {owed.job_id for owed in self._store.work.owed()}:
                    self._spawn(self._deliver(job_id))
                self._store.work.tidy()
                self._store.songs.evict(older_than=time.time() - self._settings.audio_days * 86_400,
                                        max_bytes=self._settings.max_disk_gb * 1e9)
            self._wake.set()
            await asyncio.sleep(SWEEP_EVERY_S)

    async def stop(self, patience_s: float = 0.0) -> None:
        """Start nothing more; give what runs a moment. The rest is journaled and goes on after a restart."""
        self._stopping = True
        if self._running and patience_s:
            await asyncio.wait(list(self._running.values()), timeout=patience_s)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- one job

    async def _one(self, job: Job) -> None:
        began = time.monotonic()
        with structlog.contextvars.bound_contextvars(job=job.id, kind=job.kind):
            try:
                await self._attempt(job)
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("job_stumbled")
                with contextlib.suppress(sqlite3.OperationalError):
                    self._store.work.end(job.id, "failed", [self._sorry(job, "internal")], error="internal")
            finally:
                self._running.pop(job.id, None)
                self._wake.set()
            self._seconds.append(time.monotonic() - began)
            await self._deliver(job.id)

    async def _attempt(self, job: Job) -> None:
        work = self._store.work
        if job.tries >= MAX_STARTS:
            return self._fail(job, "internal", {}, "the service did not survive it")
        busy = asyncio.create_task(self._seem_busy(job))
        self._making.add(job.id)
        try:
            replies = await self._export(job) if job.kind == "export" else await self._make(job)
            adapter = self._adapters[job.place["platform"]]
            if work.job(job.id) is not None:  # else forgotten meanwhile
                language = self._say(job).language
                parts = [part for reply in replies for part in adapter.parts(replace(reply, language=language))]
                work.end(job.id, "done", parts)
                self._count("done")
                log.info("job_done")
        except Died as error:
            log.warning("worker_died", why=str(error), deaths=job.deaths + 1)
            if job.deaths == 0:
                return work.requeue(job.id, died=True)
            self._fail(job, "internal", {}, str(error))
        except Cancelled:
            work.end(job.id, "cancelled")
            self._count("cancelled")
            log.info("job_cancelled")
        except Refused as error:
            level = log.error if error.code in ("not_installed", "disk_full") else log.info
            level("job_refused", code=error.code, **{f"with_{k}": v for k, v in error.details.items()})
            self._fail(job, error.code, error.details, error.code)
        except HumbandError as error:
            self._fail(job, error.code, error.details, error.code)
        except Unfetched as error:
            log.warning("sound_unfetched", why=str(error))
            self._fail(job, "fetch", {}, str(error))
        except Broken as error:
            log.error("job_broke", traceback=str(error))
            self._fail(job, "internal", {}, "broken")
        except OSError as error:
            log.error("disk_trouble", error=str(error))
            self._fail(job, "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "internal", {}, str(error))
        finally:
            busy.cancel()
            self._making.discard(job.id)
            self._called_off.discard(job.id)

    async def _make(self, job: Job) -> list[Reply]:
        store, say = self._store, self._say(job)
        user = store.people.by_id(job.user_id)
        payload = dict(job.payload)
        sound = b""
        if "sound" in payload:
            sound = await self._adapters[job.place["platform"]].fetch(payload["sound"]["ref"])
        for name, key in (("song_id", "song"), ("other_id", "other")):
            if name in payload:
                source = store.songs.by_id(payload[name])
                if source is None:
                    raise Refused("song_gone", {})
                payload[key] = source.song().to_json()
        payload["title"] = results.title_for(store, say, user, payload)
        if job.id in self._called_off:
            raise Cancelled
        result = await self._pool.submit(job.token, job.kind, payload, sound, progress=_Shown(self, job, say))
        self._making.discard(job.id)
        return await self._keep(job, user, result)

    async def _keep(self, job: Job, user: User, result: Result) -> list[Reply]:
        store, songs, say = self._store, self._store.songs, self._say(job)
        if store.work.job(job.id) is None:
            return []
        if job.kind in results.NEW_SONGS:
            kept = results.keep_song(store, job, user, result.data, job.payload.get("credit", ""))
        else:
            source = songs.by_id(job.payload["song_id"])
            if source is None:
                raise Refused("song_gone", {})
            kept = source
        try:
            await asyncio.to_thread(songs.write_files, kept, result.files)
        except OSError:
            if job.kind in results.NEW_SONGS:
                songs.delete(kept)
            raise
        if songs.by_id(kept.id) is None:  # deleted while we wrote
            songs.delete(kept)
            raise Refused("song_gone", {})
        songs.note_files(kept, {part: len(content) for part, content in result.files.items()})
        place = job.place
        place_key = f"{place['platform']}:{place['id']}"
        if not (place["private"] or place["whispered"]) and kept.owner_id == user.id and job.kind in results.NEW_SONGS:
            songs.grant(kept, place_key)
        message = (job.payload.get("sound") or {}).get("message")
        if message and job.kind == "hum":
            songs.note_post(place_key, message, kept.id)
        return results.replies_for(store, say, job, user, kept, list(result.data.get("warnings", ())))

    async def _export(self, job: Job) -> list[Reply]:
        user = self._store.people.by_id(job.user_id)
        adapter = self._adapters[job.place["platform"]]
        rows = export.gather(self._store, user)
        folder = self._settings.data_dir / "exports"
        paths = await asyncio.to_thread(export.pack, rows, folder, job.token, adapter.max_upload_bytes)
        return results.exported(self._say(job), [str(path) for path in paths])

    def _fail(self, job: Job, code: str, details: Mapping[str, Any], why: str) -> None:
        self._store.work.end(job.id, "failed", [self._sorry(job, code, details)], error=why[-2000:])
        self._count("failed")

    def _sorry(self, job: Job, code: str, details: Mapping[str, Any] | None = None) -> Reply:
        return results.failure(self._say(job), job, code, details or {})

    def _count(self, state: str) -> None:
        self.finished[state] = self.finished.get(state, 0) + 1

    def _say(self, job: Job) -> Texts:
        user = self._store.people.by_id(job.user_id)
        return texts(choose_language(user.language, user.client_language))

    # -- showing and delivering

    async def _seem_busy(self, job: Job) -> None:
        adapter = self._adapters[job.place["platform"]]
        while True:
            await adapter.seem_busy(job.address)
            await asyncio.sleep(BUSY_EVERY_S)

    def show_soon(self, job: Job, text: str) -> None:
        """Change the job's status message, without waiting for it."""
        current = self._store.work.job(job.id)
        if current and current.status_address and current.state == "running":
            buttons = ((cancel_button(self._say(job), job),),)
            adapter = self._adapters[job.place["platform"]]
            self._spawn(adapter.show(current.status_address, Reply(text, buttons, how="edit")))

    async def _deliver(self, job_id: int) -> None:
        """Send what a job still owes, in order."""
        if job_id in self._delivering:
            return
        self._delivering.add(job_id)
        try:
            if event := self._unshown.get(job_id):  # the song must not overtake its own "listening"
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), SHOWN_WITHIN_S)
                self._unshown.pop(job_id, None)
            job = self._store.work.job(job_id)
            owed = self._store.work.owed_by(job_id)
            if job is None or job.place["platform"] not in self._adapters:
                return
            messages = set()
            for i, piece in enumerate(owed):
                sent = await self._send(job, piece.id, piece.reply, piece.nonce, first=i == 0)
                if sent is None:
                    return
                messages.add(sent.get("message"))
            if owed and job.status_address and job.status_address["message"] not in messages:
                await self._adapters[job.place["platform"]].close_status(job.status_address)
        finally:
            self._delivering.discard(job_id)

    async def _send(self, job: Job, owed_id: int, reply: Reply, nonce: str, first: bool) -> Address | None:
        """The sent message's address, empty if nobody can get it; None if it did not work out for now."""
        work, adapter = self._store.work, self._adapters[job.place["platform"]]
        for attempt in range(SEND_TRIES):
            work.set_owed(owed_id, "sending")
            try:
                sent = await adapter.deliver(job.address, job.status_address, reply, nonce, first)
            except Gone:
                log.info("reply_lost", job=job.id)
                work.set_owed(owed_id, "lost")
                return {}
            except Exception as error:
                log.warning("reply_failed", job=job.id, attempt=attempt, error=str(error), exc_info=attempt == 0)
                await asyncio.sleep(2.0**attempt)
                continue
            work.set_owed(owed_id, "sent")
            if reply.song_id is not None and self._store.songs.by_id(reply.song_id):
                place_key = f"{job.place['platform']}:{job.place['id']}"
                self._store.songs.note_post(place_key, sent["message"], reply.song_id)
            for file in reply.files:
                if file.part == "export":
                    Path(file.path).unlink(missing_ok=True)
            return sent
        work.set_owed(owed_id, "ready")  # the sweep tries again
        return None


class _Shown:
    """Progress on its way to the status message: each stage once, and not too often."""

    def __init__(self, line: Line, job: Job, say: Texts) -> None:
        self._line, self._job, self._say = line, job, say
        self._text, self._at = "", 0.0

    def __call__(self, stage: str, share: float) -> None:
        text = results.progress_text(self._say, stage, share)
        now = time.monotonic()
        if text != self._text and now - self._at >= SHOW_EVERY_S and stage != "done":
            self._text, self._at = text, now
            self._line.show_soon(self._job, text)


def _too_many(code: str, count: int) -> Busy:
    error = Busy(count=count)
    error.code = code
    return error
