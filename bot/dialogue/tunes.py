"""Tunes people teach: a group's to the group, a person's to themselves. Taught, listed, taken back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.dialogue import findings, recordings
from bot.dialogue.context import Answer, Context, NotYours, data
from bot.dialogue.dates import day
from bot.dialogue.wishes import refuse_too_much
from bot.store import Store
from bot.store.people import User
from bot.store.tunes import Tune
from bot.store.work import Job
from bot.talk import Button, Question, Reply, Rows
from bot.texts import Texts
from bot.work_tunes import MIN_NOTES
from core.errors import TooShort

PAGE = 5
TITLE_LETTERS = 60


def teach(context: Context, argument: str) -> Answer:
    """``/teach TITLE``: the sound replied to or attached, else the song in question, is a tune of that name."""
    title = _title(argument)
    sound = context.request.sound
    kept = None if sound else context.in_question()
    if not title or (sound is None and kept is None):
        return [Reply(context.say("teach.how"))]
    if full := _full(context):
        return full
    if sound is not None:
        refuse = recordings.refuse_too_much if sound.kind in recordings.UPLOADED else refuse_too_much
        refuse(context, sound)
        return context.submit("teach", {"sound": sound.to_json(), "scope": _scope(context), "name": title})
    assert kept is not None
    return _learn(context, title, kept.song().lead_sheet.melody.to_json())


def learned(store: Store, say: Texts, job: Job, user: User, made: Mapping[str, Any], _paths: Sequence[Path]) -> Answer:
    """The reply, once a worker has written the tune down."""
    tune = store.tunes.teach(job.payload["scope"], user, job.payload["name"], made["melody"], job.id)
    return [_thanks(say, tune, private=job.place["private"])]


def ask(context: Context, token: str, _argument: str) -> Answer:
    """The button under a tune we did not know: what is it called?"""
    findings.asked(context, token)
    return [Reply(context.say("teach.ask"), question=Question(f"teach:{token}", context.say("teach.label")))]


def name(context: Context, token: str, text: str) -> Answer:
    """The answer to that."""
    finding = findings.asked(context, token)
    title = _title(text)
    if not title:
        return ask(context, token, "")
    return _full(context) or _learn(context, title, finding.melody)


def _title(text: str) -> str:
    return " ".join(text.split())[:TITLE_LETTERS]


def _scope(context: Context) -> str:
    """Whose tune it becomes: in a group the group's."""
    place = context.request.place
    return context.user.key if place.private else place.key


def _full(context: Context) -> Answer:
    limit = context.settings.tunes_per_scope
    if context.store.tunes.count(_scope(context)) < limit:
        return []
    return [Reply(context.say("teach.full", count=limit), private=True)]


def _learn(context: Context, title: str, melody: Mapping[str, Any]) -> Answer:
    if len(melody["notes"]) < MIN_NOTES:
        raise TooShort(limit_s=3.0)
    tune = context.store.tunes.teach(_scope(context), context.user, title, melody)
    return [_thanks(context.say, tune, private=context.request.place.private)]


def _thanks(say: Texts, tune: Tune, *, private: bool) -> Reply:
    return Reply(say("teach.done_private" if private else "teach.done", title=tune.title))


def tunes(context: Context, argument: str = "") -> Answer:
    """``/tunes``: what was taught here."""
    return [_page(context, 0)]


def turn(context: Context, argument: str) -> Answer:
    """Another page, in the place of the one shown."""
    page = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 6 else 0
    return [_page(context, page, how="edit")]


def _page(context: Context, page: int, how: str = "new") -> Reply:
    say, shelf = context.say, context.store.tunes
    scope = _scope(context)
    total = shelf.count(scope)
    own = scope == context.user.key
    if not total:
        return Reply(say("tunes.empty_own" if own else "tunes.empty"), private=True, how=how)
    pages = -(-total // PAGE)
    page = min(page, pages - 1)
    shown = shelf.page(scope, page * PAGE, PAGE)
    lines = [say("tunes.title_own" if own else "tunes.title", count=total, page=page + 1, pages=pages)]
    lines += [say("tunes.line", number=number, title=tune.title, day=day(say, tune.created_at),
                  name=context.store.people.by_id(tune.owner_id).name)
              for number, tune in enumerate(shown, page * PAGE + 1)]
    rows: Rows = (tuple(Button(str(number), data("taught", tune.token))
                        for number, tune in enumerate(shown, page * PAGE + 1)),)
    turns = [Button(say(label), data("tunes", context.user.token, str(to)))
             for label, to in (("button.newer", page - 1), ("button.older", page + 1)) if 0 <= to < pages]
    if turns:
        rows += (tuple(turns),)
    return Reply("\n".join(lines), rows, private=True, how=how)


def show(context: Context, token: str, _argument: str) -> Answer:
    """One tune of the list, with what can be done."""
    say = context.say
    tune = findings.taught_here(context, token)
    uses = (Button(say("found.button_leaf"), data("leaf", token)),
            Button(say("found.button_band"), data("band", token)))
    rows: Rows = (uses, (Button(say("button.back"), data("tunes", context.user.token, "0")),))
    if _may_remove(context, tune):
        rows = (uses, (Button(say("tunes.button_remove"), data("unteach", token)), *rows[1]))
    return [Reply(say("tunes.line", number="🎼", title=tune.title, day=day(say, tune.created_at),
                      name=context.store.people.by_id(tune.owner_id).name), rows, how="edit")]


def _may_remove(context: Context, tune: Tune) -> bool:
    return tune.owner_id == context.user.id or (context.request.runs_place and tune.scope != context.user.key)


def remove(context: Context, token: str, _argument: str) -> Answer:
    """Whoever taught it, or runs the group, takes it back."""
    tune = findings.taught_here(context, token)
    if not _may_remove(context, tune):
        raise NotYours
    context.store.tunes.delete(tune)
    return [Reply(context.say("tunes.removed", title=tune.title), how="edit")]
