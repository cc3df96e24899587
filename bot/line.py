"""The line people stand in: journaled, fair, resumable. It runs jobs on the pool and delivers what they made.

A job is a row before it is acknowledged, and its replies are rows before they are sent, so a killed process
takes up after a restart where it was.
"""

import asyncio
import base64
import contextlib
import errno
import sqlite3
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from bot import export
from bot.adapters import Adapter, Unfetched
from bot.delivery import Delivery, Shown
from bot.dialogue import findings, results
from bot.indexing import Indexer
from bot.jobs import Broken, Cancelled, Died, Pool, Refused, Result
from bot.settings import Settings
from bot.store import Store
from bot.store.people import User
from bot.store.work import Job
from bot.talk import Reply, Request
from core.errors import Busy, HumbandError

log = structlog.get_logger(__name__)
MAX_STARTS = 6  # of one job, over crashes of the service
SWEEP_EVERY_S = 30.0


class Line:
    """Takes jobs in, lets people take turns, sends out what was made."""

    def __init__(self, settings: Settings, store: Store, pool: Pool, adapters: dict[str, Adapter]) -> None:
        self._settings, self._store, self._pool, self._adapters = settings, store, pool, adapters
        self._wake = asyncio.Event()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._making: set[int] = set()  # running, and may still be called off
        self._called_off: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.delivery = Delivery(store, adapters, self._spawn)
        self.indexer = Indexer(store, pool)
        self._sweeper: asyncio.Task[None] | None = None
        self.finished: dict[str, int] = {}  # by state, for the metrics
        self._seconds: deque[float] = deque(maxlen=1000)  # how long the last jobs took from their start

    # -- taking in

    def accept(self, request: Request, user: User, kind: str, payload: Mapping[str, Any]) -> tuple[Job, int]:
        """Journal the job; returns it and how many come before it (-1: it is known already). Raises Busy."""
        work = self._store.work
        known = work.by_cause(request.key)
        if known is not None and (known.status_address or known.state not in ("queued", "running")):
            return known, -1
        if work.queued() >= self._settings.queue_size:
            raise Busy()
        if len(work.open_jobs(user)) >= self._settings.jobs_per_person:
            raise _too_many("too_many", count=self._settings.jobs_per_person)
        if self._store.songs.count_since(user, time.time() - 86_400) >= self._settings.songs_per_day:
            raise _too_many("enough_today", count=self._settings.songs_per_day)
        job, _new = work.add(request.key, user, kind, payload, request.place, request.address)
        log.info("job_accepted", job=job.id, kind=kind)
        self.delivery.expect_status(job.id)
        before = work.before(job)
        if before == 0 and not self._has_room():
            before = 1
        self._wake.set()
        return job, before

    def cancel(self, job: Job) -> bool:
        """Call off a queued or running job."""
        if not self._store.work.cancel_if_queued(job):
            if job.id not in self._making:
                return False
            self._called_off.add(job.id)
            self._pool.cancel(job.token)
        self.delivery.show_soon(job, self.delivery.say(job)("cancel.done"), cancellable=False)
        return True

    def cancel_all(self, user: User) -> int:
        """Call off everything of one person."""
        return sum(self.cancel(job) for job in self._store.work.open_jobs(user))

    @property
    def busy(self) -> bool:
        """Whether anything runs, waits to run, or is being sent or shown."""
        work = self._store.work
        lasting = 1 if self._sweeper in self._tasks else 0
        return bool(self._running or self.delivery.busy or len(self._tasks) > lasting or work.queued())

    def drain_seconds(self) -> list[float]:
        """How long the jobs took that ended since the last call (at most the last thousand)."""
        seconds = list(self._seconds)
        self._seconds.clear()
        return seconds

    # -- the loop

    async def run(self) -> None:
        """Start what may start whenever something changed. Ends by cancellation."""
        self._store.tunes.mark_lost()
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
                    self._spawn(self.delivery.deliver(job_id))
                self._store.work.tidy()
                self._store.tunes.tidy()
                self._spawn(self.indexer.tend())
                self._store.songs.evict(older_than=time.time() - self._settings.audio_days * 86_400,
                                        max_bytes=self._settings.max_disk_gb * 1e9)
                await asyncio.to_thread(self._store.checkpoint)
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
                with contextlib.suppress(sqlite3.Error):  # locked, or the person asked to be forgotten
                    self._store.work.end(job.id, "failed", [self._sorry(job, "internal")], error="internal")
            finally:
                self._running.pop(job.id, None)
                self._wake.set()
            self._seconds.append(time.monotonic() - began)
            await self.delivery.deliver(job.id)

    async def _attempt(self, job: Job) -> None:
        work = self._store.work
        if job.tries >= MAX_STARTS:
            return self._fail(job, "internal", {}, "the service did not survive it")
        busy = asyncio.create_task(self.delivery.seem_busy(job))
        self._making.add(job.id)
        try:
            replies = await self._export(job) if job.kind == "export" else await self._make(job)
            adapter = self._adapters[job.place["platform"]]
            if work.job(job.id) is not None:  # else forgotten meanwhile
                language = self.delivery.say(job).language
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
            self._fail(job, "recording_gone" if "song_id" in job.payload else "fetch", {}, str(error))
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
        store, say = self._store, self.delivery.say(job)
        user = store.people.by_id(job.user_id)
        payload = dict(job.payload)
        sound = b""
        if "sound" in payload:
            sound = await self._adapters[job.place["platform"]].fetch(payload["sound"]["ref"])
        if "taps" in payload:
            taps = await self._adapters[job.place["platform"]].fetch(payload["taps"]["ref"])
            payload["taps"] = base64.b64encode(taps).decode()
        for name, key in (("song_id", "song"), ("other_id", "other")):
            if name in payload:
                source = store.songs.by_id(payload[name])
                if source is None:
                    raise Refused("song_gone", {})
                payload[key] = source.song().to_json()
        if "tune" in payload:
            payload |= findings.notes_of(store, payload["tune"])
            if "melody" not in payload:
                raise Refused("song_gone", {})
        if "scopes" in payload:
            if job.kind == "identify":
                await self.indexer.settle(payload["scopes"])
            payload |= findings.where_to_look(store, job)
        payload["title"] = results.title_for(store, say, user, payload)
        if job.id in self._called_off:
            raise Cancelled
        result = await self._pool.submit(job.token, job.kind, payload, sound, progress=Shown(self.delivery, job),
                                         limit_s=self._settings.job_limit_s * results.LONG.get(job.kind, 1.0))
        self._making.discard(job.id)
        return await self._keep(job, user, result)

    async def _keep(self, job: Job, user: User, result: Result) -> list[Reply]:
        store, songs, say = self._store, self._store.songs, self.delivery.say(job)
        if store.work.job(job.id) is None:
            return []
        if job.kind in results.ANSWERS:
            paths = await asyncio.to_thread(results.pass_on, self._settings.passing_dir, job, result.files)
            return results.ANSWERS[job.kind](store, say, job, user, result.data, paths)
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
        heard_by_others = not (job.place["private"] or job.place["whispered"])
        if heard_by_others and kept.owner_id == user.id and job.kind in results.NEW_SONGS:
            songs.grant(kept, job.place_key)
        message = (job.payload.get("sound") or {}).get("message")
        if message and job.kind == "hum":
            songs.note_post(job.place_key, message, kept.id)
        return results.replies_for(store, say, job, user, kept, result.data)

    async def _export(self, job: Job) -> list[Reply]:
        user = self._store.people.by_id(job.user_id)
        adapter = self._adapters[job.place["platform"]]
        rows = export.gather(self._store, user)
        folder = self._settings.data_dir / "exports"
        paths = await asyncio.to_thread(export.pack, rows, folder, job.token, adapter.max_upload_bytes)
        return results.exported(self.delivery.say(job), [str(path) for path in paths])

    def _fail(self, job: Job, code: str, details: Mapping[str, Any], why: str) -> None:
        self._store.work.end(job.id, "failed", [self._sorry(job, code, details)], error=why[-2000:])
        self._count("failed")

    def _sorry(self, job: Job, code: str, details: Mapping[str, Any] | None = None) -> Reply:
        return results.failure(self.delivery.say(job), job, code, details or {})

    def _count(self, state: str) -> None:
        self.finished[state] = self.finished.get(state, 0) + 1


def _too_many(code: str, count: int) -> Busy:
    error = Busy(count=count)
    error.code = code
    return error
