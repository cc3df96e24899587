"""What a person decides about themselves, and a group about the bot."""

from dataclasses import replace

from bot.dialogue import cards
from bot.dialogue.context import Answer, Context, NotYours, data
from bot.dialogue.history import open_shared
from bot.store.people import ANSWERS, Group, User
from bot.talk import Button, Reply, Rows
from bot.texts import LANGUAGES, choose_language, texts
from core.music import FEELS, GENRES

PAGES = ("genre", "feel", "language", "answer")
NONE = "-"  # "surprise me" in a button's data


def start(context: Context, argument: str) -> Answer:
    """Hello; or the song a link leads to."""
    if argument.startswith("s_"):
        return open_shared(context, argument.removeprefix("s_"))
    return [Reply(context.say("start", name=context.user.name))]


def settings(context: Context, argument: str = "") -> Answer:
    """``/settings``: the person's own; in a group the group's, for those who run it."""
    return [_settings_page(context, "", "new")]


def _is_group(context: Context) -> bool:
    return not context.request.place.private and context.request.runs_place


def _settings_page(context: Context, page: str, how: str) -> Reply:
    say = context.say
    group = _is_group(context)
    who: User | Group = context.group if group else context.user
    verb = "gset" if group else "set"

    def button(label: str, argument: str) -> Button:
        return Button(label, data(verb, context.user.token, argument))

    if page == "genre":
        labels = [(say("genre.surprise"), NONE), *((cards.genre_name(say, g), g) for g in GENRES)]
        rows = _grid([button(label, f"genre={value}") for label, value in labels], 4)
    elif page == "feel":
        rows = _grid([button(say(f"feel.{feel}"), f"feel={feel}") for feel in FEELS], 3)
    elif page == "answer":
        rows = _grid([button(say(f"answer.{way}"), f"answer={way}") for way in _answers(context)], 3)
    elif page == "language":
        rows = _grid([button(texts(code)("language.name"), f"language={code}") for code in LANGUAGES], 2)
    else:
        rows = _grid([button(say(f"settings.{name}"), f"page={name}") for name in PAGES], 2)
        if group:
            rows += ((button(say("settings.off"), "enabled=0"),),)
    if page:
        rows += ((button(say("button.back"), "page="),),)
    language = who.language or choose_language(context.user.client_language)
    text = say("settings.group" if group else "settings.own", genre=_genre(context, who.genre),
               feel=say(f"feel.{who.feel or 'normal'}"), language=texts(language)("language.name"),
               answer=say(f"answer.{who.answer or ANSWERS[0]}"))
    return Reply(text, rows, how=how, private=True)


def _answers(context: Context) -> tuple[str, ...]:
    return tuple(way for way in ANSWERS if way != "thread" or context.links.threads)


def _genre(context: Context, genre: str | None) -> str:
    return cards.genre_name(context.say, genre) if genre else context.say("genre.surprise")


def _grid(buttons: list[Button], width: int) -> Rows:
    return tuple(tuple(buttons[i:i + width]) for i in range(0, len(buttons), width))


def set_own(context: Context, argument: str) -> Answer:
    """A button of the person's settings."""
    name, value = _checked(context, argument)
    if name == "page":
        return [_settings_page(context, value, "edit")]
    if name == "enabled":
        raise NotYours
    context.store.people.prefer(context.user, name, None if value == NONE else value)
    return [_settings_page(_refreshed(context), "", "edit")]


def set_group(context: Context, argument: str) -> Answer:
    """A button of the group's settings; only for those who run the group."""
    if not _is_group(context):
        return [Reply(context.say("group.admins_only"), how="toast")]
    name, value = _checked(context, argument)
    if name == "page":
        return [_settings_page(context, value, "edit")]
    if name == "enabled":
        return off(context, "")
    context.store.people.prefer_in_group(context.request.place, name, None if value == NONE else value)
    return [_settings_page(_refreshed(context), "", "edit")]


def _checked(context: Context, argument: str) -> tuple[str, str]:
    name, _, value = argument.partition("=")
    allowed = {"genre": (*GENRES, NONE), "feel": FEELS, "language": LANGUAGES, "answer": _answers(context),
               "enabled": ("0",), "page": ("", *PAGES)}
    if value not in allowed.get(name, ()):
        raise NotYours
    return name, value


def _refreshed(context: Context) -> Context:
    user = context.store.people.by_id(context.user.id)
    group = context.store.people.group(context.request.place)
    language = choose_language(None if context.request.place.private else group.language, user.language,
                               user.client_language)
    return replace(context, user=user, group=group, say=texts(language))


def language(context: Context, argument: str) -> Answer:
    """``/language``: one's own."""
    wanted = argument.strip().lower()
    for code in LANGUAGES:
        if wanted and wanted in (code, texts(code)("language.name").lower()):
            context.store.people.prefer(context.user, "language", code)
            return [Reply(texts(code)("language.done"), private=True)]
    row = tuple(Button(texts(code)("language.name"), data("set", context.user.token, f"language={code}"))
                for code in LANGUAGES)
    return [Reply(context.say("language.which"), (row,), private=True)]


def privacy(context: Context, argument: str = "") -> Answer:
    """What is stored, for how long, and how to have it back or gone."""
    return [Reply(context.say("privacy", days=round(context.settings.audio_days)), private=True)]


def forget(context: Context, argument: str = "") -> Answer:
    """Show what will go; then let it go, rows and files."""
    say, user = context.say, context.user
    if argument != "yes":
        count = context.store.songs.count(user)
        return [Reply(say("forget.ask", songs=count),
                      ((Button(say("button.really_forget"), data("forget", user.token, "yes")),
                        Button(say("button.keep"), data("keep", user.token))),), private=True)]
    context.line.cancel_all(user)
    context.store.songs.delete_all_files(user)
    context.store.people.forget(user)
    context.store.tunes.drop_index(user.key)
    return [Reply(say("forget.done"), how="edit")]


def forget_command(context: Context, argument: str) -> Answer:
    """``/forget`` always asks first, whatever stands behind it."""
    return forget(context)


def export(context: Context, argument: str = "") -> Answer:
    """Everything we hold on the person, as zips below the platform's limit."""
    return context.submit("export", {})


def off(context: Context, argument: str = "") -> Answer:
    """Be silent in this group."""
    if not _is_group(context):
        return [Reply(context.say("group.admins_only"), private=True)]
    context.store.people.prefer_in_group(context.request.place, "enabled", 0)
    return [Reply(context.say("group.off"))]


def on(context: Context, argument: str = "") -> Answer:
    """Listen in this group again."""
    if not _is_group(context):
        return [Reply(context.say("group.admins_only"), private=True)]
    context.store.people.prefer_in_group(context.request.place, "enabled", 1)
    return [Reply(context.say("group.on"))]
