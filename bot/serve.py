"""``humband serve``: every bot whose token is set, until told to stop."""

import asyncio
import contextlib
import signal
import sqlite3

import structlog

from bot.health import Health
from bot.logs import set_up_logs
from bot.service import Service
from bot.settings import Settings
from bot.texts import console

log = structlog.get_logger(__name__)


def serve(settings: Settings | None = None) -> int:
    """Run the bots; returns the exit status. Without any token it explains how to get one."""
    settings = settings or Settings()
    on = {"Telegram": settings.telegram_token is not None, "Discord": settings.discord_token is not None}
    for name, set_ in on.items():
        print(console.BOT_ON.format(name=name) if set_ else console.BOT_OFF.format(
            name=name, variable=f"{name.upper()}_TOKEN"), flush=True)
    if not any(on.values()):
        print(console.NO_TOKEN)
        return 1
    set_up_logs(settings.log_format, settings.log_level)
    try:
        return asyncio.run(_serve(settings))
    except KeyboardInterrupt:
        return 0
    except (OSError, sqlite3.Error) as error:
        print(console.CANNOT_START.format(error=error, folder=settings.data_dir, port=settings.http_port))
        return 1


def build(settings: Settings) -> Service:
    """The service with a chat for each token."""
    service = Service(settings)
    if settings.telegram_token:
        from bot.adapters.telegram import TelegramAdapter

        telegram_token = settings.telegram_token.get_secret_value()
        service.add(lambda service: TelegramAdapter(service, telegram_token))
    if settings.discord_token:
        from bot.adapters.discord import DiscordAdapter

        discord_token = settings.discord_token.get_secret_value()
        service.add(lambda service: DiscordAdapter(service, discord_token))
    return service


async def _serve(settings: Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # asyncio's answer on Windows; Ctrl-C works there by itself
            loop.add_signal_handler(number, stop.set)
    service = build(settings)
    health = Health(service)
    routes = [route for adapter in service.adapters.values() for route in adapter.routes()]
    await health.start(settings.http_host, settings.http_port, routes)
    try:
        try:
            await service.start()
        except Exception as error:
            log.error("chat_refused", error=str(error))
            print(console.CHAT_REFUSED.format(error=type(error).__name__))
            return 1
        log.info("serving", chats=list(service.adapters), port=health.port, workers=settings.workers)
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait((stopped, service.running), return_when=asyncio.FIRST_COMPLETED)
        if service.running.done():
            log.error("line_ended", exc_info=service.running.exception())
            return 1
        log.info("stopping")
        return 0
    finally:
        await service.stop()
        await health.stop()
