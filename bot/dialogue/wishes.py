"""Songs from sounds and from songs: the hum itself, and every wish after it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.dialogue import cards, tapping
from bot.dialogue.context import Answer, Context, NotYours
from bot.store.songs import Kept
from bot.talk import Reply, Sound
from core.errors import BadWish, TooLarge, TooLong
from core.music import FEELS, GENRES, MAX_BPM, MIN_BPM, Key, Wish
from core.theory import MODES

LEAN_SLOWLY = 6  # choices it takes until past choices begin to matter


def hum(context: Context, sound: Sound) -> Answer:
    """A sound was sent: call the band."""
    if (taps := tapping.awaited(context, sound)) is not None:
        return taps
    settings = context.settings
    if settings.max_sound_s + 1 < (sound.duration_s or 0) <= settings.max_recording_s:
        too_long = context.say("error.too_long", limit_s=settings.max_sound_s)
        return [Reply(f"{too_long}\n{context.say('recording.longer')}")]
    refuse_too_much(context, sound)
    joins = context.store.songs.by_post(context.request.place.key, context.request.replied) \
        if context.request.replied else None
    wish = Wish(genre=context.preference("genre"), feel=context.preference("feel") or "normal")
    payload: dict[str, Any] = {"sound": sound.to_json(), "wish": wish.to_json(), "scopes": context.scopes}
    if wish.genre is None:
        payload["prior"] = leaning(context.store.people.choices(context.user))
    if sound.by and sound.by != context.request.person.key:
        payload["credit"] = sound.by_name
    if joins and joins.owner_id == context.user.id:
        payload["joins"] = joins.id
    return context.submit("hum", payload)


def refuse_too_much(context: Context, sound: Sound, limit_s: float | None = None) -> None:
    """Refuse what is too much before it is fetched; ``limit_s`` if not that of a hum. Raises TooLarge, TooLong."""
    settings = context.settings
    limit_s = limit_s or settings.max_sound_s
    limit_mb = 1.0 if sound.kind == "midi" else settings.telegram_max_download_mb
    if (sound.size_bytes or 0) > limit_mb * 2**20:
        raise TooLarge(limit_mb=limit_mb)
    if (sound.duration_s or 0) > limit_s + 1:
        raise TooLong(limit_s=limit_s)


def leaning(choices: Mapping[str, int]) -> dict[str, float]:
    """Weights of genres for somebody who lets us choose: what they chose before counts a little more, never double."""
    total = sum(choices.values())
    return {genre: 1 + times / (total + LEAN_SLOWLY) for genre, times in choices.items()}


def song(context: Context, argument: str) -> Answer:
    """``/song``: of the sound replied to or attached; alone it tells how."""
    request = context.request
    if request.sound is None:
        return [Reply(context.say("song.how"))]
    return hum(context, request.sound)


def take(context: Context, kept: Kept, *, semitones: int = 0, count: float = 1.0, **changes: Any) -> Answer:
    """Another song from the notes of one: the wish it had, with changes.

    ``semitones`` moves the tune itself, ``count`` counts it in half (0.5) or double time (2)."""
    song = kept.song()
    settled: dict[str, Any] = {"genre": song.genre, "seed": song.seed}
    wish = replace(song.wish, **(settled | changes))
    mine = kept.owner_id == context.user.id
    owner = context.store.people.by_id(kept.owner_id)
    credit = kept.credit if mine else owner.name
    return context.submit("take", {"song_id": kept.id, "wish": wish.to_json(), "semitones": semitones, "count": count,
                                   "title": kept.title, "credit": credit, "family": kept.family})


def again(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """Another take: the same wish, other dice."""
    return take(context, kept, seed=context.store.songs.highest_seed(kept.family) + 1)


def genre(context: Context, kept: Kept, argument: str) -> Answer:
    """Another genre; without one, the genres to choose from."""
    name = argument.strip().lower()
    if not name:
        return [Reply(context.say("genre.which", title=kept.title), cards.menu(context.say, kept, "genre0"))]
    found = next((g for g in GENRES if name in (g, cards.genre_name(context.say, g).lower())), None)
    if found is None:
        raise BadWish(wish=name[:40], choices=", ".join(cards.genre_name(context.say, g) for g in GENRES))
    answer = take(context, kept, genre=found)
    context.store.people.chose(context.user, found)
    return answer


def tempo(context: Context, kept: Kept, argument: str) -> Answer:
    """A little slower or faster, a number of beats a minute; or half and double time, which count the beat
    differently and leave the tune as fast as it was."""
    word = argument.strip().lower()
    if not word:
        return [Reply(context.say("tempo.which", title=kept.title), cards.menu(context.say, kept, "tempo"))]
    factor = next((f for name, f in cards.TEMPI.items() if word in (name, context.say(f"tempo.{name}").lower())), None)
    if factor is not None:
        bpm = kept.song().bpm * factor
    elif re.fullmatch(r"\d{1,3}([.,]\d+)?( ?bpm)?", word):
        bpm = float(word.removesuffix("bpm").strip().replace(",", "."))
    else:
        bpm = 0.0
    if not MIN_BPM <= bpm <= MAX_BPM:
        raise BadWish(wish=word[:40], choices=f"{MIN_BPM:.0f}-{MAX_BPM:.0f} BPM")
    count = factor if factor in cards.COUNTS else 1.0
    return take(context, kept, bpm=round(bpm, 2), count=count)


def key(context: Context, kept: Kept, argument: str) -> Answer:
    """A key by name, or up and down."""
    word = argument.strip()
    if not word:
        return [Reply(context.say("key.which", title=kept.title), cards.menu(context.say, kept, "key"))]
    if word.lower() in ("up", "down"):
        return shift(context, kept, f"key_{word.lower()}")
    try:
        wanted = Key.parse(word)
    except ValueError as error:
        raise BadWish(wish=word[:40], choices=f"F# minor, Bb major, D {', '.join(list(MODES)[2:4])}") from error
    return take(context, kept, key=wanted)


def shift(context: Context, kept: Kept, argument: str) -> Answer:
    """A semitone or an octave up or down."""
    if argument not in cards.SHIFTS:
        raise NotYours
    steps = cards.SHIFTS[argument]
    if abs(steps) == 12:
        return take(context, kept, semitones=steps)
    return take(context, kept, key=kept.song().key.transposed(steps))


def feel(context: Context, kept: Kept, argument: str) -> Answer:
    """Loose, normal or tight."""
    word = argument.strip().lower()
    if not word:
        return [Reply(context.say("feel.which", title=kept.title), cards.menu(context.say, kept, "feel"))]
    found = next((name for name in FEELS if word in (name, context.say(f"feel.{name}").lower())), None)
    if found is None:
        raise BadWish(wish=word[:40], choices=", ".join(context.say(f"feel.{name}") for name in FEELS))
    return take(context, kept, feel=found)


def heard(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """The melody alone."""
    return _part(context, kept, "heard")


def stems(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """Every player in a file of their own."""
    return _part(context, kept, "stems")


def _part(context: Context, kept: Kept, part: str) -> Answer:
    songs = context.store.songs
    if songs.file(kept.id, part) or songs.remote(kept.id, part, context.request.person.platform):
        owner = context.store.people.by_id(kept.owner_id)
        return [Reply(context.say(f"part.{part}", title=kept.title), files=cards.files(kept, owner, part))]
    return context.submit(part, {"song_id": kept.id, "title": kept.title})


def join(context: Context, kept: Kept, argument: str) -> Answer:
    """Two of the person's tunes as verse and chorus: the other one first."""
    verse = context.own(argument)
    wish = replace(verse.song().wish, genre=verse.song().genre, seed=verse.song().seed)
    return context.submit("join", {"song_id": verse.id, "other_id": kept.id, "wish": wish.to_json(),
                                   "title": verse.title, "family": ""})


def menu(context: Context, kept: Kept, argument: str) -> Answer:
    """Turn the song's keyboard to another page."""
    try:
        rows = cards.menu(context.say, kept, argument, guest=kept.owner_id != context.user.id)
    except KeyError as error:
        raise NotYours from error
    return [Reply(how="buttons", buttons=rows)]
