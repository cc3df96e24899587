"""Replies as Discord's messages: content or embed, files within the limit, buttons."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord

from bot.store import Store
from bot.talk import File, Reply, Rows
from bot.texts import choose_language, texts

COLOUR = 0xF2A33A


class Writer:
    """Turns replies into the library's arguments."""

    def __init__(self, store: Store, limit_bytes: int) -> None:
        self.store, self._limit = store, limit_bytes

    def parts(self, reply: Reply) -> list[Reply]:
        """One message holds everything, unless the files are too big together; what is too big alone is told."""
        if not reply.files:
            return [reply]
        sizes = {file: self.size(file) for file in reply.files}
        fitting = [file for file in reply.files if sizes[file] <= self._limit]
        say = texts(choose_language(reply.language))
        notes = [say("part.too_big", name=file.name) for file in reply.files if file not in fitting]
        groups: list[list[File]] = [[]]
        room = self._limit
        for file in fitting:
            if sizes[file] > room:
                groups.append([])
                room = self._limit
            groups[-1].append(file)
            room -= sizes[file]
        first = replace(reply, text="\n".join([reply.text, *notes]), files=tuple(groups[0]))
        return [first, *(replace(reply, text="", buttons=(), files=tuple(group)) for group in groups[1:])]

    def _path(self, file: File) -> Path | None:
        return self.store.songs.file(file.song_id, file.part) if file.song_id else Path(file.path)

    def size(self, file: File) -> int:
        """Bytes of a file; 0 where it is gone."""
        path = self._path(file)
        return path.stat().st_size if path and path.exists() else 0

    def content(self, reply: Reply) -> dict[str, Any]:
        """A reply as the library's arguments: a song's card becomes an embed with its picture."""
        files = []
        for file in reply.files:
            path = self._path(file)
            if path and path.exists():
                files.append(discord.File(io.BytesIO(path.read_bytes()), filename=file.name.replace(" ", "_")))
        content: dict[str, Any] = {"view": view_of(reply.buttons)} if reply.buttons else {}
        if files:
            content["files"] = files
        picture = next((f for f in files if f.filename.endswith(".png")), None)
        if reply.song_id and reply.text and reply.files:
            embed = discord.Embed(description=reply.text[:4096], colour=COLOUR)
            if picture:
                embed.set_image(url=f"attachment://{picture.filename}")
            content["embed"] = embed
        elif reply.text:
            content["content"] = reply.text[:2000]
        return content


def view_of(rows: Rows) -> discord.ui.View:
    """Our buttons. The view is stopped at once: presses reach :class:`PressItem`, nothing need be kept here."""
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for button in row:
            view.add_item(discord.ui.Button(
                label=button.label[:80], row=number, url=button.url or None,
                custom_id=f"hb:{button.data}" if button.data else None,
                style=discord.ButtonStyle.link if button.url else discord.ButtonStyle.secondary))
    view.stop()
    return view


