"""People in Discord channels, talking to the real adapter inside simcord: the one place that knows simcord."""

import re

import discord
import simcord

from bot.adapters.discord import DiscordAdapter
from tests.e2e.stage import Seen, kind_of_file, settled

VOICE_FLAG = 1 << 13


class DiscordStage:
    """One service, one simulated Discord, any number of people."""

    platform = "discord"

    def __init__(self, make_service):
        self._make_service = make_service

    async def __aenter__(self):
        self.service = self._make_service()
        self.adapter = self.service.add(lambda service: DiscordAdapter(service, "fake"))
        self._run = simcord.run(self.adapter.client, approved_intents=discord.Intents.default(), settle_timeout=20)
        self.env = await self._run.__aenter__()
        await self.service.start(connect=False)
        self.guild = self.env.create_guild()
        self.channel = self.guild.create_text_channel("choir")
        return self

    async def __aexit__(self, *error):
        await self.service.stop(0)
        await self._run.__aexit__(*error)

    def person(self, name):
        """In a direct message with the bot."""
        return DiscordPerson(self, self.env.create_user(name), None)

    def member(self, person, **options):
        """The same person in the server's channel."""
        return DiscordPerson(self, person.user, self.guild.add_member(person.user, **options))

    async def settle(self):
        await self.env.settle()
        await settled(self.service)
        await self.env.settle()


class DiscordPerson:
    """Somebody with the app in their hand."""

    def __init__(self, stage, user, member):
        self.stage, self.env, self.user, self.member = stage, stage.env, user, member
        self.id, self.name = user.id, user.name
        self.actor = member or user
        self.channel = stage.channel if member else user.dm_channel

    # -- doing

    async def hum(self, data=b"a fine hum", duration=5, name="voice-message.ogg", content="", flags=VOICE_FLAG):
        return await self.step(self._send(content, [(name, data)], flags))

    async def _send(self, content="", attachments=(), flags=0, reply_to=None):
        backend = self.env.backend
        stored = backend.store_attachments(self.channel.id, attachments)
        reference = None
        if reply_to:
            reference = backend.normalize_message_reference(
                self.channel.id, {"channel_id": str(self.channel.id), "message_id": str(reply_to.id)})
        message = backend.create_message(self.channel.id, self.id, content, attachments=stored, flags=flags,
                                         reference=reference)
        await self.env.settle()
        return message

    async def hum_only(self, data):
        return await self._send("", [("voice-message.ogg", data)], VOICE_FLAG)

    async def hum_to(self, message, data):
        return await self.step(self._send("", [("voice-message.ogg", data)], VOICE_FLAG, reply_to=message))

    async def hum_in_reply(self):
        first = next(m for m in self.screen() if not m.author.bot)
        return await self.step(self._send("", [("voice-message.ogg", b"chorus")], VOICE_FLAG, reply_to=first))

    async def press_only(self, label):
        message = self.message_with(label)
        return await self.actor.click(message, custom_id=self.button(message, label).custom_id)

    @staticmethod
    def text_of(message):
        return message.content

    async def says(self, text):
        return await self.step(self._send(text))

    async def command(self, name, /, **options):
        return await self.step(self._slash(name, options))

    async def _slash(self, name, options):
        options = {key: value if isinstance(value, tuple) else str(value) for key, value in options.items()}
        if self.member:
            return await self.member.slash(self.channel, name, **options)
        return await self.user.slash(name, **options)

    async def menu(self, name, message):
        return await self.step(self.member.context_menu(self.channel, name, message))

    async def press(self, label, message=None):
        message = message or self.message_with(label)
        button = self.button(message, label)
        result = await self.step(self.actor.click(message, custom_id=button.custom_id))
        return result

    async def answers(self, text):
        return await self.step(self.actor.submit_modal(self.modal, {"line": text}))

    async def forge(self, data, message=None):
        """Press with any data: a forged client can do that."""
        from simcord.actors import _component_interaction

        message = message or next(m for m in reversed(self.screen()) if m.components)
        stored = self.env.backend.get_message(self.channel.id, message.id)
        row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": f"hb:{data}"}]}
        real, stored.components = stored.components, [row]
        try:
            return await self.step(_component_interaction(
                self.actor, stored, {"custom_id": f"hb:{data}", "component_type": 2}))
        finally:
            stored.components = real

    async def open_link(self, seen_text):
        return await self.command("open", code=re.search(r"/open (\S+)", seen_text)[1])

    # -- seeing

    def screen(self):
        return self.channel.history(viewer=self.actor)

    def message_with(self, label):
        return next(m for m in reversed(self.screen()) if self.button(m, label))

    @staticmethod
    def button(message, label):
        return next((b for row in message.components for b in row.children if label in b.label), None)

    async def step(self, action):
        before = {m.id: _look(m).lines() for m in self.screen()}
        result = await action
        await self.stage.settle()
        seen = Seen()
        if isinstance(result, simcord.InteractionResult) and result.modal:
            self.modal = result
            seen.asked = True
        for message in self.screen():
            looked = _look(message)
            if message.author.bot and before.get(message.id) != looked.lines():
                seen.texts += looked.texts
                seen.buttons += looked.buttons
                seen.files += looked.files
        return seen


def _look(message):
    seen = Seen(texts=[text for text in (message.content, *(e.description for e in message.embeds)) if text])
    seen.buttons = [button.label for row in message.components for button in row.children]
    seen.files = [kind_of_file(a.filename, audio=a.filename.endswith(".mp3")) for a in message.attachments]
    return seen
