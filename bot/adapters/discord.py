"""Discord: messages and interactions in, replies out. Only translates; what is said is the dialogue's."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord
import structlog
from aiohttp import web

from bot.adapters import Unfetched
from bot.adapters.discord_client import Ask, Client
from bot.adapters.discord_commands import add_commands
from bot.adapters.discord_read import NAME, read_interaction, sound_in, sound_of
from bot.adapters.discord_write import Writer, view_of
from bot.dialogue.context import Links
from bot.service import Service
from bot.talk import Address, Gone, Reply, Request
from bot.texts import choose_language, texts

log = structlog.get_logger(__name__)
NOT_THERE = (discord.NotFound, discord.Forbidden)


class DiscordAdapter:
    """The chat named Discord."""

    name = NAME
    max_upload_bytes = 10 * 2**20 - 64 * 1024  # less the message around the files

    def __init__(self, service: Service, token: str) -> None:
        self._service, self.store, self._token = service, service.store, token
        self._writer = Writer(service.store, self.max_upload_bytes)
        self.links = Links(posts_to_channel=True, can_whisper=True, threads=True)
        self.client = Client(self)
        hosts = any(key.startswith(f"{NAME}:") for key in service.settings.admin_ids)
        add_commands(self.client.tree, self._on_command, self._suggest, hosts=hosts)
        self._connection: asyncio.Task[None] | None = None
        self._taking = True
        self._seen_at = time.monotonic()

    @property
    def last_seen_s(self) -> float:
        """Seconds since the gateway was last known to be open."""
        if self.client.is_ready() and not self.client.is_closed():
            self._seen_at = time.monotonic()
        return time.monotonic() - self._seen_at

    async def start(self) -> None:
        """Log in (a bad token raises), then stay connected in the background."""
        await self.client.login(self._token)
        self._connection = asyncio.create_task(self.client.connect())

    async def stop(self) -> None:
        """Answer nothing new: whoever asks now is told by Discord that we are away."""
        self._taking = False

    async def close(self) -> None:
        """Leave the gateway."""
        await self.client.close()
        if self._connection:
            await asyncio.gather(self._connection, return_exceptions=True)

    def routes(self) -> list[web.RouteDef]:
        """Nothing: the gateway brings everything."""
        return []

    # -- requests in

    async def _on_command(self, interaction: discord.Interaction, name: str, given: dict[str, Any]) -> None:
        sound, message = None, given.pop("message", None)
        if message is not None:
            sound = sound_of(message)
        elif attachment := given.pop("sound", None):
            sound = sound_in(attachment)
        argument = " ".join(str(value) for value in given.values() if value is not None)
        request = read_interaction(interaction, name, argument=argument, sound=sound)
        if message is not None:
            request = replace(request, message=str(message.id), replied="" if sound else str(message.id))
        await self.respond(interaction, request)

    def _suggest(self, interaction: discord.Interaction, option: str, typed: str) -> list[tuple[str, str]]:
        return self._service.dialogue.suggest(
            read_interaction(interaction, "suggest", argument=typed, question=option))

    async def respond_to_message(self, message: discord.Message, request: Request) -> None:
        """Answer a message by messages."""
        if not self._taking:
            return
        address = request.address
        for reply in self._service.answer(request):
            if reply.manner == "thread" and address is request.address:
                address = await self._open_thread(message, request, reply)
            for part in self.parts(reply):
                try:
                    sent = await self._post({**address, "answer": reply.manner}, part, nonce=None)
                except discord.HTTPException as error:
                    log.warning("reply_failed", error=str(error))
                    sent = None
                self._note(request, part, sent)

    async def _open_thread(self, message: discord.Message, request: Request, reply: Reply) -> Address:
        """Where a thread on the message is; the channel itself where there can be none."""
        if not isinstance(message.channel, discord.TextChannel):
            return request.address
        name = texts(choose_language(reply.language))("answer.thread_name", name=request.person.name)
        try:
            thread = await message.create_thread(name=name[:100])
        except discord.HTTPException as error:  # we may not, or it has one
            log.info("no_thread", error=str(error))
            return request.address
        return {**request.address, "channel": thread.id, "message": ""}

    async def respond(self, interaction: discord.Interaction, request: Request) -> None:
        """Answer an interaction: the first reply is its response, the others follow it."""
        if not self._taking:
            return
        replies = self._service.answer(request)
        if not replies:
            await interaction.response.defer(ephemeral=True)
            if interaction.type is discord.InteractionType.application_command:
                await interaction.delete_original_response()
            return
        for reply in replies:
            for part in self.parts(reply):
                sent: Address | None = None
                try:
                    sent = await self._respond_once(interaction, request, part)
                finally:
                    self._note(request, part, sent)

    async def _respond_once(self, interaction: discord.Interaction, request: Request, reply: Reply) -> Address | None:
        response = interaction.response
        hidden = (reply.private or reply.how == "toast" or request.place.whispered) and not reply.public \
            and not request.place.private
        if reply.question and not response.is_done():
            await response.send_modal(Ask(self, reply.question))
            return None
        if reply.how in ("edit", "buttons") and interaction.message and not response.is_done():
            content: dict[str, Any] = {"content": reply.text, "attachments": [], "embed": None}
            if reply.how == "buttons":
                content = {}
            await response.edit_message(view=view_of(reply.buttons), **content)
            return None
        if response.is_done():
            message = await interaction.followup.send(ephemeral=hidden, wait=True, **self._writer.content(reply))
            return self._address(request, message.id)
        if reply.files:  # an upload may outlast the three seconds
            await response.defer(thinking=True, ephemeral=hidden)
            message = await interaction.followup.send(ephemeral=hidden, wait=True, **self._writer.content(reply))
            return self._address(request, message.id)
        sent = await response.send_message(ephemeral=hidden, **self._writer.content(reply))
        return self._address(request, sent.message_id)

    @staticmethod
    def _address(request: Request, message_id: int | None) -> Address:
        return {**request.address, "message": str(message_id or "")}

    def _note(self, request: Request, reply: Reply, sent: Address | None) -> None:
        if reply.job:
            self._service.line.delivery.shown(reply.job, sent)
        if sent and reply.awaits:
            self.store.work.ask(request.place.key, sent["message"], reply.awaits)
        if sent and reply.song_id and self.store.songs.by_id(reply.song_id):
            self.store.songs.note_post(request.place.key, sent["message"], reply.song_id)

    # -- replies out

    def parts(self, reply: Reply) -> list[Reply]:
        """One message holds everything, unless the files are too big together."""
        return self._writer.parts(reply)

    async def deliver(self, address: Address, status: Address | None, reply: Reply, nonce: str, first: bool) -> Address:
        """The first reply takes the place of the status, so that even twice is once; the others are new messages.

        After the interaction's time is up, the channel gets a message with an enforced nonce.
        """
        try:
            if status and _alive(status):
                if first:
                    return await self._replace(status, reply)
                sent = await self._hook(status).send(wait=True, ephemeral=bool(status.get("whispered")),
                                                     **self._writer.content(reply))
                return {**address, "message": str(sent.id)}
            if status and status["channel"] != address["channel"]:  # in the thread that was opened for it
                address = {**address, "channel": status["channel"], "message": ""}
            return await self._post(address, reply, nonce)
        except NOT_THERE as error:
            raise Gone from error

    async def _replace(self, status: Address, reply: Reply) -> Address:
        content = {"content": None, "embed": None, "view": None} | self._writer.content(reply)
        content["attachments"] = content.pop("files", [])
        await self._hook(status).edit_message(int(status["message"]), **content)
        return status

    def _hook(self, status: Address) -> discord.Webhook:
        return discord.Webhook.partial(status["app"], status["token"], client=self.client)

    async def _post(self, address: Address, reply: Reply, nonce: str | None) -> Address:
        if address.get("whispered"):  # never before the others what was whispered
            user = await self.client.fetch_user(address["user"])
            channel: Any = user.dm_channel or await user.create_dm()
        else:
            channel = self.client.get_partial_messageable(address["channel"], guild_id=address.get("guild"))
        content = self._writer.content(reply)
        if address.get("message") and address.get("answer") != "plain" and not address.get("token"):
            content["reference"] = discord.MessageReference(
                message_id=int(address["message"]), channel_id=address["channel"], fail_if_not_exists=False)
        message = await channel.send(nonce=nonce, **content)
        return {"channel": address["channel"], "guild": address.get("guild"), "message": str(message.id)}

    async def show(self, status: Address, reply: Reply) -> None:
        """Change the message that shows a job's state."""
        with contextlib.suppress(discord.HTTPException):
            if _alive(status):
                await self._hook(status).edit_message(int(status["message"]), content=reply.text,
                                                      view=view_of(reply.buttons))
            else:
                await self._message(status).edit(content=reply.text, view=view_of(reply.buttons))

    def _message(self, address: Address) -> discord.PartialMessage:
        channel = self.client.get_partial_messageable(address["channel"], guild_id=address.get("guild"))
        return channel.get_partial_message(int(address["message"]))

    async def close_status(self, status: Address) -> None:
        """Take that message away."""
        with contextlib.suppress(discord.HTTPException):
            if _alive(status):
                await self._hook(status).delete_message(int(status["message"]))
            else:
                await self._message(status).delete()

    async def seem_busy(self, address: Address) -> None:
        """The dots; an interaction has its own."""
        if "token" not in address:
            with contextlib.suppress(discord.HTTPException):
                await self.client.http.send_typing(address["channel"])

    async def fetch(self, ref: Mapping[str, Any]) -> bytes:
        """Download an attachment; a link that has lapsed is looked up again."""
        try:
            return await self.client.http.get_from_cdn(ref["url"])
        except discord.HTTPException as error:
            if "message" not in ref:
                raise Unfetched(str(error)) from error
        try:
            channel = self.client.get_partial_messageable(ref["channel"])
            message = await channel.fetch_message(ref["message"])
            attachment = next(a for a in message.attachments if a.id == ref["attachment"])
            return await attachment.read()
        except (discord.HTTPException, StopIteration) as error:
            raise Unfetched(str(error)) from error


def _alive(address: Address) -> bool:
    """Whether the interaction this address came from still takes messages."""
    return "token" in address and address["until"] > time.time()
