"""The connection to Discord, and what people can touch there: buttons that outlive a restart, questions."""

from typing import TYPE_CHECKING, Any

import discord

from bot.adapters.discord_commands import new_tree, sync_when_changed
from bot.adapters.discord_read import read_interaction, read_message
from bot.talk import Question

if TYPE_CHECKING:
    from bot.adapters.discord import DiscordAdapter


class PressItem(discord.ui.DynamicItem[discord.ui.Button], template=r"hb:(?P<data>.+)"):
    """Any of our buttons, also on messages from before a restart."""

    def __init__(self, button: discord.ui.Button, data: str) -> None:
        super().__init__(button)
        self.data = data

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction, item: Any, match: Any, /) -> "PressItem":
        """Out of the button pressed."""
        return cls(item, match["data"])

    async def callback(self, interaction: discord.Interaction) -> None:
        """Hand the press over."""
        client: Any = interaction.client
        message = str(interaction.message.id) if interaction.message else ""
        await client.adapter.respond(
            interaction, read_interaction(interaction, "press", argument=self.data, message=message))


class Ask(discord.ui.Modal):
    """A question with one line to answer on."""

    def __init__(self, adapter: "DiscordAdapter", question: Question) -> None:
        super().__init__(title=question.label[:45], custom_id=f"hb:{question.key}", timeout=900)
        self._adapter, self._question = adapter, question
        self.line: discord.ui.TextInput = discord.ui.TextInput(
            label=question.label[:45], default=question.default[:60] or None, max_length=60, custom_id="line")
        self.add_item(self.line)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Hand the answer over."""
        await self._adapter.respond(interaction, read_interaction(
            interaction, "answer", argument=self.line.value, question=self._question.key))


class Client(discord.Client):
    """The connection; default intents, without the privilege of reading everybody's messages."""

    def __init__(self, adapter: "DiscordAdapter") -> None:
        super().__init__(intents=discord.Intents.default(), allowed_mentions=discord.AllowedMentions.none(),
                         max_messages=None)
        self.adapter = adapter
        self.tree = new_tree(self)

    async def setup_hook(self) -> None:
        """Know our buttons and tell Discord our commands."""
        self.add_dynamic_items(PressItem)
        await sync_when_changed(self.tree, self.adapter.store)

    async def on_message(self, message: discord.Message) -> None:
        """Hand over what is meant for us."""
        if self.user and (request := read_message(message, self.user)):
            await self.adapter.respond_to_message(message, request)
