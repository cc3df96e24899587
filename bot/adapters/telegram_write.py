"""Replies as Telegram's messages: text, sound, picture, document; sent once by upload, then by file id."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message, ReplyParameters
from telegram.constants import MessageLimit
from telegram.error import BadRequest, NetworkError
from telegram.ext import ExtBot

from bot.adapters.telegram_read import NAME
from bot.store import Store
from bot.talk import Address, Button, File, Gone, Reply, Rows

log = structlog.get_logger(__name__)
SEND_TRIES = 3
LETTERS_IN_ROW = 32


class Writer:
    """Sends and edits."""

    def __init__(self, bot: ExtBot, store: Store) -> None:
        self._bot, self._store = bot, store

    async def send(self, address: Address, reply: Reply) -> Address:
        """Send a reply of one message; returns that message's address."""
        where: dict[str, Any] = {"chat_id": address["chat"], "message_thread_id": address.get("thread")}
        if address.get("answer") != "plain" and address.get("message"):
            where["reply_parameters"] = ReplyParameters(int(address["message"]), allow_sending_without_reply=True)
        markup = ForceReply(input_field_placeholder=reply.question.default[:64] or None, selective=True) \
            if reply.question else keyboard(reply.buttons)
        if not reply.files:
            sent = await _stubborn(lambda: self._bot.send_message(
                text=reply.text[:MessageLimit.MAX_TEXT_LENGTH], reply_markup=markup, **where))
        else:
            sent = await self._send_file(reply.files[0], reply.text, markup, where)
        return {**{k: v for k, v in address.items() if k in ("chat", "thread")}, "message": str(sent.message_id)}

    async def _send_file(self, file: File, text: str, markup: Any, where: dict[str, Any]) -> Message:
        caption = text[:MessageLimit.CAPTION_LENGTH] or None
        options: dict[str, Any] = {"caption": caption, "reply_markup": markup, **where}
        known = self._store.songs.remote(file.song_id, file.part, NAME) if file.song_id else None
        if known:
            try:
                return await self._send_as(file, known, options)
            except BadRequest as error:
                log.info("file_id_refused", error=str(error))
        path = self._path(file)
        if path is None:
            raise Gone
        sent = await _stubborn(lambda: self._send_as(file, InputFile(path.read_bytes(), filename=file.name), options))
        holder = sent.audio or sent.document or (sent.photo[-1] if sent.photo else None)
        if file.song_id and holder and self._store.songs.by_id(file.song_id):
            self._store.songs.keep_remote(file.song_id, file.part, NAME, holder.file_id)
        return sent

    def _path(self, file: File) -> Path | None:
        if file.song_id:
            return self._store.songs.file(file.song_id, file.part)
        return Path(file.path) if Path(file.path).exists() else None

    async def _send_as(self, file: File, content: Any, options: dict[str, Any]) -> Message:
        if file.is_audio:
            cover = self._store.songs.file(file.song_id, "cover") if file.song_id else None
            return await self._bot.send_audio(audio=content, title=file.title, performer=file.performer,
                                             duration=round(file.duration_s) or None,
                                             thumbnail=cover.read_bytes() if cover else None, **options)
        if file.is_picture:
            return await self._bot.send_photo(photo=content, disable_notification=True, **options)
        return await self._bot.send_document(document=content, disable_notification=True,
                                            disable_content_type_detection=True, **options)

    async def edit(self, address: Address, reply: Reply) -> None:
        """Change a message of ours. Raises BadRequest when it is as it should be already."""
        where: dict[str, Any] = {"chat_id": address["chat"], "message_id": int(address["message"])}
        markup = keyboard(reply.buttons)
        if reply.how == "buttons":
            await self._bot.edit_message_reply_markup(reply_markup=markup, **where)
        elif address.get("media"):
            await self._bot.edit_message_caption(caption=reply.text[:MessageLimit.CAPTION_LENGTH],
                                                reply_markup=markup, **where)
        else:
            await self._bot.edit_message_text(reply.text[:MessageLimit.MAX_TEXT_LENGTH], reply_markup=markup, **where)


def parts(reply: Reply) -> list[Reply]:
    """A picture with the card, then the sound with the buttons, then the rest: no album takes them all."""
    if len(reply.files) < 2:
        return [reply]
    pictures = [file for file in reply.files if file.is_picture]
    others = sorted((file for file in reply.files if not file.is_picture), key=lambda file: not file.is_audio)
    rest = [replace(reply, text="", buttons=(), files=(file,)) for file in pictures + others]
    rest[0] = replace(rest[0], text=reply.text)
    rest[len(pictures)] = replace(rest[len(pictures)], buttons=reply.buttons)
    return rest


async def _stubborn(send: Callable[[], Any]) -> Any:
    """Try again when the connection failed before Telegram answered; never when it said no."""
    for attempt in range(SEND_TRIES):
        try:
            return await send()
        except BadRequest:
            raise  # a NetworkError by descent, but Telegram's last word
        except NetworkError:
            if attempt == SEND_TRIES - 1:
                raise
            await asyncio.sleep(0.5 * 2**attempt)
    raise AssertionError("unreachable")


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """Our buttons as Telegram's."""
    if not rows:
        return None
    return InlineKeyboardMarkup([
        [InlineKeyboardButton(b.label, url=b.url or None, callback_data=b.data or None) for b in line]
        for row in rows for line in _lines(row)
    ])


def _lines(row: tuple[Button, ...]) -> list[tuple[Button, ...]]:
    """A row that a phone shows without cutting the labels short: one too long for that becomes two."""
    if len(row) < 4 or sum(len(button.label) for button in row) <= LETTERS_IN_ROW:
        return [row]
    middle = -(-len(row) // 2)
    return [row[:middle], row[middle:]]
