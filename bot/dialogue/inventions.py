"""New melodies: out of nothing in a style, and out of songs: going on, varied, half-way to another."""

import re
import secrets
from dataclasses import replace
from typing import Any

from bot.dialogue.context import Answer, Context, NotYours, data
from bot.store import Store
from bot.store.songs import Kept
from bot.talk import Button, Reply, Rows
from bot.texts import Texts
from core import studio
from core.errors import BadWish
from core.music import Wish

BARS, MIN_BARS, MAX_BARS, MAX_TUNE_BARS = 8, 4, 32, 96
TITLE_LETTERS = 60
KINDS_PER_PAGE, SONGS_PER_PAGE = 6, 4
ANY = "any"  # a kind of variation left to the dice
STEPS, MIDDLE = 5, 3  # of the walk from one tune to another
NUMBER = re.compile(r"[#№]?\d{1,9}")


def compose(context: Context, argument: str) -> Answer:
    """``/compose STYLE [BARS]``; without a style we know, the styles there are."""
    say, words = context.say, argument.split()
    style = _named(say, "style", studio.STYLES, words[0]) if words else None
    if style is None:
        text = say("compose.unknown", style=words[0][:40]) if words else say("compose.which")
        names = ", ".join(say(f"style.{name}") for name in studio.STYLES)
        return [Reply(f"{text}\n{names}", _grid([Button(say(f"style.{name}"), data("compose", context.user.token, name))
                                                 for name in studio.STYLES], 5))]
    wish = Wish(feel=context.preference("feel") or "normal")
    return context.submit("invent", {
        "style": style, "bars": _bars(" ".join(words[1:])), "seed": _seed(), "wish": wish.to_json(),
        "title": say("grown.invented", style=say(f"style.{style}"))[:TITLE_LETTERS]})


def _bars(text: str) -> int:
    if not text:
        return BARS
    if not (text.isascii() and text.isdigit() and MIN_BARS <= int(text[:4]) <= MAX_BARS):
        raise BadWish(wish=text[:40], choices=f"{MIN_BARS}-{MAX_BARS}")
    return int(text)


def _named(say: Texts, family: str, names: tuple[str, ...], word: str) -> str | None:
    """The name somebody means, in any case, in ours or their own language."""
    return next((name for name in names if word.casefold() in (name, say(f"{family}.{name}").casefold())), None)


def _seed() -> int:
    return secrets.randbelow(2**31)


def _grid(buttons: list[Button], width: int) -> Rows:
    return tuple(tuple(buttons[i:i + width]) for i in range(0, len(buttons), width))


def suggest_styles(context: Context, typed: str) -> list[tuple[str, str]]:
    """Styles while somebody types."""
    return _suggested(context.say, "style", studio.STYLES, typed)


def suggest_ways(context: Context, typed: str) -> list[tuple[str, str]]:
    """Kinds of variation while somebody types."""
    return _suggested(context.say, "way", studio.KINDS, typed)


def _suggested(say: Texts, family: str, names: tuple[str, ...], typed: str) -> list[tuple[str, str]]:
    labels = [(say(f"{family}.{name}"), name) for name in names]
    return [(label, name) for label, name in labels if typed.casefold() in label.casefold() or typed.lower() in name]


# -- songs from songs


def _grow(context: Context, kind: str, parents: list[Kept], title: str, **more: Any) -> Answer:
    """Hand it in: the first parent's band plays, and who hummed what we grow from is named."""
    song = parents[0].song()
    wish = replace(song.wish, genre=song.genre, seed=song.seed)
    owners = [context.store.people.by_id(kept.owner_id) for kept in parents]
    others = dict.fromkeys(owner.name for owner in owners if owner.id != context.user.id)
    payload = {"song_id": parents[0].id, "parents": [kept.id for kept in parents], "wish": wish.to_json(),
               "title": title[:TITLE_LETTERS], "credit": ", ".join(others) or parents[0].credit, **more}
    return context.submit(kind, payload)


def go_on(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """The tune, and what comes after it."""
    bars = kept.song().lead_sheet.melody.bars
    if bars > MAX_TUNE_BARS - BARS:
        return [Reply(context.say("grown.long_enough", title=kept.title, bars=bars))]
    return _grow(context, "continue", [kept], continued(context.say, kept.title), bars=BARS, seed=_seed())


def continued(say: Texts, title: str) -> str:
    """``Sunday``, ``Sunday, continued``, ``Sunday, continued ×2``, ``×3``."""
    once = say("grown.continued", title="")
    first, cut, rest = title.rpartition(once)
    if not cut or not re.fullmatch(r"( ×\d{1,3})?", rest):
        return title[:TITLE_LETTERS - len(once)] + once
    number = int(rest[2:] or 1) + 1
    return say("grown.continued_again", title=first[:TITLE_LETTERS - len(once) - 5], number=number)


def vary(context: Context, kept: Kept, argument: str = "") -> Answer:
    """The tune in another dress; without a kind, the kinds in the place of the song's buttons."""
    if argument.isascii() and argument.isdigit() and len(argument) < 4:
        return [Reply(how="buttons", buttons=_ways(context.say, kept, int(argument)))]
    if argument not in (*studio.KINDS, ANY):
        raise NotYours
    way = context.say(f"way.{argument}")
    plain = _undressed(context.say, kept.title)[:TITLE_LETTERS - 3 - len(way)]
    title = context.say("grown.varied", title=plain, way=way)
    return _grow(context, "vary", [kept], title, way=None if argument == ANY else argument, seed=_seed())


def _undressed(say: Texts, title: str) -> str:
    """The title without the kinds of variation it had already."""
    for name in (*studio.KINDS, ANY):
        title = title.removesuffix(say("grown.varied", title="", way=say(f"way.{name}")))
    return title


def _ways(say: Texts, kept: Kept, page: int) -> Rows:
    names = (*studio.KINDS, ANY)
    pages = -(-len(names) // KINDS_PER_PAGE)
    shown = names[page % pages * KINDS_PER_PAGE:][:KINDS_PER_PAGE]
    buttons = [Button(say(f"way.{name}"), data("vary", kept.token, name)) for name in shown]
    return (*_grid(buttons, 3), _turn(say, kept, "vary", page, pages))


def _turn(say: Texts, kept: Kept, verb: str, page: int, pages: int) -> tuple[Button, ...]:
    back = Button(say("button.back"), data("menu", kept.token, "main"))
    more = Button(say("button.more"), data(verb, kept.token, str((page + 1) % pages)))
    return (back, more) if pages > 1 else (back,)


def blend(context: Context, kept: Kept, argument: str = "") -> Answer:
    """Half-way to another song, or another step of that walk; without one, the songs to choose from."""
    if argument.isascii() and argument.isdigit() and len(argument) < 4:
        rows = _partners(context, kept, int(argument))
        return [Reply(how="buttons", buttons=rows) if rows else Reply(context.say("blend.alone"), private=True)]
    token, _, step = argument.partition(".")
    if step and step not in ("1", "2", "3", "4", "5"):
        raise NotYours
    return _blend(context, kept, context.usable(token), int(step or MIDDLE))


def _blend(context: Context, kept: Kept, other: Kept, step: int) -> Answer:
    if kept.family == other.family:
        return [Reply(context.say("blend.same"), private=True)]
    room = (TITLE_LETTERS - 8) // 2
    title = context.say("grown.blended", one=kept.title[:room], other=other.title[:room], step=step)
    return _grow(context, "blend", [kept, other], title, other_id=other.id, step=step, seed=1)


def _partners(context: Context, kept: Kept, page: int) -> Rows:
    """Where others look on, only what was shared there; else the person's own too."""
    place, library, user = context.request.place, context.store.library, context.user
    total = library.count(place, user, without=kept.family, own_too=True)
    if not total:
        return ()
    pages = -(-total // SONGS_PER_PAGE)
    page %= pages
    rows = []
    for row in library.page(place, user, "newest", page * SONGS_PER_PAGE, SONGS_PER_PAGE, without=kept.family,
                            own_too=True):
        other = context.store.songs.by_id(row.song_id)
        if other:
            rows.append((Button(_label(context, other), data("blend", kept.token, other.token)),))
    return (*rows, _turn(context.say, kept, "blend", page, pages))


def _label(context: Context, kept: Kept) -> str:
    if kept.owner_id == context.user.id and not context.request.place.is_open:
        return context.say("blend.mine", number=kept.number, title=kept.title)
    return context.say("blend.theirs", title=kept.title, name=context.store.people.by_id(kept.owner_id).name)


# -- the same by command


def continue_number(context: Context, argument: str) -> Answer:
    """``/continue [N]``."""
    kept, _rest = _chosen(context, argument)
    return go_on(context, kept) if kept else _none_yet(context)


def vary_number(context: Context, argument: str) -> Answer:
    """``/vary [N] [KIND]``."""
    kept, word = _chosen(context, argument)
    if kept is None:
        return _none_yet(context)
    if not word:
        return [Reply(context.say("vary.which", title=kept.title), _ways(context.say, kept, 0))]
    names = (*studio.KINDS, ANY)
    way = _named(context.say, "way", names, word)
    if way is None:
        raise BadWish(wish=word[:40], choices=", ".join(context.say(f"way.{name}") for name in names))
    return vary(context, kept, way)


def blend_numbers(context: Context, argument: str) -> Answer:
    """``/blend N M``; with one number or none, the songs to choose from."""
    kept, rest = _chosen(context, argument)
    if kept is None:
        return _none_yet(context)
    if rest:
        return _blend(context, kept, context.numbered(rest), MIDDLE)
    rows = _partners(context, kept, 0)
    if not rows:
        return [Reply(context.say("blend.alone"), private=True)]
    return [Reply(context.say("blend.which", title=kept.title), rows)]


def _chosen(context: Context, argument: str) -> tuple[Kept | None, str]:
    """The song of a leading number, else the song in question; and the rest of the words. Raises NotYours."""
    first, _, rest = argument.strip().partition(" ")
    if NUMBER.fullmatch(first):
        return context.numbered(first), rest.strip()
    return context.in_question(), argument.strip()


def _none_yet(context: Context) -> Answer:
    return [Reply(context.say("grown.none_yet"))]


# -- where a song came from


def origin(say: Texts, store: Store, kept: Kept) -> list[str]:
    """The line on the card that names the songs it grew from, as long as they are there."""
    how, ids = store.library.parents(kept)
    parents = [parent.title for parent in map(store.songs.by_id, ids) if parent]
    if how == "blend" and len(parents) < 2:
        return []
    return [say(f"origin.{how}", one=parents[0], other=parents[-1])] if parents else []


def steps(say: Texts, store: Store, kept: Kept, step: int) -> list[Reply]:
    """After a blend: the way to either side."""
    _how, ids = store.library.parents(kept)
    parents = [parent for parent in map(store.songs.by_id, ids) if parent]
    if len(parents) != 2:
        return []
    one, other = parents
    row = [Button(say("blend.nearer", title=near.title[:24]), data("blend", one.token, f"{other.token}.{to}"))
           for near, to in ((one, step - 1), (other, step + 1)) if 1 <= to <= STEPS]
    return [Reply(say("blend.steps", step=step, steps=STEPS), (tuple(row),))]
