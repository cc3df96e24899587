"""The conversation, once for every chat: a Request comes in, Replies go out. No chat is named in here."""

import sqlite3
from dataclasses import dataclass, field, replace

import structlog

from bot.dialogue import history, persons, tables, wishes
from bot.dialogue.context import Answer, Command, Context, Line, Links, NotYours, Press
from bot.settings import Settings
from bot.store import Store
from bot.talk import Button, InlineSong, Reply, Request
from bot.texts import Texts, choose_language, texts
from core.errors import HumbandError

__all__ = ["Command", "Context", "Dialogue", "Links", "NotYours", "Press", "explain"]
log = structlog.get_logger(__name__)


@dataclass
class Dialogue:
    """Answers requests. ``links`` holds what each platform can do, by its name."""

    settings: Settings
    store: Store
    line: Line
    links: dict[str, Links] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer:
        """What the bot says to a request, at once; work is handed to the line. Never raises."""
        say = texts(choose_language(request.person.language))
        try:
            context = self.context(request)
            say = context.say
            if context.user.blocked or not self._listens(context):
                return []
            manner = context.preference("answer") or ""
            return [replace(reply, language=say.language, manner=manner) for reply in self._route(context)]
        except NotYours:
            return [_aside(request, say("error.not_yours"))]
        except HumbandError as error:
            return [_aside(request, explain(say, error.code, error.details))]
        except sqlite3.OperationalError as error:
            log.error("database_unavailable", error=str(error), update=request.key)
            return [_aside(request, say("error.disk_full" if "full" in str(error) else "error.database"))]
        except Exception:
            log.exception("request_failed", update=request.key, verb=request.verb)
            return [_aside(request, say("error.internal"))]

    def context(self, request: Request) -> Context:
        """Everything the handlers need to answer."""
        user = self.store.people.meet(request.person)
        group = self.store.people.group(request.place)
        say = texts(choose_language(user.language, None if request.place.private else group.language,
                                    user.client_language))
        context = Context(request, user, group, say, self.store, self.line, self.settings,
                          self.links.get(request.person.platform, Links()))
        if answer := context.preference("answer"):
            context = replace(context, request=replace(request, address={**request.address, "answer": answer}))
        return context

    def inline(self, request: Request) -> list[InlineSong]:
        """The person's songs that can be posted anywhere."""
        context = self.context(request)
        return [] if context.user.blocked else history.inline(context, request.argument)

    def suggest(self, request: Request) -> list[tuple[str, str]]:
        """What an option (``question``) could be by what they have typed so far: label and value."""
        suggestions = tables.SUGGESTIONS.get(request.question)
        return suggestions(self.context(request), request.argument) if suggestions else []

    def needs_place(self, request: Request) -> bool:
        """Whether it matters for the answer that the person runs the group."""
        command = tables.COMMANDS.get(request.verb)
        pressed = request.argument.partition(":")[0] if request.verb == "press" else ""
        return not request.place.private and bool((command and command.needs_place) or pressed in tables.NEED_PLACE)

    def _listens(self, context: Context) -> bool:
        return context.request.place.private or context.group.enabled or context.request.verb == "on"

    def _route(self, context: Context) -> Answer:
        request = context.request
        if request.verb == "press":
            return self._pressed(context)
        if request.verb == "answer":
            name, _, token = request.question.partition(":")
            asked = tables.QUESTIONS.get(name)
            if asked is None:
                raise NotYours
            return asked.answer(context, context.own(token) if asked.who == "own" else token, request.argument)
        if request.verb == "sound" and request.sound:
            return wishes.hum(context, request.sound)
        if request.verb == "hello":
            return persons.start(context, "")
        command = tables.COMMANDS.get(request.verb)
        if command is None or (command.scope == "host" and context.user.key not in self.settings.admin_ids):
            quiet = not request.place.private and not context.links.can_whisper
            return [] if quiet else [Reply(context.say("error.unknown"), private=True)]
        if command.scope == "private" and not request.place.private and not context.links.can_whisper:
            link = context.links.bot
            return [Reply(context.say("private_only"), ((Button(context.say("button.private"), url=link),),))]
        return command.answer(context, request.argument)

    def _pressed(self, context: Context) -> Answer:
        verb, _, rest = context.request.argument.partition(":")
        token, _, argument = rest.partition(":")
        press = tables.BUTTONS.get(verb)
        if press is None:
            raise NotYours
        if press.who == "job":
            return press.answer(context, token)
        if press.who == "token":
            return press.answer(context, token, argument)
        if press.who in ("self", "anyone"):
            if press.who == "self" and token != context.user.token:
                raise NotYours
            return press.answer(context, argument)
        kept = context.own(token) if press.who == "own" else context.usable(token)
        return press.answer(context, kept, argument)


def explain(say: Texts, code: str, details: dict[str, object]) -> str:
    """The sentence for an error a person can be told."""
    name = f"error.{code}"
    try:
        return say(name if name in say else "error.error", **details)
    except KeyError:
        return say("error.error")


def _aside(request: Request, text: str) -> Reply:
    """A passing word after a button, a message after anything else."""
    return Reply(text, how="toast" if request.verb == "press" else "new", private=True)
