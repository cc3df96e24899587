"""What a group has made together; in private, what a person has."""

from bot.dialogue import cards
from bot.dialogue.context import Answer, Context, data
from bot.store.library import ORDERS
from bot.talk import Button, Reply, Rows

PAGE = 5


def library(context: Context, argument: str = "") -> Answer:
    """``/library [ORDER]``."""
    word = argument.strip().casefold()
    order = next((name for name in ORDERS if word in (name, context.say(f"library.by_{name}").casefold())), "newest")
    return [_page(context, order, 0)]


def turn(context: Context, argument: str) -> Answer:
    """Another page or another order, in the place of the one shown."""
    order, _, page = argument.partition(".")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0
    return [_page(context, order if order in ORDERS else "newest", number, how="edit")]


def _page(context: Context, order: str, page: int, how: str = "new") -> Reply:
    say, shelf, place = context.say, context.store.library, context.request.place
    total = shelf.count(place, context.user)
    if not total:
        return Reply(say("history.empty" if place.private else "library.empty"), private=True, how=how)
    pages = -(-total // PAGE)
    page = min(page, pages - 1)
    lines = [say("library.title_own" if place.private else "library.title", count=total, page=page + 1, pages=pages)]
    plays = []
    for number, row in enumerate(shelf.page(place, context.user, order, page * PAGE, PAGE), page * PAGE + 1):
        kept = context.store.songs.by_id(row.song_id)
        if kept is None:
            continue
        facts = [cards.genre_name(say, kept.song().genre)]
        if kept.owner_id != context.user.id or not place.private:
            facts.append(say("library.by", name=context.store.people.by_id(kept.owner_id).name))
        if row.versions > 1:
            facts.append(say("library.of_versions", count=row.versions))
        if row.plays:
            facts.append(say("library.of_plays", count=row.plays))
        lines.append(say("library.line", number=number, title=kept.title, facts=", ".join(facts)))
        plays.append(Button(say("library.play", number=number), data("play", kept.token)))

    def button(label: str, to_order: str, to_page: int) -> Button:
        return Button(label, data("library", context.user.token, f"{to_order}.{to_page}"))

    sorts = tuple(button(say(f"library.by_{name}"), name, 0) for name in ORDERS if name != order)
    rows: Rows = (tuple(plays), sorts)
    turns = [button(say(label), order, to)
             for label, to in (("button.newer", page - 1), ("button.older", page + 1)) if 0 <= to < pages]
    if turns:
        rows += (tuple(turns),)
    return Reply("\n".join(lines), rows, private=True, how=how)
