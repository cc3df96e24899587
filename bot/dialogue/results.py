"""What finished (or failed) work says: results become stored songs and replies."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.dialogue import cards, explain, findings, inventions, recordings, tunes
from bot.dialogue.context import data
from bot.store import Store
from bot.store.people import User
from bot.store.songs import Kept
from bot.store.tunes import OWN
from bot.store.work import Job
from bot.talk import Button, File, Reply
from bot.texts import Texts

NEW_SONGS = ("hum", "take", "tap", "join", "band", "invent", "continue", "vary", "blend")
STAGES = ("reading", "hearing", "understanding", "composing", "performing", "engraving", "writing", "done")
BAR_CELLS = 10
# Jobs that end in words and passing files instead of a song.
ANSWERS: dict[str, Callable[..., list[Reply]]] = {
    "piano": recordings.played, "transcribe": recordings.transcribed, "sheet": recordings.engraved,
    "practice": recordings.counted, "voiced": recordings.sung,
    "identify": findings.answer, "teach": tunes.learned, "leaf": findings.leaf_written}
LONG = {"piano": 3.0, "transcribe": 4.0, "sheet": 4.0, "teach": 3.0}  # how many times as long a job of these may take


def title_for(store: Store, say: Texts, user: User, payload: Mapping[str, Any]) -> str:
    """The title the job's song gets: the one it had, or one after its number."""
    return payload.get("title") or say("song.title", number=store.songs.next_number(user))


def keep_song(store: Store, job: Job, user: User, made: Mapping[str, Any], credit: str) -> Kept:
    """Store what a worker composed; the same job stores it once."""
    source = store.songs.by_id(job.payload["song_id"]) if "song_id" in job.payload else None
    family = job.payload.get("family", "")
    genres = made["genres"] or (source.genres if source else {})
    known = [match["title"] for match in made.get("matches", ()) if not match["id"].startswith(OWN)]
    sounds_like = known[0] if known else source.sounds_like if source and job.kind == "take" else ""
    kept = store.songs.add(user, made["song"]["title"], made["song"], genres=genres, family=family, credit=credit,
                           job_id=job.id, recording=_recording(job, user, source), sounds_like=sounds_like,
                           how=source.how if source and job.kind == "take" else job.kind)
    store.library.note_parents(kept, job.payload.get("parents", ()), job.kind)
    return kept


def _recording(job: Job, user: User, source: Kept | None) -> Mapping[str, Any] | None:
    """Where the person's own voice stands, if the song's tune is still as it was sung there."""
    if job.kind in ("take", "tap"):
        return source.recording if source and source.owner_id == user.id else None
    sound = job.payload.get("sound") if job.kind == "hum" else None
    return sound if sound and sound["kind"] != "midi" and sound["by"] in ("", user.key) else None


def replies_for(store: Store, say: Texts, job: Job, user: User, kept: Kept, made: Mapping[str, Any]) -> list[Reply]:
    """What the person gets when a job is done: the song and its MIDI, or the part they asked for."""
    owner = store.people.by_id(kept.owner_id)
    guest = owner.id != user.id
    notes = [*inventions.origin(say, store, kept), *findings.heard_before(store, say, job, user, made)]
    if job.kind in NEW_SONGS:
        joins = store.songs.by_id(job.payload["joins"]) if job.payload.get("joins") else None
        song = cards.song_reply(say, kept, owner, "mp3", "roll", "midi", warnings=made.get("warnings", ()),
                                joins=joins, notes=notes)
        return [song, *(inventions.steps(say, store, kept, job.payload["step"]) if job.kind == "blend" else ())]
    if job.kind == "remake":
        return [cards.song_reply(say, kept, owner, "mp3", guest=guest, notes=notes)]
    return [Reply(say(f"part.{job.kind}", title=kept.title), files=cards.files(kept, owner, job.kind))]


def pass_on(folder: Path, job: Job, files: Mapping[str, bytes]) -> list[Path]:
    """Write files that are sent once and then gone. Raises OSError (a full disk)."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files.items():
        paths.append(folder / f"{job.token}-{name}")
        paths[-1].write_bytes(content)
    return paths


def failure(say: Texts, job: Job, code: str, details: Mapping[str, Any]) -> Reply:
    """The sentence for what went wrong; what was not the person's doing can be tried again."""
    text = explain(say, code, dict(details))
    if offered := recordings.offer(say, job, code):
        return Reply(text, (offered,))
    if code in ("internal", "disk_full", "not_installed", "fetch", "recording_gone", "database"):
        return Reply(text, ((Button(say("button.retry"), data("retry", job.token)),),))
    return Reply(text)


def exported(say: Texts, paths: list[str]) -> list[Reply]:
    """The parts of an export."""
    return [Reply(say("export.part", part=i + 1, parts=len(paths)),
                  files=(File("export", f"humband-{i + 1}.zip", path=path),)) for i, path in enumerate(paths)]


def progress_text(say: Texts, stage: str, share: float) -> str:
    """A stage and a bar."""
    full = round(max(0.0, min(1.0, share)) * BAR_CELLS)
    name = stage if stage in STAGES else "composing"
    return say("status.progress", stage=say(f"stage.{name}"), bar="▰" * full + "▱" * (BAR_CELLS - full))


