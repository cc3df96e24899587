"""The running service: store, workers, line, dialogue and the chats, put together."""

import asyncio
import contextlib
import shutil
import time
from collections.abc import Callable

import structlog

from bot.adapters import Adapter
from bot.dialogue import Dialogue
from bot.jobs import Pool
from bot.line import Line
from bot.settings import Settings
from bot.store import Store
from bot.talk import Reply, Request

log = structlog.get_logger(__name__)
PATIENCE_S = 20.0  # for what runs when the service is asked to stop
PASSING_KEPT_S = 7 * 86_400


class Service:
    """Owns everything with a lifetime. ``adapters`` are added before :meth:`start`."""

    def __init__(self, settings: Settings, *, pool: Pool | None = None) -> None:
        self.settings = settings
        self.store = Store(settings.database, settings.songs_dir)
        self.pool = pool or Pool(settings.workers, limit_s=settings.job_limit_s)
        self.adapters: dict[str, Adapter] = {}
        self.line = Line(settings, self.store, self.pool, self.adapters)
        self.dialogue = Dialogue(settings, self.store, self.line)
        self.answered = 0
        self.running: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def add(self, make: Callable[["Service"], Adapter]) -> Adapter:
        """Put a chat in."""
        adapter = make(self)
        self.adapters[adapter.name] = adapter
        return adapter

    async def start(self, *, connect: bool = True) -> None:
        """Workers first, then the chats, then the line. ``connect`` False leaves the chats to the caller."""
        settings = self.settings
        settings.songs_dir.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(settings.data_dir / "exports", ignore_errors=True)
        for path in settings.passing_dir.glob("*"):
            if path.stat().st_mtime < time.time() - PASSING_KEPT_S:  # nobody was there to receive it
                path.unlink(missing_ok=True)
        self.pool.start()
        self.learn_links()
        if connect:
            for adapter in self.adapters.values():
                await adapter.start()
        self.running = asyncio.create_task(self.line.run(), name="line")

    def learn_links(self) -> None:
        """Tell the dialogue what each chat can do, once that is known."""
        self.dialogue.links = {name: adapter.links for name, adapter in self.adapters.items()}

    def answer(self, request: Request) -> list[Reply]:
        """What to say to a request; never raises."""
        self.answered += 1
        return self.dialogue.answer(request)

    async def stop(self, patience_s: float = PATIENCE_S) -> None:
        """Take nothing more, let what runs finish if it is quick, and close."""
        for adapter in self.adapters.values():
            with contextlib.suppress(Exception):
                await adapter.stop()
        await self.line.stop(patience_s)
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        for adapter in self.adapters.values():
            with contextlib.suppress(Exception):
                await adapter.close()
        self.pool.stop()
        self.store.close()
