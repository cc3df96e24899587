"""A small web server: ``/health`` for the host, ``/metrics`` for Prometheus, and whatever a chat's webhook needs."""

import asyncio
import sqlite3
import time
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.doctor import findings
from bot.service import Service

POLL_STALE_S = 120.0
LAG_EVERY_S = 0.25
SHOWN = ("ffmpeg", "SoundFont", "models", "disk")


class Health:
    """The service as seen from outside."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.registry = CollectorRegistry()
        self._lag = Histogram("humband_event_loop_lag_seconds", "How late the event loop runs its timers.",
                              registry=self.registry, buckets=(.005, .01, .025, .05, .1, .25, .5, 1, 5))
        self._own_lag = Histogram("humband_event_loop_own_lag_seconds", "The part of it that can be our own doing: at "
                                  "most the processor time the loop used meanwhile.", registry=self.registry,
                                  buckets=(.005, .01, .025, .05, .1, .25, .5, 1, 5))
        self._seconds = Histogram("humband_job_seconds", "How long jobs take, from their start.",
                                  registry=self.registry, buckets=(.5, 1, 2, 3, 5, 8, 13, 21, 60, 120))
        self._counts = Gauge("humband_things", "How many there are.", ["kind"], registry=self.registry)
        self._jobs = Gauge("humband_jobs_finished", "Jobs finished since the start.", ["state"], registry=self.registry)
        self._requests = Counter("humband_requests", "Requests answered.", registry=self.registry)
        self._known = 0
        self._runner: web.AppRunner | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int, routes: list[web.RouteDef]) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=4 * 2**20)
        app.add_routes([web.get("/health", self._health), web.get("/metrics", self._metrics), *routes])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self._watch = asyncio.create_task(self._watch_lag())

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._runner.addresses[0][1] if self._runner else 0

    async def stop(self) -> None:
        """Close the port."""
        if self._watch:
            self._watch.cancel()
        if self._runner:
            await self._runner.cleanup()

    async def _watch_lag(self) -> None:
        while True:
            began, worked = time.monotonic(), time.thread_time()
            await asyncio.sleep(LAG_EVERY_S)
            late = max(0.0, time.monotonic() - began - LAG_EVERY_S)
            self._lag.observe(late)
            self._own_lag.observe(min(late, time.thread_time() - worked))

    def state(self) -> tuple[bool, dict[str, Any]]:
        """Whether all is well, and what was looked at."""
        found = list(findings(self._service.settings.data_dir))
        problems: dict[str, Any] = {f.what: f.state for f in found if f.vital and not f.well}
        try:
            counts = self._service.store.counts()
        except sqlite3.Error as error:
            counts, problems["database"] = {}, str(error)
        seen = {name: round(adapter.last_seen_s, 1) for name, adapter in self._service.adapters.items()}
        stale = [name for name, age in seen.items() if age > POLL_STALE_S]
        if stale:
            problems["silent_chats"] = stale
        state = {"ok": not problems, "parts": {f.what: f.state for f in found if f.what in SHOWN},
                 "queued": counts.get("queued"),
                 "running": counts.get("running"), "free_workers": self._service.pool.free, "last_seen_s": seen,
                 "problems": problems}
        return not problems, state

    async def _health(self, _request: web.Request) -> web.Response:
        well, state = self.state()
        return web.json_response(state, status=200 if well else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        for kind, count in self._service.store.counts().items():
            self._counts.labels(kind).set(count)
        for status, count in self._service.line.finished.items():
            self._jobs.labels(status).set(count)
        self._requests.inc(self._service.answered - self._known)
        self._known = self._service.answered
        for seconds in self._service.line.drain_seconds():
            self._seconds.observe(seconds)
        return web.Response(body=generate_latest(self.registry), content_type="text/plain", charset="utf-8")
