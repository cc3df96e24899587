"""Every command and every button, once. A new one is a row here, its texts, and its handler."""

from collections.abc import Callable

from bot.dialogue import findings, history, hosts, inventions, library, persons, recordings, tapping, tunes, wishes
from bot.dialogue.context import Answer, Command, Context, NotYours, Press
from bot.store.songs import Kept
from bot.talk import Reply
from core.music import FEELS, GENRES

Wisher = Callable[[Context, Kept, str], Answer]


def about_song(wish: Wisher) -> Callable[[Context, str], Answer]:
    """A command about the song replied to, or else the person's latest."""

    def answer(context: Context, argument: str) -> Answer:
        kept = context.in_question()
        return wish(context, kept, argument) if kept else [Reply(context.say("song.none_yet"))]

    return answer


def help_(context: Context, argument: str = "") -> Answer:
    """``/help``: the table below, as far as it serves here."""
    say = context.say
    rows = [say("help.line", command=name, what=say(f"command.{name}"))
            for name, command in COMMANDS.items() if command.scope in ("everywhere", "private") and name != "start"]
    return [Reply("\n".join([say("help.title"), *rows, say("help.end")]), private=True)]


def cancel_all(context: Context, argument: str = "") -> Answer:
    """``/cancel``: whatever of the person's waits or runs."""
    count = context.line.cancel_all(context.user)
    return [Reply(context.say("cancel.done" if count else "cancel.nothing"), private=True)]


def cancel(context: Context, token: str) -> Answer:
    """The button under a job's state."""
    job = context.store.work.by_token(token)
    if job is None or job.user_id != context.user.id:
        raise NotYours
    if not context.line.cancel(job):
        return [Reply(context.say("cancel.too_late"), how="toast")]
    return [Reply(context.say("cancel.done"), how="edit")]


def retry(context: Context, token: str) -> Answer:
    """Try a failed job again."""
    job = context.store.work.by_token(token)
    if job is None or job.user_id != context.user.id or job.state != "failed":
        raise NotYours
    return context.submit(job.kind, job.payload)


COMMANDS: dict[str, Command] = {
    "start": Command(persons.start, argument="token"),
    "help": Command(help_),
    "song": Command(wishes.song, argument="sound"),
    "genre": Command(about_song(wishes.genre), argument="genre", choices=GENRES),
    "again": Command(about_song(wishes.again)),
    "tempo": Command(about_song(wishes.tempo), argument="tempo"),
    "tap": Command(tapping.tap, argument="sound"),
    "key": Command(about_song(wishes.key), argument="key"),
    "feel": Command(about_song(wishes.feel), argument="feel", choices=FEELS),
    "piano": Command(recordings.piano, argument="sound"),
    "transcribe": Command(recordings.transcribe, argument="player sound"),
    "sheet": Command(recordings.sheet, argument="instrument sound"),
    "identify": Command(findings.identify, argument="sound"),
    "teach": Command(tunes.teach, argument="tune sound"),
    "tunes": Command(tunes.tunes),
    "compose": Command(inventions.compose, argument="style bars"),
    "continue": Command(inventions.continue_number, argument="number"),
    "vary": Command(inventions.vary_number, argument="number way"),
    "blend": Command(inventions.blend_numbers, argument="number other"),
    "library": Command(library.library),
    "history": Command(history.history, scope="private"),
    "play": Command(history.play_number, argument="number"),
    "title": Command(history.title, argument="number name", required=True),
    "share": Command(history.share_number, argument="number"),
    "open": Command(history.open_shared, argument="code", scope="private", required=True),
    "delete": Command(history.delete_number, argument="number", scope="private", required=True),
    "cancel": Command(cancel_all),
    "settings": Command(persons.settings, needs_place=True),
    "language": Command(persons.language, argument="language"),
    "privacy": Command(persons.privacy),
    "export": Command(persons.export, scope="private"),
    "forget": Command(persons.forget_command, scope="private"),
    "off": Command(persons.off, scope="group", needs_place=True),
    "on": Command(persons.on, scope="group", needs_place=True),
    "stats": Command(hosts.stats, scope="host"),
    "block": Command(hosts.block, scope="host", argument="person", required=True),
    "unblock": Command(hosts.unblock, scope="host", argument="person", required=True),
}

BUTTONS: dict[str, Press] = {
    "heard": Press(wishes.heard),
    "again": Press(wishes.again),
    "genre": Press(wishes.genre),
    "tempo": Press(wishes.tempo),
    "tap": Press(tapping.ask, who="own"),
    "shift": Press(wishes.shift),
    "feel": Press(wishes.feel),
    "stems": Press(wishes.stems),
    "menu": Press(wishes.menu),
    "tune": Press(findings.of_song),
    "continue": Press(inventions.go_on),
    "vary": Press(inventions.vary),
    "blend": Press(inventions.blend),
    "piano": Press(recordings.piano_of, who="own"),
    "voiced": Press(recordings.voiced, who="own"),
    "sheet": Press(recordings.sheet_of),
    "practise": Press(recordings.practise),
    "left": Press(recordings.again_as("piano", left_hand=True), who="job"),
    "notes": Press(recordings.again_as("transcribe"), who="job"),
    "score": Press(recordings.again_as("sheet"), who="job"),
    "play": Press(history.play),
    "midi": Press(history.midi),
    "join": Press(wishes.join, who="own"),
    "show": Press(history.show, who="own"),
    "rename": Press(history.rename, who="own"),
    "share": Press(history.share, who="own"),
    "unshare": Press(history.unshare, who="own"),
    "post": Press(history.post, who="own"),
    "delete": Press(history.delete, who="own"),
    "history": Press(history.turn, who="self"),
    "set": Press(persons.set_own, who="self"),
    "gset": Press(persons.set_group, who="anyone"),
    "forget": Press(persons.forget, who="self"),
    "keep": Press(history.keep, who="self"),
    "compose": Press(inventions.compose, who="self"),
    "library": Press(library.turn, who="self"),
    "tunes": Press(tunes.turn, who="self"),
    "yes": Press(findings.yes, who="token"),
    "no": Press(findings.no, who="token"),
    "leaf": Press(findings.leaf, who="token"),
    "band": Press(findings.band, who="token"),
    "teach": Press(tunes.ask, who="token"),
    "taught": Press(tunes.show, who="token"),
    "unteach": Press(tunes.remove, who="token"),
    "cancel": Press(cancel, who="job"),
    "retry": Press(retry, who="job"),
}
QUESTIONS: dict[str, Press] = {"rename": Press(history.name, who="own"), "teach": Press(tunes.name, who="token")}
NEED_PLACE = frozenset({"gset", "taught", "unteach"})
# What can be completed while somebody types, by the option's name.
SUGGESTIONS: dict[str, Callable[[Context, str], list[tuple[str, str]]]] = {
    "number": history.suggest, "other": history.suggest, "style": inventions.suggest_styles,
    "way": inventions.suggest_ways,
}
