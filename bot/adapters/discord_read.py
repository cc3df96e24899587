"""Discord's messages and interactions, read into Requests. Pure: nothing is fetched or sent here."""

import time
from dataclasses import replace
from typing import Any

import discord

from bot.adapters.sounds import is_midi, is_sound
from bot.talk import Person, Place, Request, Sound

NAME = "discord"
TOKEN_S = 14 * 60  # interaction tokens live fifteen minutes


def read_message(message: discord.Message, me: discord.ClientUser) -> Request | None:
    """The request in a message; None where nobody asked the bot for anything."""
    if message.author.bot or message.type not in (discord.MessageType.default, discord.MessageType.reply):
        return None
    place = place_of(message.channel, message.guild)
    referenced = message.reference.resolved if message.reference else None
    replied = referenced if isinstance(referenced, discord.Message) else None
    sound = sound_of(message)
    if not place.private:
        if not any(user.id == me.id for user in message.mentions):
            return None
        sound = sound or (sound_of(replied) if replied else None)
    fields: dict[str, Any] = {
        "key": f"{NAME}:m{message.id}", "person": person_of(message.author), "place": place,
        "address": {"channel": message.channel.id, "guild": message.guild.id if message.guild else None,
                    "message": str(message.id)},
        "replied": str(replied.id) if replied else "", "message": str(message.id),
    }
    return Request(verb="sound", sound=sound, **fields) if sound else Request(verb="song", **fields)


def read_interaction(interaction: discord.Interaction, verb: str, **fields: Any) -> Request:
    """The request in a command, a press or an answer."""
    message = interaction.message
    whispered = bool(message and message.flags.ephemeral)
    place = place_of(interaction.channel, interaction.guild, whispered=whispered, guild_id=interaction.guild_id)
    # An app of one's own works in a chat with a friend too: a direct message, but not with the bot.
    private = place.private and not interaction.context.private_channel
    place = replace(place, id=place.id or str(interaction.channel_id), private=private)
    address = {"channel": interaction.channel_id, "guild": interaction.guild_id, "message": "",
               "app": interaction.application_id, "token": interaction.token, "until": time.time() + TOKEN_S,
               "user": interaction.user.id, "whispered": whispered}
    return Request(key=f"{NAME}:i{interaction.id}", person=person_of(interaction.user, str(interaction.locale)),
                   place=place, address=address, verb=verb,
                   runs_place=bool(interaction.guild_id and interaction.permissions.manage_guild), **fields)


def person_of(user: discord.abc.User, language: str = "") -> Person:
    """Who wrote."""
    return Person(NAME, str(user.id), user.display_name, language)


def place_of(channel: Any, guild: discord.Guild | None, *, whispered: bool = False,
             guild_id: int | None = None) -> Place:
    """Where it was written. Only a direct message with the bot is private; a group of friends is not."""
    group = str(guild.id if guild else guild_id or "")
    private = not group and not isinstance(channel, discord.GroupChannel) and \
        getattr(channel, "type", None) != discord.ChannelType.group
    title = guild.name if guild else ""
    return Place(NAME, str(place_id(channel)), private, title, group, whispered)


def place_id(channel: Any) -> Any:
    """The channel's id; a public thread belongs to the channel it hangs on."""
    if isinstance(channel, discord.Thread) and not channel.is_private():
        return channel.parent_id
    return getattr(channel, "id", "")


def sound_of(message: discord.Message) -> Sound | None:
    """The first voice message, recording or MIDI file in a message."""
    if message.author.bot:
        return None  # a band is no hum
    found = (sound_in(attachment, message) for attachment in message.attachments)
    return next((sound for sound in found if sound), None)


def sound_in(attachment: discord.Attachment, message: discord.Message | None = None) -> Sound | None:
    """What kind of sound an attachment is, if it is one. A voice message carries a flag; ``.mid`` is no hum."""
    ref: dict[str, Any] = {"url": attachment.url, "attachment": attachment.id}
    if message:
        ref |= {"channel": message.channel.id, "message": message.id}
    said_in: dict[str, str] = {}
    if message:
        author = person_of(message.author)
        said_in = {"message": str(message.id), "by": author.key, "by_name": author.name}
    voice = attachment.is_voice_message() or bool(message and message.flags.voice)
    if not voice and is_midi(attachment.content_type, attachment.filename):
        return Sound(ref, "midi", attachment.size, None, **said_in)
    if voice or is_sound(attachment.content_type, attachment.filename):
        return Sound(ref, "voice" if voice else "audio", attachment.size, attachment.duration, **said_in)
    return None
