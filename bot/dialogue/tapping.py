"""The beat, tapped: for a tune that was heard in another."""

from bot.dialogue.context import Answer, Context
from bot.store.songs import Kept
from bot.talk import Reply, Sound
from core.errors import TooLong
from core.studio import MAX_TAPS_S

QUESTION = "tap"


def tap(context: Context, argument: str = "") -> Answer:
    """``/tap`` in reply to a voice note of taps or with one attached: the beat of the person's latest song."""
    sound = context.request.sound
    if sound is None:
        return [Reply(context.say("tap.how"), private=True)]
    # Taps sent without a word were taken for a hum: the song meant is the one before.
    latest = context.store.songs.page(context.user, 0, 2)
    meant = [kept for kept in latest if not (sound.message and (kept.recording or {}).get("message") == sound.message)]
    return _tapped(context, meant[0], sound) if meant else [Reply(context.say("song.none_yet"))]


def ask(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """The button: ask for the taps, as an answer to this very message."""
    if kept.recording is None:
        return [Reply(context.say("recording.none", title=kept.title), private=True)]
    return [Reply(context.say("tap.ask", title=kept.title), awaits=f"{QUESTION}:{kept.token}")]


def awaited(context: Context, sound: Sound) -> Answer | None:
    """What to do with a sound that answers such a message; None if it answers no such thing."""
    request = context.request
    question = context.store.work.question(request.place.key, request.replied) if request.replied else None
    name, _, token = (question or "").partition(":")
    return _tapped(context, context.own(token), sound) if name == QUESTION else None


def _tapped(context: Context, kept: Kept, sound: Sound) -> Answer:
    if kept.recording is None:
        return [Reply(context.say("recording.none", title=kept.title), private=True)]
    if (sound.duration_s or 0) > MAX_TAPS_S + 1:
        raise TooLong(limit_s=MAX_TAPS_S)
    song = kept.song()
    wish = song.wish.to_json() | {"genre": song.genre, "seed": song.seed, "bpm": None}
    return context.submit("tap", {"song_id": kept.id, "sound": kept.recording, "taps": sound.to_json(), "wish": wish,
                                  "title": kept.title, "credit": kept.credit, "family": kept.family})
