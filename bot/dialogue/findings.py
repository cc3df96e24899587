"""What tune is this? The question, the answer, and what can be done with a tune that was found."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.dialogue.context import Answer, Context, NotYours, data
from bot.dialogue.dates import day
from bot.dialogue.wishes import refuse_too_much
from bot.store import Store
from bot.store.people import User
from bot.store.songs import Kept
from bot.store.tunes import OWN, Finding, Tune
from bot.store.work import Job
from bot.talk import Button, File, Reply, Rows
from bot.texts import Texts
from core.music import Wish

Found = Tune | Kept | None  # a tune taught, a song made here; None: one that ships


def identify(context: Context, argument: str = "") -> Answer:
    """``/identify``: the sound replied to or attached, else the song in question."""
    sound = context.request.sound
    if sound is None:
        kept = context.in_question()
        return of_song(context, kept) if kept else [Reply(context.say("identify.how"))]
    refuse_too_much(context, sound)
    return context.submit("identify", {"sound": sound.to_json(), "scopes": context.scopes})


def of_song(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """The button under a song: is its tune a known one?"""
    return context.submit("identify", {"song_id": kept.id, "scopes": context.scopes})


def where_to_look(store: Store, job: Job) -> dict[str, Any]:
    """For a worker: the index files of the job's scopes, and what not to find: the song that is asked about."""
    where, sound = job.payload["scopes"], job.payload.get("sound") or {}
    kept = store.songs.by_id(job.payload["song_id"]) if "song_id" in job.payload else None
    if kept is None and job.kind == "identify" and sound.get("message"):
        kept = store.songs.by_post(job.place_key, sound["message"])  # a hum that is a song by now
    itself = [OWN + token for scope in where for token in store.tunes.family_of(scope, kept.family)] if kept else []
    return {"indices": [str(store.tunes.index(scope)) for scope in where], "exclude": itself}


def answer(store: Store, say: Texts, job: Job, user: User, made: Mapping[str, Any], _paths: Sequence[Path]) -> Answer:
    """The reply to the question, once a worker has looked."""
    matches = sorted(alive(store, made["matches"], job.payload["scopes"]), key=lambda match: _order(store, match))
    matches = [match if not match["id"].startswith(OWN) else {**match, "title": ""}  # what is ours is named by its row
               for match in matches]
    finding = store.tunes.note_finding(user, job.place_key, made["melody"], matches, job.id)
    return [_shown(store, say, finding, 0, user)]


def alive(store: Store, matches: Sequence[Mapping[str, Any]], where: Sequence[str]) -> list[Mapping[str, Any]]:
    """The matches without what was deleted since the index was written."""
    return [match for match in matches if not match["id"].startswith(OWN)
            or store.tunes.holds(where, match["id"].removeprefix(OWN))]


def _order(store: Store, match: Mapping[str, Any]) -> tuple[float, int]:
    """The surest first; of those about equally sure a tune taught here, then one that ships, then a song."""
    found = behind(store, match)
    return -round(match["score"], 1), 0 if isinstance(found, Tune) else 1 if found is None else 2


def behind(store: Store, match: Mapping[str, Any]) -> Found:
    """The tune or song of ours a match stands for. Raises NotYours for one deleted meanwhile."""
    if not match["id"].startswith(OWN):
        return None
    token = match["id"].removeprefix(OWN)
    found = store.tunes.by_token(token) or store.songs.by_token(token)
    if found is None:
        raise NotYours
    return found


def title_of(found: Found, match: Mapping[str, Any]) -> str:
    """What it is called now."""
    return found.title if found else str(match["title"])


def sentence(store: Store, say: Texts, match: Mapping[str, Any], viewer: User) -> str:
    """Which tune it is, and where we have it from."""
    found = behind(store, match)
    title = title_of(found, match)
    if found is None:
        return say("found.known", title=title)
    owner = store.people.by_id(found.owner_id)
    way = "taught" if isinstance(found, Tune) else "hummed" if found.how in ("hum", "join") else "made"
    whose = "own" if owner.id == viewer.id else "other"
    return say(f"found.{way}_{whose}", title=title, name=owner.name, day=day(say, found.created_at))


def _shown(store: Store, say: Texts, finding: Finding, rank: int, viewer: User, how: str = "new") -> Reply:
    """The match of that rank with its buttons, or, after the last, that we know no such tune."""
    def button(name: str, verb: str) -> Button:
        return Button(say(f"found.button_{name}"), data(verb, finding.token, str(rank)))

    if rank >= len(finding.matches):
        text = say("found.nothing" if rank == 0 else "found.nothing_else")
        return Reply(text, ((button("teach", "teach"),),), how=how)
    text = sentence(store, say, finding.matches[rank], viewer)
    return Reply(text, ((button("yes", "yes"), button("no", "no")),
                        *_uses(store, say, finding, rank)), how=how)


def _uses(store: Store, say: Texts, finding: Finding, rank: int) -> Rows:
    found = behind(store, finding.matches[rank])
    play = [Button(say("button.play"), data("play", found.token))] if isinstance(found, Kept) else []
    return ((*play, Button(say("found.button_leaf"), data("leaf", finding.token, str(rank))),
             Button(say("found.button_band"), data("band", finding.token, str(rank)))),)


def heard_before(store: Store, say: Texts, job: Job, user: User, made: Mapping[str, Any]) -> list[str]:
    """For the card of a new hum: that the same tune was hummed or taught before, in whose hearing this is."""
    ours = [match for match in made.get("matches", ()) if match["id"].startswith(OWN)]
    matches = sorted(alive(store, ours, job.payload.get("scopes", ())), key=lambda match: _order(store, match))
    return [sentence(store, say, match, user) for match in matches[:1]]


def asked(context: Context, token: str) -> Finding:
    """A finding of this person's own. Raises NotYours."""
    finding = context.store.tunes.finding(token)
    if finding is None or finding.user_id != context.user.id:
        raise NotYours
    return finding


def _ranked(context: Context, finding: Finding, argument: str) -> int:
    """The rank in a button of a finding, if what it names is still there and may be named here. Raises NotYours."""
    rank = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 3 else -1
    if not 0 <= rank < len(finding.matches):
        raise NotYours
    if not alive(context.store, [finding.matches[rank]], context.scopes):
        raise NotYours
    return rank


def yes(context: Context, token: str, argument: str) -> Answer:
    """That's it: a pair worth keeping."""
    finding = asked(context, token)
    rank = _ranked(context, finding, argument)
    context.store.tunes.judge(finding, rank, True)
    text = sentence(context.store, context.say, finding.matches[rank], context.user)
    return [Reply(f"{text}\n{context.say('found.agreed')}", _uses(context.store, context.say, finding, rank),
                  how="edit")]


def no(context: Context, token: str, argument: str) -> Answer:
    """That's not it: the next best, if there is one."""
    finding = asked(context, token)
    rank = _ranked(context, finding, argument)
    context.store.tunes.judge(finding, rank, False)
    here = context.scopes
    following = next((i for i in range(rank + 1, len(finding.matches))
                      if alive(context.store, [finding.matches[i]], here)), len(finding.matches))
    return [_shown(context.store, context.say, finding, following, context.user, how="edit")]


def leaf(context: Context, token: str, argument: str) -> Answer:
    """The lead sheet of a tune found or taught."""
    return context.submit("leaf", _wanted(context, token, argument))


def band(context: Context, token: str, argument: str) -> Answer:
    """A song of a tune found or taught."""
    wish = Wish(genre=context.preference("genre"), feel=context.preference("feel") or "normal")
    return context.submit("band", {**_wanted(context, token, argument), "wish": wish.to_json()})


def _wanted(context: Context, token: str, argument: str) -> dict[str, Any]:
    """The notes of what a button names: by rank in a finding, else a taught tune. Raises NotYours."""
    if not argument:
        tune = taught_here(context, token)
        return {"title": tune.title, "tune": tune.token}
    finding = context.store.tunes.finding(token)
    place = context.request.place
    if finding is None or (finding.user_id != context.user.id and (place.private or finding.place != place.key)):
        raise NotYours
    match = finding.matches[_ranked(context, finding, argument)]
    found = behind(context.store, match)
    if found is None:
        return {"title": match["title"], "tune_id": match["id"]}
    if isinstance(found, Tune):
        return {"title": found.title, "tune": found.token}
    owner = context.store.people.by_id(found.owner_id)
    credit = found.credit if owner.id == context.user.id else owner.name
    return {"title": found.title, "song_id": found.id, "credit": credit}


def notes_of(store: Store, token: str) -> dict[str, Any]:
    """For a worker: the notes of a taught tune; nothing of one deleted meanwhile."""
    tune = store.tunes.by_token(token)
    return {"melody": tune.melody} if tune else {}


def taught_here(context: Context, token: str) -> Tune:
    """A taught tune that belongs to where it is asked for. Raises NotYours."""
    tune = context.store.tunes.by_token(token)
    if tune is None or tune.scope not in context.scopes:
        raise NotYours
    return tune


def leaf_written(_store: Store, say: Texts, job: Job, _user: User, _made: Mapping[str, Any],
                 paths: Sequence[Path]) -> Answer:
    """The sheet music, page by page, and as one file to print."""
    title = job.payload["title"]
    stem = "".join(c if c.isalnum() or c in " -_" else "" for c in title).strip() or "tune"
    files = [File("page" if path.suffix == ".png" else "leaf", f"{stem}{path.suffix}", path=str(path))
             for path in paths]
    return [Reply(say("found.leaf", title=title), files=tuple(files))]
