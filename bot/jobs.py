"""The pool of warm worker processes, and the seam where a distributed queue can take its place.

A job goes in as a kind, a JSON payload and the bytes of a sound; progress comes out as a stage's code and a
share; the result is JSON and named bytes. Nothing else crosses, and nothing musical runs in this process.
On the pipe every message is one JSON frame; ``files`` in it names the frames of bytes that follow.
"""

import asyncio
import contextlib
import contextvars
import errno
import json
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import structlog

log = structlog.get_logger(__name__)
Progress = Callable[[str, float], None]
NICENESS = 5  # music takes every core there is; the chats must stay quick beside it


@dataclass(frozen=True)
class Result:
    """What a worker made."""

    data: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)


class Refused(Exception):
    """The worker answered with an error a person can be told: ``code`` names the sentence."""

    def __init__(self, code: str, details: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.code, self.details = code, details


class Broken(Exception):
    """A bug: the worker's traceback."""


class Died(Exception):
    """The worker died or hung; another one may do better."""


class Cancelled(Exception):
    """The job was called off while it ran."""


class _Worker:
    """One process and our end of its pipe."""

    def __init__(self, context: Any, target: Callable[..., None], warm: bool) -> None:
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=target, args=(theirs, warm), daemon=True,
                                                    name="humband-worker")
        self.process.start()
        theirs.close()
        self.cancelled = False

    def stop(self) -> None:
        """At once: the work is journaled, nothing is lost."""
        self.process.kill()
        self.process.join(5)
        with contextlib.suppress(OSError):
            self.pipe.close()

    def talk(self, kind: str, payload: Mapping[str, Any], sound: bytes, progress: Progress, limit_s: float) -> Result:
        """Hand the job over and wait; runs in a thread."""
        deadline = time.monotonic() + limit_s
        try:
            self.pipe.send_bytes(json.dumps({"kind": kind, "payload": payload}).encode())
            self.pipe.send_bytes(sound)
            while True:
                if not self.pipe.poll(max(0.0, deadline - time.monotonic())):
                    raise Died(f"no answer within {limit_s:.0f} s")
                message = json.loads(self.pipe.recv_bytes())
                if "stage" in message:
                    progress(message["stage"], message["share"])
                elif "code" in message:
                    raise Refused(message["code"], message["details"])
                elif "traceback" in message:
                    raise Broken(message["traceback"])
                else:
                    return Result(message["data"], {name: self.pipe.recv_bytes() for name in message["files"]})
        except (EOFError, OSError) as error:
            raise Cancelled if self.cancelled else Died("the worker process ended") from error


class Pool:
    """Warm workers. ``target`` is the processes' main function (:func:`worker_main` but in tests)."""

    def __init__(self, size: int, *, limit_s: float, warm: bool = True,
                 target: Callable[[Connection, bool], None] | None = None) -> None:
        self.size = size
        self._limit_s = limit_s
        self._warm = warm
        self._target = target or worker_main
        self._context = multiprocessing.get_context("forkserver")
        self._workers: list[_Worker] = []
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._busy: dict[str, _Worker] = {}
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="humband-pipe")

    def start(self) -> None:
        """Start the processes; they warm up by themselves."""
        self._context.set_forkserver_preload(["bot.work"])
        for _ in range(self.size):
            self._hire()

    def _hire(self) -> None:
        worker = _Worker(self._context, self._target, self._warm)
        self._workers.append(worker)
        self._idle.put_nowait(worker)

    @property
    def free(self) -> int:
        """How many workers wait for a job."""
        return self._idle.qsize()

    async def submit(self, key: str, kind: str, payload: Mapping[str, Any], sound: bytes = b"", *,
                     progress: Progress = lambda stage, share: None, limit_s: float | None = None) -> Result:
        """Run a job on a free worker, or the next that gets free. Raises Refused, Broken, Died, Cancelled.

        ``progress`` is called on the event loop; ``limit_s`` is how long the job may take, if
        not as long as any. A worker that dies, hangs or is called off is replaced.
        """
        loop = asyncio.get_running_loop()
        worker = await self._idle.get()
        self._busy[key] = worker

        context = contextvars.copy_context()  # the caller's, as if progress were called from here

        def tell(stage: str, share: float) -> None:
            loop.call_soon_threadsafe(progress, stage, share, context=context)

        healthy = True
        try:
            return await loop.run_in_executor(self._threads, worker.talk, kind, payload, sound, tell,
                                              limit_s or self._limit_s)
        except (Died, Cancelled, asyncio.CancelledError):
            healthy = False
            raise
        finally:
            del self._busy[key]
            if healthy and worker.process.is_alive():
                self._idle.put_nowait(worker)
            else:
                worker.process.kill()
                self._workers.remove(worker)
                self._hire()
                loop.run_in_executor(None, worker.stop)

    def cancel(self, key: str) -> bool:
        """Call off a running job; False if it is not running."""
        worker = self._busy.get(key)
        if worker is None:
            return False
        worker.cancelled = True
        worker.process.kill()
        return True

    def processes(self) -> list[int]:
        """The workers' process ids."""
        return [worker.process.pid or 0 for worker in self._workers]

    def stop(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.stop()
        self._threads.shutdown(wait=False)


def worker_main(pipe: Connection, warm: bool) -> None:
    """The life of a worker: warm up, then job after job until the pipe closes."""
    from bot import work
    from core import studio
    from core.errors import HumbandError

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service; it closes the pipe
    os.nice(NICENESS)
    if warm:
        with contextlib.suppress(Exception):  # a missing font is told to whoever asks for a song
            studio.warm_up()
    with contextlib.suppress(EOFError, OSError):
        while True:
            serve_one(pipe, work.do, HumbandError)


def serve_one(pipe: Connection, do: Callable[..., tuple[dict[str, Any], dict[str, bytes]]],
              known: type[Exception]) -> None:
    """Read one job from the pipe, do it, answer. Raises EOFError when the service is gone."""
    job = json.loads(pipe.recv_bytes())
    sound = pipe.recv_bytes()

    def tell(stage: str, share: float) -> None:
        pipe.send_bytes(json.dumps({"stage": stage, "share": share}).encode())

    files: dict[str, bytes] = {}
    try:
        data, files = do(job["kind"], job["payload"], sound, tell)
        answer: dict[str, Any] = {"data": data, "files": list(files)}
    except known as error:
        details = {name: value for name, value in getattr(error, "details", {}).items()
                   if isinstance(value, str | int | float)}
        answer = {"code": getattr(error, "code", "error"), "details": details}
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        answer = {"code": "disk_full", "details": {}} if full else {"traceback": traceback.format_exc()}
    except Exception:
        answer = {"traceback": traceback.format_exc()}
    pipe.send_bytes(json.dumps(answer, ensure_ascii=False).encode())
    for content in files.values():
        pipe.send_bytes(content)
