"""What a worker does about tunes: find a hum's name, learn a tune, write down and play one that was found.

Kinds: ``identify`` (a sound, or a song's tune), ``teach`` (a sound becomes a tune with a name), ``index`` (an index
file is brought up to date), ``band`` (a found tune becomes a song), ``leaf`` (a found tune as sheet music).
"""

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from core import studio
from core.errors import BadMusic, HumbandError, NoMelody, TooLong, TooShort
from core.music import LeadSheet, Melody, Song, Wish

Payload = Mapping[str, Any]
Outcome = tuple[dict[str, Any], dict[str, bytes]]
MIN_NOTES = 5  # fewer name no tune
MATCHES = 5
LEAF_PAGES = 4
UPLOADED = ("audio", "video")  # kinds of sound that may hold more than a voice


def identify(payload: Payload, sound: bytes, progress: studio.Progress) -> Outcome:
    """The known tunes most like a sound, or like the tune of a song; never the song itself."""
    if "song" in payload:
        melody = Song.from_json(payload["song"]).lead_sheet.melody
        matches = recognise(melody, payload)
    else:
        heard = studio.listen(sound, progress=progress)
        melody = heard.melody
        _insist_on_a_tune(melody)
        matches = recognise(heard, payload)
    return {"melody": melody.to_json(), "matches": matches}, {}


def recognise(query: Melody | studio.Heard, payload: Payload) -> list[dict[str, Any]]:
    """The known matches, best first, in the tunes that ship and in the payload's ``indices``."""
    own = [Path(index) for index in payload.get("indices", ()) if Path(index).exists()]
    found = studio.identify(query, indices=[studio.shipped_index(), *own], limit=MATCHES,
                            exclude=set(payload.get("exclude", ())))
    return [{"id": match.id, "title": match.title, "score": round(match.score, 4)} for match in found if match.known]


def sounds_like(melody: Melody, payload: Payload) -> list[dict[str, Any]]:
    """For the card under a hum: what :func:`recognise` says, and nothing where that fails; a song is a song."""
    if "indices" not in payload or len(melody.notes) < MIN_NOTES:
        return []
    with suppress(Exception):  # the song comes first: whoever asks for the name is told what is wrong
        return recognise(melody, payload)
    return []


def teach(payload: Payload, sound: bytes, progress: studio.Progress) -> Outcome:
    """The tune of a sound, to be kept under a name; of a full recording the tune on top."""
    try:
        melody = studio.listen(sound, progress=progress).melody
    except (NoMelody, TooLong):
        if payload["sound"]["kind"] not in UPLOADED:
            raise
        melody = _melody_of_recording(sound)
    _insist_on_a_tune(melody)
    return {"melody": melody.to_json()}, {}


def _melody_of_recording(sound: bytes) -> Melody:
    """What a collection of tunes would keep of it. Raises HumbandError."""
    with tempfile.TemporaryDirectory() as folder:
        collection = Path(folder) / "one.index"
        studio.add_tune(collection, sound, tune_id="it", title="it")
        tune = studio.tune_sheet("it", collection)
    if tune is None:
        raise NoMelody()
    return _melody(tune)


def index(payload: Payload, _sound: bytes, _progress: studio.Progress) -> Outcome:
    """Take tunes out of an index file and put others in; what cannot be searched for is left out."""
    path, refused = Path(payload["index"]), []
    for tune_id in payload["remove"]:
        if path.exists():
            studio.remove_tune(path, tune_id)
    for tune in payload["add"]:
        try:
            melody = Melody.from_json(tune["melody"])
            studio.add_tune(path, melody, tune_id=tune["id"], title=tune["title"])
        except (HumbandError, ValueError):
            refused.append(tune["id"])
    if path.exists() and not studio.list_tunes(path):
        path.unlink()
    return {"refused": refused}, {}


def leaf(payload: Payload, _sound: bytes, progress: studio.Progress) -> Outcome:
    """The lead sheet of a found tune, as pictures and a PDF."""
    progress("writing", 0.3)
    tune = tune_of(payload)
    sheet = tune if isinstance(tune, LeadSheet) and tune.chords else studio.lead_sheet(_melody(tune), Wish(), None)
    with tempfile.TemporaryDirectory() as folder:
        made = studio.make_sheet(sheet, Path(folder), "sheet", formats=("png", "pdf"), title=payload["title"])
        files = {f"{number}.png": page.read_bytes() for number, page in enumerate(made.files["png"][:LEAF_PAGES], 1)}
        files["all.pdf"] = made.files["pdf"][0].read_bytes()
    return {}, files


def tune_of(payload: Payload) -> LeadSheet | Melody:
    """The notes of a found tune: of one taught, of a song made here, or of one that ships. Raises BadMusic."""
    tune: LeadSheet | Melody | None
    if "song" in payload:
        tune = Song.from_json(payload["song"]).lead_sheet.melody
    elif "melody" in payload:
        tune = Melody.from_json(payload["melody"])
    else:
        tune = studio.tune_sheet(payload["tune_id"])
    if tune is None or not _melody(tune).notes:
        raise BadMusic(reason="it has no notes")
    return tune


def _melody(tune: LeadSheet | Melody) -> Melody:
    return tune.melody if isinstance(tune, LeadSheet) else tune


def _insist_on_a_tune(melody: Melody) -> None:
    if len(melody.notes) < MIN_NOTES:
        raise TooShort(limit_s=3.0)
