"""The bot's name, description and command menus on Telegram: set at start, and only when they changed."""

import hashlib
import json

import structlog
from telegram import BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.dialogue.tables import COMMANDS
from bot.store import Store
from bot.texts import LANGUAGES, texts

log = structlog.get_logger(__name__)
FACT = "telegram_menu"
SCOPES = {
    "private": (BotCommandScopeAllPrivateChats(), ("everywhere", "private")),
    "group": (BotCommandScopeAllGroupChats(), ("everywhere", "group")),
}


def wanted() -> dict[str, dict[str, object]]:
    """For each language what Telegram should show; English stands for every other language."""
    menus: dict[str, dict[str, object]] = {}
    for language in LANGUAGES:
        say = texts(language)
        menus[language] = {
            "name": say("bot.name"), "short": say("bot.short"), "description": say("bot.description"),
            **{scope: [(name, say(f"command.{name}")) for name, command in COMMANDS.items()
                       if command.scope in kinds and name != "start"] for scope, (_, kinds) in SCOPES.items()},
        }
    return menus


async def set_menu(bot: ExtBot, store: Store) -> None:
    """Bring Telegram up to date. Failing is no reason not to serve: it is tried again at the next start."""
    menus = wanted()
    digest = hashlib.sha256(json.dumps([bot.id, menus], sort_keys=True).encode()).hexdigest()
    if store.fact(FACT) == digest:
        return
    try:
        for i, (language, menu) in enumerate(menus.items()):
            code = language if i else None
            await bot.set_my_name(str(menu["name"]), language_code=code)
            await bot.set_my_short_description(str(menu["short"]), language_code=code)
            await bot.set_my_description(str(menu["description"]), language_code=code)
            for scope, (where, _) in SCOPES.items():
                await bot.set_my_commands(menu[scope], scope=where, language_code=code)  # type: ignore[arg-type]
    except TelegramError as error:
        log.warning("menu_not_set", error=str(error))
    else:
        store.keep_fact(FACT, digest)
