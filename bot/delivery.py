"""What goes back into the chats while a job runs and when it is done.

A reply is a row: ready, then sending, then sent. Whatever is not sent is sent after a restart, so only a
reply cut off in the very act of sending may come once more.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import structlog

from bot.adapters import Adapter
from bot.dialogue import results
from bot.dialogue.context import cancel_button
from bot.store import Store
from bot.store.work import Job, Owed
from bot.talk import Address, Gone, Reply
from bot.texts import Texts, choose_language, texts

log = structlog.get_logger(__name__)
SHOW_EVERY_S = 1.5  # chats dislike messages that change more often
BUSY_EVERY_S = 4.5  # a chat action fades after five seconds
SHOWN_WITHIN_S = 10.0
SEND_TRIES = 4


class Delivery:
    """Shows how jobs are doing and sends what they owe."""

    def __init__(self, store: Store, adapters: dict[str, Adapter],
                 spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._store, self._adapters, self._spawn = store, adapters, spawn
        self._unshown: dict[int, asyncio.Event] = {}
        self._under_way: set[int] = set()

    @property
    def busy(self) -> bool:
        """Whether anything is being sent."""
        return bool(self._under_way)

    def say(self, job: Job) -> Texts:
        """The language of the job's person (English for somebody forgotten meanwhile)."""
        try:
            user = self._store.people.by_id(job.user_id)
        except KeyError:
            return texts(choose_language())
        return texts(choose_language(user.language, user.client_language))

    # -- the status message

    def expect_status(self, job_id: int) -> None:
        """The job's status message is about to be sent."""
        self._unshown[job_id] = asyncio.Event()

    def shown(self, job_id: int, address: Address | None) -> None:
        """The job's status message stands there (None: it could not be sent)."""
        if address is not None:
            self._store.work.set_status_address(job_id, address)
        if event := self._unshown.get(job_id):
            event.set()

    def show_soon(self, job: Job, text: str, *, cancellable: bool = True) -> None:
        """Change the job's status message, without waiting for it."""
        current, adapter = self._store.work.job(job.id), self._adapters.get(job.place["platform"])
        if current and current.status_address and adapter:
            buttons = ((cancel_button(self.say(job), job),),) if cancellable else ()
            self._spawn(adapter.show(current.status_address, Reply(text, buttons, how="edit")))

    async def seem_busy(self, job: Job) -> None:
        """Keep "sending a voice message ..." alive. Ends by cancellation."""
        adapter = self._adapters[job.place["platform"]]
        while True:
            await adapter.seem_busy(job.address)
            await asyncio.sleep(BUSY_EVERY_S)

    # -- the replies

    async def deliver(self, job_id: int) -> None:
        """Send what a job still owes, in order; then its status message may go."""
        if job_id in self._under_way:
            return
        self._under_way.add(job_id)
        try:
            if event := self._unshown.get(job_id):  # the song must not overtake its own "listening"
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), SHOWN_WITHIN_S)
                self._unshown.pop(job_id, None)
            job, owed = self._store.work.job(job_id), self._store.work.owed_by(job_id)
            if job is None or not owed or job.place["platform"] not in self._adapters:
                return
            messages = set()
            for piece in owed:
                sent = await self._send(job, piece)
                if sent is None:
                    return
                messages.add(sent.get("message"))
            if job.status_address and job.status_address["message"] not in messages:
                await self._adapters[job.place["platform"]].close_status(job.status_address)
        finally:
            self._under_way.discard(job_id)

    async def _send(self, job: Job, owed: Owed) -> Address | None:
        """The sent message's address, empty if nobody can get it; None if it did not work out for now."""
        work, adapter = self._store.work, self._adapters[job.place["platform"]]
        for attempt in range(SEND_TRIES):
            work.set_owed(owed.id, "sending")
            try:
                sent = await adapter.deliver(job.address, job.status_address, owed.reply, owed.nonce, owed.first)
            except Gone:
                log.info("reply_lost", job=job.id)
                work.set_owed(owed.id, "lost")
                return {}
            except Exception as error:
                log.warning("reply_failed", job=job.id, attempt=attempt, error=str(error), exc_info=attempt == 0)
                await asyncio.sleep(2.0**attempt)
                continue
            work.set_owed(owed.id, "sent")
            self._note(job, owed.reply, sent)
            return sent
        work.set_owed(owed.id, "ready")  # the line's sweep tries again
        return None

    def _note(self, job: Job, reply: Reply, sent: Address) -> None:
        if reply.song_id is not None and self._store.songs.by_id(reply.song_id):
            self._store.songs.note_post(job.place_key, sent["message"], reply.song_id)
        for file in reply.files:
            if file.path:
                Path(file.path).unlink(missing_ok=True)


class Shown:
    """Progress on its way to the status message: each stage once, and not too often."""

    def __init__(self, delivery: Delivery, job: Job) -> None:
        self._delivery, self._job, self._say = delivery, job, delivery.say(job)
        self._text, self._at = "", 0.0

    def __call__(self, stage: str, share: float) -> None:
        """Called on the event loop by the pool."""
        text = results.progress_text(self._say, stage, share)
        now = time.monotonic()
        if text != self._text and now - self._at >= SHOW_EVERY_S and stage != "done":
            self._text, self._at = text, now
            self._delivery.show_soon(self._job, text)
