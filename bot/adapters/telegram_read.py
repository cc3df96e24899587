"""Telegram's updates, read into Requests. Pure: nothing is fetched or sent here."""

from collections.abc import Callable
from typing import Any

from telegram import Chat, Message, Update, User
from telegram.constants import ChatType, MessageEntityType

from bot.adapters.sounds import is_midi, is_sound
from bot.talk import Person, Place, Request, Sound

NAME = "telegram"


def read(update: Update, username: str, question_of: Callable[[str, str], str | None]) -> Request | None:
    """The request in an update; None where nobody asked the bot for anything.

    ``question_of(place key, message id)`` tells what an earlier message of ours asked.
    """
    key = f"{NAME}:{update.update_id}"
    if update.callback_query:
        return _press(key, update)
    message = update.message
    if message is None or message.from_user is None or message.from_user.is_bot:
        return None
    place, person = place_of(message.chat), person_of(message.from_user)
    replied = message.reply_to_message
    fields: dict[str, Any] = {
        "key": key, "person": person, "place": place, "address": address_of(message),
        "replied": str(replied.message_id) if replied else "", "message": str(message.message_id),
    }
    text = message.text or message.caption or ""
    sound = sound_of(message)
    if text.startswith("/"):
        return _command(text, username, sound or (sound_of(replied) if replied else None), fields)
    ours = replied is not None and replied.from_user is not None and replied.from_user.username == username
    if ours and replied and message.text and (question := question_of(place.key, str(replied.message_id))):
        return Request(verb="answer", argument=message.text, question=question, **fields)
    mentioned = _mentions(message, username)
    if sound and (place.private or ours or mentioned):
        return Request(verb="sound", sound=sound, **fields)
    if mentioned and replied and (sound := sound_of(replied)):
        return Request(verb="sound", sound=sound, **fields)
    if mentioned or (place.private and (message.text or message.effective_attachment)):
        return Request(verb="song", **fields)
    return None


def _command(text: str, username: str, sound: Sound | None, fields: dict[str, Any]) -> Request | None:
    word, _, argument = text[1:].partition(" ")
    name, _, addressee = word.partition("@")
    if addressee and addressee.lower() != username.lower():
        return None
    return Request(verb=name.lower(), argument=argument.strip(), sound=sound, **fields)


def _press(key: str, update: Update) -> Request | None:
    query = update.callback_query
    if query is None or query.message is None or not query.data:
        return None
    message = query.message
    address: dict[str, Any] = {"chat": message.chat.id, "message": str(message.message_id)}
    if isinstance(message, Message):
        address = address_of(message)
        address["media"] = bool(message.audio or message.photo or message.document)
    return Request(key=key, person=person_of(query.from_user), place=place_of(message.chat), address=address,
                   verb="press", argument=query.data, message=str(message.message_id))


def _mentions(message: Message, username: str) -> bool:
    entities = {**message.parse_entities([MessageEntityType.MENTION]),
                **message.parse_caption_entities([MessageEntityType.MENTION])}
    return any(text.lower() == f"@{username.lower()}" for text in entities.values())


def address_of(message: Message) -> dict[str, Any]:
    """Where an answer to this message goes."""
    address: dict[str, Any] = {"chat": message.chat.id, "message": str(message.message_id)}
    if message.is_topic_message and message.message_thread_id:
        address["thread"] = message.message_thread_id
    return address


def person_of(user: User) -> Person:
    """Who wrote."""
    return Person(NAME, str(user.id), user.first_name or user.username or str(user.id), user.language_code or "")


def place_of(chat: Chat) -> Place:
    """Where it was written."""
    return Place(NAME, str(chat.id), chat.type == ChatType.PRIVATE, chat.title or "")


def sound_of(message: Message) -> Sound | None:
    """The voice, recording or MIDI file in a message."""
    if message.from_user is None or message.from_user.is_bot:
        return None  # a band is no hum
    author = person_of(message.from_user)
    ids = {"message": str(message.message_id), "by": author.key, "by_name": author.name}
    if message.voice:
        return _sound(message.voice, "voice", ids)
    if message.audio:
        kind = "midi" if is_midi(message.audio.mime_type, message.audio.file_name) else "audio"
        return _sound(message.audio, kind, ids)
    if message.video_note:
        return _sound(message.video_note, "video", ids)
    if message.video:
        return _sound(message.video, "video", ids)
    if document := message.document:
        if is_midi(document.mime_type, document.file_name):
            return _sound(document, "midi", ids)
        if is_sound(document.mime_type, document.file_name):
            return _sound(document, "audio", ids)
    return None


def _sound(file: Any, kind: str, ids: dict[str, str]) -> Sound:
    length: Any = getattr(file, "duration", None)  # a number or, as the library is set, a timedelta
    seconds = length.total_seconds() if hasattr(length, "total_seconds") else length
    return Sound({"file_id": file.file_id}, kind, file.file_size, None if kind == "midi" else seconds, **ids)
