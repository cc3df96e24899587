"""What a handler has at hand, and the table entries that lead to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.settings import Settings
from bot.store import Store
from bot.store.people import Group, User
from bot.store.songs import Kept
from bot.store.work import Job
from bot.talk import Button, Reply, Request
from bot.texts import Texts


class NotYours(Exception):
    """A song, job or page that is another person's, or is not there: both are told alike."""


class Line(Protocol):
    """Where work is handed in (``bot.line``)."""

    def accept(self, request: Request, user: User, kind: str, payload: Mapping[str, Any]) -> tuple[Job, int]:
        """Journal the job; returns it and how many come before it (-1: it is known already). Raises Busy."""

    def cancel(self, job: Job) -> bool:
        """Call off a queued or running job."""

    def cancel_all(self, user: User) -> int:
        """Call off everything of one person."""


@dataclass(frozen=True)
class Links:
    """How a platform opens a song from elsewhere; empty where it cannot."""

    share: str = "/open {token}"  # what opens a shared song: a link, or a command to send
    bot: str = ""  # a link to a private chat with the bot
    inline: bool = False
    posts_to_channel: bool = False
    threads: bool = False  # whether an answer can open a thread of its own
    can_whisper: bool = False  # whether a reply in a group can be for one person's eyes


@dataclass(frozen=True)
class Context:
    """One request, who asked, and everything needed to answer it."""

    request: Request
    user: User
    group: Group
    say: Texts
    store: Store
    line: Line
    settings: Settings
    links: Links

    def preference(self, name: str) -> str | None:
        """Genre, feel or answer: the group's in a group that set one, else the person's."""
        own = getattr(self.user, name)
        return own if self.request.place.private else getattr(self.group, name) or own

    @property
    def scopes(self) -> tuple[str, ...]:
        """Whose tunes may be named here: where others hear it the place's, else the person's own."""
        place = self.request.place
        if place.private:
            return (self.user.key,)
        return (place.key, self.user.key) if place.whispered else (place.key,)

    def usable(self, token: str) -> Kept:
        """The song of a button, if this person may use it here. Raises NotYours."""
        kept = self.store.songs.by_token(token)
        if kept is None or not self.store.songs.may_use(kept, self.user, self.request.place.key):
            raise NotYours
        return kept

    def own(self, token: str) -> Kept:
        """The song of a button, if it is this person's own. Raises NotYours."""
        kept = self.store.songs.by_token(token)
        if kept is None or kept.owner_id != self.user.id:
            raise NotYours
        return kept

    def numbered(self, text: str) -> Kept:
        """One of the person's own songs by its number. Raises NotYours."""
        digits = text.strip().lstrip("#№")
        kept = self.store.songs.by_number(self.user, int(digits)) if digits.isascii() and digits.isdigit() \
            and len(digits) < 10 else None
        if kept is None:
            raise NotYours
        return kept

    def in_question(self) -> Kept | None:
        """The song a command is about: the one replied to, else the person's latest."""
        request = self.request
        if request.replied:
            kept = self.store.songs.by_post(request.place.key, request.replied)
            if kept and self.store.songs.may_use(kept, self.user, request.place.key):
                return kept
        return self.store.songs.latest(self.user)

    def submit(self, kind: str, payload: Mapping[str, Any]) -> list[Reply]:
        """Hand work in and say so: one message that will show how it goes."""
        job, before = self.line.accept(self.request, self.user, kind, payload)
        return [] if before < 0 else [status(self.say, job, before)]


Answer = list[Reply]


@dataclass(frozen=True)
class Command:
    """A row of the commands' table. ``scope``: everywhere, private, group or host."""

    answer: Callable[[Context, str], Answer]
    scope: str = "everywhere"
    argument: str = ""  # the name of what may follow, for Discord's options
    choices: tuple[str, ...] = ()
    required: bool = False  # whether it must follow, where the platform can insist
    needs_place: bool = False  # whether it matters that the person runs the group


@dataclass(frozen=True)
class Press:
    """A row of the buttons' table: what happens, and who may (``use`` or ``own`` the song, or ``self``:
    the button holds the person's own token; or ``anyone``; ``job`` and ``token``: the handler looks itself)."""

    answer: Callable[..., Answer]
    who: str = "use"


def data(verb: str, token: str, argument: str = "") -> str:
    """A button's data, at most 64 bytes. Raises ValueError beyond."""
    text = f"{verb}:{token}:{argument}"
    if len(text.encode()) > 64:
        raise ValueError(f"button data {text!r}")
    return text


def status(say: Texts, job: Job, before: int) -> Reply:
    """The message that shows how a job is doing, before it starts."""
    if before == 0:
        text = say("status.started")
    else:
        text = say("status.before_one" if before == 1 else "status.before_many", count=before)
    return Reply(text, buttons=((cancel_button(say, job),),), job=job.id)


def cancel_button(say: Texts, job: Job) -> Button:
    """Calls the job off."""
    return Button(say("button.cancel"), data("cancel", job.token))
