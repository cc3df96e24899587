"""What is made of a recording itself: a piano, all its notes, sheet music; and the person's voice on top of a song.

No recording is kept: a song remembers where in the chat it stands, and it is fetched from there again.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.dialogue.context import Answer, Context, NotYours, data
from bot.dialogue.wishes import refuse_too_much
from bot.store import Store
from bot.store.people import User
from bot.store.songs import Kept
from bot.store.work import Job
from bot.talk import Button, File, Reply, Sound
from bot.texts import Texts
from core.studio import instruments_named, reader_named

TEMPI = ("100", "75", "50")  # percent, to practise at
LAYOUTS = ("lead", "score")  # of a song, beside the usual one
PARTS = {".png": "page", ".mp3": "take"}  # by suffix: what chats show as a picture, and what they play
UPLOADED = ("audio", "video")  # kinds of sound that may hold more than a voice


# -- commands


def piano(context: Context, argument: str = "") -> Answer:
    """``/piano``: of the sound replied to or attached, else of the recording of the song in question."""
    return _of_sound_or_song(context, "piano")


def transcribe(context: Context, argument: str = "") -> Answer:
    """``/transcribe [instrument, or two with a comma]``: the same, with every note there is."""
    player = argument.strip()
    if player:
        instruments_named(player)
    return _of_sound_or_song(context, "transcribe", **({"player": player} if player else {}))


def sheet(context: Context, argument: str = "") -> Answer:
    """``/sheet [instrument, or Bb|Eb|F]``: of the sound replied to or attached, else of the song in question."""
    name = argument.strip()
    if name:
        reader_named(name)
    if context.request.sound:
        return _of_sound(context, "sheet", context.request.sound, instrument=name)
    kept = context.in_question()
    return sheet_of(context, kept, instrument=name) if kept else [Reply(context.say("recording.how_sheet"))]


def _of_sound_or_song(context: Context, kind: str, **more: Any) -> Answer:
    if context.request.sound:
        return _of_sound(context, kind, context.request.sound, **more)
    kept = context.in_question()
    return _of_recording(context, kind, kept, **more) if kept else [Reply(context.say(f"recording.how_{kind}"))]


def _of_sound(context: Context, kind: str, sound: Sound, **more: Any) -> Answer:
    refuse_too_much(context, sound, context.settings.max_recording_s)
    kept = context.store.songs.by_post(context.request.place.key, sound.message) if sound.message else None
    title = kept.title if kept and kept.owner_id == context.user.id else context.say("recording.untitled")
    return context.submit(kind, {"sound": sound.to_json(), "title": title, **more})


# -- buttons under a song


def piano_of(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """The person's own recording as a piano."""
    return _of_recording(context, "piano", kept)


def voiced(context: Context, kept: Kept, _argument: str = "") -> Answer:
    """The song with the person's own voice on top."""
    return _of_recording(context, "voiced", kept)


def _of_recording(context: Context, kind: str, kept: Kept, **more: Any) -> Answer:
    """Only for the owner: a recording is more than the notes they shared. Raises NotYours."""
    if kept.owner_id != context.user.id:
        raise NotYours
    if kept.recording is None:
        return [Reply(context.say("recording.none", title=kept.title), private=True)]
    return context.submit(kind, {"song_id": kept.id, "sound": kept.recording, "title": kept.title, **more})


def sheet_of(context: Context, kept: Kept, argument: str = "", *, instrument: str = "") -> Answer:
    """The song as sheet music: for voice and piano, or as the button says its tune with chords, or all players."""
    owner = context.store.people.by_id(kept.owner_id)
    return context.submit("sheet", {"song_id": kept.id, "title": kept.title, "composer": owner.name,
                                    "layout": argument if argument in LAYOUTS else "auto",
                                    "instrument": instrument})


def practise(context: Context, kept: Kept, argument: str = "") -> Answer:
    """The song with a click, as fast as it is or slower."""
    if argument not in TEMPI:
        raise NotYours
    return context.submit("practice", {"song_id": kept.id, "title": kept.title, "percent": int(argument)})


# -- buttons under what was made of a recording, and under what could not be


def again_as(kind: str, **more: Any) -> Any:
    """A button's handler that makes something else of a job's recording."""

    def answer(context: Context, token: str) -> Answer:
        job = context.store.work.by_token(token)
        if job is None or job.user_id != context.user.id or "sound" not in job.payload:
            raise NotYours
        wanted = {name: job.payload[name] for name in ("sound", "song_id") if name in job.payload}
        title = job.payload.get("title") or context.say("recording.untitled")
        if kind == "sheet":  # of what was recorded, not of the song made of it
            wanted.pop("song_id", None)
        return context.submit(kind, {**wanted, "title": title, **more})

    return answer


def offer(say: Texts, job: Job, code: str) -> tuple[Button, ...]:
    """What else may be done with a recording that holds no lone tune."""
    if code != "no_melody" or (job.payload.get("sound") or {}).get("kind") not in UPLOADED:
        return ()
    return (Button(say("button.transcribe"), data("notes", job.token)),)


# -- what a finished job says


def played(_store: Store, say: Texts, job: Job, user: User, made: Mapping[str, Any], paths: Sequence[Path]) -> Answer:
    """The piano; once more with a left hand, if it had none."""
    text = say("recording.piano", title=job.payload["title"])
    buttons = () if job.payload.get("left_hand") else ((Button(say("button.left_hand"), data("left", job.token)),),)
    return [Reply(_with_warnings(say, text, made), buttons, _files(say, job, user, paths, "piano"))]


def transcribed(_store: Store, say: Texts, job: Job, user: User, made: Mapping[str, Any],
                paths: Sequence[Path]) -> Answer:
    """All the notes, and the way to their sheet music."""
    return [Reply(_with_warnings(say, say("recording.transcribed"), made),
                  ((Button(say("button.sheet"), data("score", job.token)),),),
                  _files(say, job, user, paths, "notes"))]


def engraved(store: Store, say: Texts, job: Job, user: User, made: Mapping[str, Any], paths: Sequence[Path]) -> Answer:
    """The first page to look at, all to print and to edit; of a song also a band to practise with."""
    text = say("recording.sheet" if made["pages"] == 1 else "recording.sheets", title=job.payload["title"],
               pages=made["pages"])
    kept = store.songs.by_id(job.payload["song_id"]) if "song_id" in job.payload else None
    rows = (
        tuple(Button(say(f"button.layout_{name}"), data("sheet", kept.token, name))
              for name in LAYOUTS if name != job.payload.get("layout")),
        tuple(Button(say("button.practise", percent=percent), data("practise", kept.token, percent))
              for percent in TEMPI),
    ) if kept else ()
    return [Reply(_with_warnings(say, text, made), rows, _files(say, job, user, paths, "sheet"))]


def counted(_store: Store, say: Texts, job: Job, user: User, made: Mapping[str, Any], paths: Sequence[Path]) -> Answer:
    """The song to practise with."""
    text = say("recording.practice", title=job.payload["title"], percent=job.payload["percent"])
    return [Reply(text, files=_files(say, job, user, paths, "practice"))]


def sung(_store: Store, say: Texts, job: Job, user: User, made: Mapping[str, Any], paths: Sequence[Path]) -> Answer:
    """The song with the voice on top."""
    return [Reply(say("recording.voiced", title=job.payload["title"]),
                  files=_files(say, job, user, paths, "voiced", made.get("duration_s", 0.0)))]


def _with_warnings(say: Texts, text: str, made: Mapping[str, Any]) -> str:
    return "\n".join([text, *(say(f"warning.{code}") for code in made.get("warnings", ()) if f"warning.{code}" in say)])


def _files(say: Texts, job: Job, user: User, paths: Sequence[Path], what: str,
           duration_s: float = 0.0) -> tuple[File, ...]:
    title = job.payload["title"]
    stem = "".join(c if c.isalnum() or c in " -_" else "" for c in title).strip() or "humband"
    label = say(f"recording.name_{what}")
    return tuple(File(PARTS.get(path.suffix, what), f"{stem} - {label}{path.suffix}", path=str(path),
                      title=f"{title} ({label})", performer=f"{user.name} & Humband", duration_s=duration_s)
                 for path in paths)
