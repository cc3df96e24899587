"""Keeps the index files true to the rows: what was made, taught, deleted or forgotten since.

The rows note by themselves which index is stale (triggers, ``bot.store.schema_tunes``). Nothing is lost by a crash:
what a file already holds is noted after it was written, and adding it once more changes nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import structlog

from bot.jobs import Pool
from bot.store import Store
from bot.store.tunes import OWN

log = structlog.get_logger(__name__)
BATCH = 200  # tunes handed to a worker at once


class Indexer:
    """Changes index files, on the pool; one change at a time for each."""

    def __init__(self, store: Store, pool: Pool) -> None:
        self._store, self._pool = store, pool
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def settle(self, scopes: Sequence[str]) -> None:
        """Bring these scopes' files up to date. Never raises: an older file finds nearly everything too."""
        for scope in scopes:
            try:
                async with self._locks[scope]:
                    await self._settle(scope)
            except asyncio.CancelledError:
                self._store.tunes.mark_stale(scope)
                raise
            except Exception as error:
                log.warning("index_not_updated", error=str(error), exc_info=True)
                self._store.tunes.mark_stale(scope)

    async def tend(self) -> None:
        """Bring up to date whatever is not, while nobody waits for a worker."""
        for scope in self._store.tunes.stale():
            if not self._pool.free:
                return
            await self.settle([scope])

    async def _settle(self, scope: str) -> None:
        tunes = self._store.tunes
        if not tunes.is_stale(scope):
            return
        upkeep = tunes.upkeep(scope)
        if upkeep.empty:
            return tunes.drop_index(scope)
        remove = list(upkeep.remove)
        for start in range(0, max(1, len(upkeep.add)), BATCH):
            batch = upkeep.add[start:start + BATCH]
            if not batch and not remove:
                return
            payload: dict[str, Any] = {
                "title": "", "index": str(tunes.index(scope)), "remove": [OWN + token for token in remove],
                "add": [{"id": OWN + token, "title": title, "melody": melody} for token, title, melody in batch]}
            tunes.folder.mkdir(parents=True, exist_ok=True)
            result = await self._pool.submit(f"index:{scope}", "index", payload)
            if result.data["refused"]:
                log.info("tunes_not_indexed", count=len(result.data["refused"]))
            tunes.note_indexed(scope, [token for token, _, _ in batch], remove)
            remove = []
