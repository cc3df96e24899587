"""Telegram: updates in by polling or webhook, replies out. Only translates; what is said is the dialogue's."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from aiohttp import web
from telegram import (
    CallbackQuery,
    InlineQuery,
    InlineQueryResultCachedAudio,
    Update,
)
from telegram.constants import ChatAction, ChatMemberStatus, FileSizeLimit
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.adapters import Unfetched
from bot.adapters.telegram_menu import set_menu
from bot.adapters.telegram_read import NAME, person_of, read
from bot.adapters.telegram_write import Writer, keyboard, parts
from bot.dialogue.context import Links
from bot.service import Service
from bot.talk import Address, Button, Gone, Place, Reply, Request
from core.errors import TooLarge

log = structlog.get_logger(__name__)
ALLOWED = ["message", "callback_query", "inline_query"]
POLL_S = 25
SEND_TRIES = 3
LISTENING = "👀"
WEBHOOK_PATH = "/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
RUNS_GROUP = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)


class TelegramAdapter:
    """The chat named Telegram."""

    name = NAME
    max_upload_bytes = int(FileSizeLimit.FILESIZE_UPLOAD)

    def __init__(self, service: Service, token: str) -> None:
        os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's future, and no warnings
        settings = service.settings
        self._service, self._store = service, service.store
        self._webhook_url = settings.webhook_url
        secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
        self._secret = secret or hashlib.sha256(f"humband webhook {token}".encode()).hexdigest()
        self.bot: ExtBot = ExtBot(
            token, base_url=settings.telegram_base_url, base_file_url=settings.telegram_file_url,
            rate_limiter=AIORateLimiter(max_retries=5),
            request=HTTPXRequest(connection_pool_size=64, read_timeout=30, write_timeout=60, pool_timeout=30,
                                 connect_timeout=10, media_write_timeout=120),
            get_updates_request=HTTPXRequest(connection_pool_size=2, read_timeout=POLL_S + 10),
        )
        self._writer = Writer(self.bot, service.store)
        self.links = Links()
        self.errors: list[BaseException] = []  # bugs in handlers; tests insist on none
        self._seen_at = time.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()
        self._poller: asyncio.Task[None] | None = None

    @property
    def last_seen_s(self) -> float:
        """Seconds since Telegram last answered a poll or called the webhook."""
        return 0.0 if self._webhook_url else time.monotonic() - self._seen_at

    # -- life

    async def start(self) -> None:
        """Learn who we are, take up updates cut off by a crash, and begin to take new ones."""
        warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'")
        await self.bot.initialize()
        link = f"https://t.me/{self.bot.username}"
        self.links = Links(share=f"{link}?start=s_{{token}}", bot=link,
                           inline=bool(self.bot.bot.supports_inline_queries))
        self._service.learn_links()
        await set_menu(self.bot, self._store)
        for key, payload in self._store.work.unfinished_updates(NAME):
            self._spawn(self._process(key, payload))
        if self._webhook_url:
            await self.bot.set_webhook(self._webhook_url.rstrip("/") + WEBHOOK_PATH, secret_token=self._secret,
                                       allowed_updates=ALLOWED)
        else:
            await self.bot.delete_webhook()
            self._poller = self._spawn(self._poll())

    async def stop(self) -> None:
        """Stop polling, finish what was begun."""
        if self._poller:
            self._poller.cancel()
        rest = [task for task in self._tasks if task is not self._poller]
        if rest:
            await asyncio.wait(rest, timeout=5)

    async def close(self) -> None:
        """Let go of the connections."""
        with contextlib.suppress(TelegramError):
            await self.bot.shutdown()

    def routes(self) -> list[web.RouteDef]:
        """What our web server must answer."""
        return [web.post(WEBHOOK_PATH, self._on_webhook)] if self._webhook_url else []

    def _spawn(self, coroutine: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- updates in

    async def _poll(self) -> None:
        """Each update is a row before the next call tells Telegram that we have it."""
        offset, pause = 0, 1.0
        while True:
            try:
                # Raw, so that one update the library cannot read does not hold up the others for good.
                updates: Any = await self.bot.do_api_request(
                    "getUpdates", {"offset": offset, "timeout": POLL_S, "allowed_updates": ALLOWED},
                    read_timeout=POLL_S + 10)
                self._seen_at, pause = time.monotonic(), 1.0
                for update in updates:
                    self._take(update["update_id"], update)
                    offset = update["update_id"] + 1
            except Exception as error:
                log.warning("poll_failed", error=str(error))
                wait = error.retry_after if isinstance(error, RetryAfter) else pause
                await asyncio.sleep(wait.total_seconds() if hasattr(wait, "total_seconds") else wait)
                pause = min(30.0, pause * 2)

    async def _on_webhook(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return web.Response(status=403)
        try:
            payload = json.loads(await request.read())
            update_id = int(payload["update_id"])
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        self._take(update_id, payload)
        return web.Response()

    def _take(self, update_id: int, payload: Mapping[str, Any]) -> None:
        key = f"{NAME}:{update_id}"
        if self._store.work.note_update(key, payload):
            self._spawn(self._process(key, payload))

    async def _process(self, key: str, payload: Mapping[str, Any]) -> None:
        try:
            update = Update.de_json(dict(payload), self.bot)
            if update.inline_query:
                await self._inline(key, update.inline_query)
            elif update.message and update.message.migrate_to_chat_id:
                old, new = update.message.chat.id, update.message.migrate_to_chat_id
                self._store.move_place(f"{NAME}:{old}", f"{NAME}:{new}")
            elif request := read(update, self.bot.username, self._store.work.question):
                await self._handle(request, update.callback_query)
        except Forbidden:
            log.info("blocked_by_person", update=key)
        except TelegramError as error:
            log.warning("reply_failed", update=key, error=str(error))
        except Exception as error:
            log.exception("update_failed", update=key)
            self.errors.append(error)
        self._store.work.update_done(key)

    async def _handle(self, request: Request, query: CallbackQuery | None) -> None:
        if self._service.dialogue.needs_place(request):
            request = await self._with_rights(request)
        replies = self._service.answer(request)
        if query:
            toast = next((reply.text for reply in replies if reply.how == "toast"), None)
            with contextlib.suppress(BadRequest):  # "query is too old": the wish is granted all the same
                await query.answer(toast[:200] if toast else None, show_alert=bool(toast))
        if any(reply.job for reply in replies) and request.sound and request.message:
            self._spawn(self._react(request))
        for reply in replies:
            if reply.how != "toast":
                await self._say(request, reply)

    async def _with_rights(self, request: Request) -> Request:
        try:
            member = await self.bot.get_chat_member(request.address["chat"], int(request.person.id))
        except TelegramError as error:
            log.warning("rights_unknown", error=str(error))
            return request
        return replace(request, runs_place=member.status in RUNS_GROUP)

    async def _react(self, request: Request) -> None:
        with contextlib.suppress(TelegramError):
            await self.bot.set_message_reaction(request.address["chat"], int(request.message), LISTENING)

    async def _inline(self, key: str, query: InlineQuery) -> None:
        request = Request(key, person_of(query.from_user), Place(NAME, "inline", True), {}, "inline", query.query)
        results = [
            InlineQueryResultCachedAudio(song.id, song.file_id, caption=song.caption,
                                         reply_markup=keyboard(((Button(song.label, url=song.link),),)))
            for song in self._service.dialogue.inline(request)
        ]
        with contextlib.suppress(BadRequest):
            await query.answer(results, cache_time=0, is_personal=True)

    # -- replies out

    async def _say(self, request: Request, reply: Reply) -> None:
        """An answer given at once. Edits fall back to a new message where the old one is gone."""
        if reply.how in ("edit", "buttons"):
            try:
                return await self._writer.edit(request.address, reply)
            except BadRequest as error:
                if "not modified" in str(error).lower():
                    return
                if reply.how == "buttons":
                    raise
        for part in self.parts(reply):
            try:
                sent = await self._writer.send({**request.address, "answer": reply.manner}, part)
            except Exception:
                if reply.job:
                    self._service.line.delivery.shown(reply.job, None)
                raise
            if reply.question:
                self._store.work.ask(request.place.key, sent["message"], reply.question.key)
            if reply.awaits:
                self._store.work.ask(request.place.key, sent["message"], reply.awaits)
            if reply.job:
                self._service.line.delivery.shown(reply.job, sent)
            if part.song_id and self._store.songs.by_id(part.song_id):
                self._store.songs.note_post(request.place.key, sent["message"], part.song_id)

    def parts(self, reply: Reply) -> list[Reply]:
        """The reply in pieces of which each is one message here."""
        return parts(reply)

    async def deliver(self, address: Address, status: Address | None, reply: Reply, nonce: str, first: bool) -> Address:
        """Send one message of a finished job. Telegram knows no nonce: cut off here, it may come once more."""
        try:
            return await self._writer.send(address, reply)
        except ChatMigrated as error:
            return await self._writer.send({**address, "chat": error.new_chat_id, "message": ""}, reply)
        except Forbidden as error:
            raise Gone from error
        except BadRequest as error:
            if "chat not found" in str(error).lower():
                raise Gone from error
            raise

    async def show(self, status: Address, reply: Reply) -> None:
        """Change the message that shows a job's state."""
        with contextlib.suppress(TelegramError):
            await self._writer.edit(status, reply)

    async def close_status(self, status: Address) -> None:
        """Take that message away."""
        with contextlib.suppress(TelegramError):
            await self.bot.delete_message(status["chat"], int(status["message"]))

    async def seem_busy(self, address: Address) -> None:
        """The line under the bot's name."""
        with contextlib.suppress(TelegramError):
            await self.bot.send_chat_action(address["chat"], ChatAction.UPLOAD_VOICE,
                                            message_thread_id=address.get("thread"))

    async def fetch(self, ref: Mapping[str, Any]) -> bytes:
        """Download a voice note."""
        try:
            file = await self.bot.get_file(ref["file_id"])
            return bytes(await file.download_as_bytearray())
        except BadRequest as error:
            if "too big" in str(error).lower():
                raise TooLarge(limit_mb=self._service.settings.telegram_max_download_mb) from error
            raise Unfetched(str(error)) from error
        except TelegramError as error:
            raise Unfetched(str(error)) from error
