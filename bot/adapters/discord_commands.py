"""The dialogue's commands as Discord knows them: slash commands with options, and message context menus."""

import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.app_commands import locale_str

from bot.dialogue.context import Command
from bot.dialogue.tables import COMMANDS, SUGGESTIONS
from bot.store import Store
from bot.texts import choose_language, texts

log = structlog.get_logger(__name__)
FACT = "discord_commands"
CHOICES_SHOWN = 25
OnCommand = Callable[[discord.Interaction, str, dict[str, Any]], Awaitable[None]]
Suggest = Callable[[discord.Interaction, str, str], list[tuple[str, str]]]


class Translator(app_commands.Translator):
    """Descriptions in the person's language; the names stay, as everywhere."""

    async def translate(self, string: locale_str, locale: discord.Locale, context: Any) -> str | None:
        """The text of our key, for locales we speak."""
        key, language = string.extras.get("key"), choose_language(str(locale))
        if key is None or not str(locale).lower().startswith(language):
            return None
        return texts(language)(key)


def text(key: str) -> locale_str:
    """An English text that Discord gets in our other languages too."""
    return locale_str(texts("en")(key), key=key)


def new_tree(client: discord.Client) -> app_commands.CommandTree:
    """Commands for servers and for single users, in channels, direct messages and groups of friends."""
    return app_commands.CommandTree(
        client, allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True))


def add_commands(tree: app_commands.CommandTree, on_command: OnCommand, suggest: Suggest, *, hosts: bool) -> None:
    """Put the table's commands and the context menus into the tree."""
    for name, command in COMMANDS.items():
        if command.scope == "host" and not hosts:
            continue
        tree.add_command(_slash(name, command, on_command, suggest))

    async def make_a_song(interaction: discord.Interaction, message: discord.Message) -> None:
        await on_command(interaction, "song", {"message": message})

    async def what_tune(interaction: discord.Interaction, message: discord.Message) -> None:
        await on_command(interaction, "identify", {"message": message})

    tree.add_command(app_commands.ContextMenu(name=text("command.menu_song"), callback=make_a_song))
    tree.add_command(app_commands.ContextMenu(name=text("command.menu_identify"), callback=what_tune))


def _slash(name: str, command: Command, on_command: OnCommand, suggest: Suggest) -> app_commands.Command:
    options = [] if name == "start" else command.argument.split()

    async def run(interaction: discord.Interaction, **given: Any) -> None:
        await on_command(interaction, name, given)

    parameters = [inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD,
                                    annotation=discord.Interaction)]
    for option in options:
        kind: Any = discord.Attachment if option == "sound" else str
        parameters.append(inspect.Parameter(
            option, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=kind if command.required else kind | None,
            default=inspect.Parameter.empty if command.required else None))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    slash: app_commands.Command = app_commands.Command(
        name=name, description=text(f"command.{name}"), callback=run, guild_ids=None)
    for option in options:
        parameter = slash._params[option]
        parameter.description = text(f"option.{option}")
        if command.choices:
            parameter.choices = [
                app_commands.Choice(name=text(f"{option}.{choice}"), value=choice) for choice in command.choices]
    for option in SUGGESTIONS.keys() & set(options):
        slash.autocomplete(option)(_completer(option, suggest))
    return slash


def _completer(option: str, suggest: Suggest) -> Any:
    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=label[:100], value=value)
                for label, value in suggest(interaction, option, typed)[:CHOICES_SHOWN]]

    return complete


async def sync_when_changed(tree: app_commands.CommandTree, store: Store) -> None:
    """Tell Discord the commands, unless it knows them already."""
    await tree.set_translator(Translator())
    client_id = tree.client.application_id
    rows = [await command.get_translated_payload(tree, Translator()) for command in tree.get_commands()]
    digest = hashlib.sha256(json.dumps([client_id, rows], sort_keys=True, default=str).encode()).hexdigest()
    if store.fact(FACT) == digest:
        return
    try:
        await tree.sync()
    except discord.HTTPException as error:
        log.warning("commands_not_set", error=str(error))
    else:
        store.keep_fact(FACT, digest)
