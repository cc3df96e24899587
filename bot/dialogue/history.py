"""A person's songs: listed, played, named, given away, deleted."""

from dataclasses import replace

from bot.dialogue import cards, inventions
from bot.dialogue.context import Answer, Context, data
from bot.store.songs import Kept
from bot.talk import Button, InlineSong, Question, Reply, Rows

PAGE = 5
TITLE_LETTERS = 60
INLINE_SONGS = 20


def history(context: Context, argument: str = "") -> Answer:
    """``/history``: the person's songs, newest first."""
    return [_page(context, 0)]


def turn(context: Context, argument: str) -> Answer:
    """Another page, in the place of the one shown."""
    page = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 6 else 0
    return [_page(context, page, how="edit")]


def _page(context: Context, page: int, how: str = "new") -> Reply:
    say, songs = context.say, context.store.songs
    total = songs.count(context.user)
    if not total:
        return Reply(say("history.empty"), private=True, how=how)
    pages = -(-total // PAGE)
    page = min(page, pages - 1)
    shown = songs.page(context.user, page * PAGE, PAGE)
    lines = [say("history.title", count=total, page=page + 1, pages=pages)]
    for kept in shown:
        song = kept.song()
        lines.append(say("history.line", number=kept.number, title=kept.title,
                         genre=cards.genre_name(say, song.genre), bpm=round(song.bpm)))
    choose = tuple(Button(say("button.number", number=kept.number), data("show", kept.token)) for kept in shown)
    rows: Rows = (choose,)
    turns = [Button(say(name), data("history", context.user.token, str(to)))
             for name, to in (("button.newer", page - 1), ("button.older", page + 1)) if 0 <= to < pages]
    if turns:
        rows += (tuple(turns),)
    return Reply("\n".join(lines), rows, private=True, how=how)


def show(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """One song of the list, with what can be done."""
    say = context.say

    def button(name: str, verb: str, argument: str = "") -> Button:
        return Button(say(f"button.{name}"), data(verb, kept.token, argument))

    place_in_list = max(0, context.store.songs.count_newer(kept))
    rows: Rows = (
        (button("play", "play"), button("midi", "midi"), button("change", "menu", "main")),
        (button("rename", "rename"), button("share", "share"), button("delete", "delete")),
        (Button(say("button.back"), data("history", context.user.token, str(place_in_list // PAGE))),),
    )
    grown = inventions.origin(say, context.store, kept)
    return [Reply(cards.card(say, kept, notes=grown), rows, how="edit", song_id=kept.id)]


def play(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """The song's sound, from what is kept or made again from its notes."""
    return deliver(context, kept, "mp3")


def midi(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """The song's MIDI."""
    owner = context.store.people.by_id(kept.owner_id)
    return [Reply(context.say("part.midi", title=kept.title), files=cards.files(kept, owner, "midi"))]


def deliver(context: Context, kept: Kept, part: str) -> Answer:
    """A song with its card and buttons."""
    songs = context.store.songs
    if context.request.place.is_open and kept.owner_id == context.user.id:
        songs.grant(kept, context.request.place.key)  # played before everybody, so everybody may join in
    context.store.library.note_played(kept)
    if songs.file(kept.id, part) or songs.remote(kept.id, part, context.request.person.platform):
        owner = context.store.people.by_id(kept.owner_id)
        grown = inventions.origin(context.say, context.store, kept)
        return [cards.song_reply(context.say, kept, owner, part, guest=owner.id != context.user.id, notes=grown)]
    return context.submit("remake", {"song_id": kept.id, "title": kept.title})


def play_number(context: Context, argument: str) -> Answer:
    """``/play N``; without a number the latest."""
    kept = context.numbered(argument) if argument.strip() else context.store.songs.latest(context.user)
    return play(context, kept) if kept else history(context)


def rename(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """Ask for the new name."""
    return [Reply(context.say("rename.ask", title=kept.title),
                  question=Question(f"rename:{kept.token}", context.say("rename.label"), kept.title))]


def name(context: Context, kept: Kept, text: str) -> Answer:
    """Give the song its new name."""
    title = " ".join(text.split())[:TITLE_LETTERS]
    if not title:
        return rename(context, kept)
    kept = context.store.songs.rename(kept, title)
    return [Reply(context.say("rename.done", number=kept.number, title=kept.title),
                  ((Button(context.say("button.play"), data("play", kept.token)),),), song_id=kept.id)]


def title(context: Context, argument: str) -> Answer:
    """``/title N NAME``."""
    number, _, text = argument.strip().partition(" ")
    return name(context, context.numbered(number), text)


def delete(context: Context, kept: Kept, argument: str = "") -> Answer:
    """Ask once, then delete rows and files."""
    say = context.say
    if argument != "yes":
        return [Reply(say("delete.ask", number=kept.number, title=kept.title),
                      ((Button(say("button.really_delete"), data("delete", kept.token, "yes")),
                        Button(say("button.keep"), data("keep", context.user.token))),), private=True)]
    context.store.songs.delete(kept)
    return [Reply(say("delete.done", number=kept.number, title=kept.title), how="edit")]


def keep(context: Context, _argument: str) -> Answer:
    """The person thought better of it."""
    return [Reply(context.say("delete.kept"), how="edit")]


def delete_number(context: Context, argument: str) -> Answer:
    """``/delete N``."""
    return delete(context, context.numbered(argument))


def share(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """How others get the song: a link, the bot's name in any chat, a post in this channel."""
    say, links = context.say, context.links
    token = context.store.songs.share(kept)
    lines = [say("share.title", title=kept.title), say("share.link", link=links.share.format(token=token))]
    rows: Rows = ((Button(say("button.unshare"), data("unshare", kept.token)),),)
    if links.inline:
        lines.append(say("share.inline"))
    if links.posts_to_channel and not context.request.place.private:
        rows = ((Button(say("button.post"), data("post", kept.token)), *rows[0]),)
    return [Reply("\n".join(lines), rows, private=True)]


def unshare(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """Take it back: the link opens nothing any more, and only the owner may use the song."""
    context.store.songs.unshare(kept)
    return [Reply(context.say("share.taken_back", title=kept.title), how="edit")]


def share_number(context: Context, argument: str) -> Answer:
    """``/share N``; without a number the song in question."""
    kept = context.numbered(argument) if argument.strip() else context.store.songs.latest(context.user)
    return share(context, kept) if kept else history(context)


def post(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """Play the song where everybody in this place can hear and change it."""
    context.store.songs.grant(kept, context.request.place.key)
    return [replace(reply, public=True) for reply in deliver(context, kept, "mp3")]


def open_shared(context: Context, argument: str) -> Answer:
    """A link's token opens somebody's shared song."""
    kept = context.store.songs.by_share_token(argument.strip())
    if kept is None:  # taken back, deleted or never there: all are told alike
        return [Reply(context.say("share.closed"), private=True)]
    context.store.songs.grant(kept, context.user.key)
    owner = context.store.people.by_id(kept.owner_id)
    said = [] if owner.id == context.user.id else [
        Reply(context.say("share.opened", name=owner.name, title=kept.title))]
    return [*said, *deliver(context, kept, "mp3")]


def suggest(context: Context, text: str) -> list[tuple[str, str]]:
    """The person's songs while they type: what to show, and the number it stands for."""
    say = context.say
    return [(say("button.number", number=kept.number) + f" · {kept.title}", str(kept.number))
            for kept in context.store.songs.page(context.user, 0, INLINE_SONGS, text)]


def inline(context: Context, text: str) -> list[InlineSong]:
    """The person's own songs the platform already holds, to be posted in any chat."""
    songs, found = context.store.songs, []
    for kept in songs.page(context.user, 0, INLINE_SONGS, text.strip()):
        file_id = songs.remote(kept.id, "mp3", context.request.person.platform)
        if file_id:
            link = context.links.share.format(token=songs.share(kept))
            found.append(InlineSong(kept.token, file_id, context.say("button.version"), link,
                                    context.say("share.caption", title=kept.title)))
    return found
