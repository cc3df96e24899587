"""The line to a name: what tune is this? And the collections of tunes it is looked for in."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core import errors
from core.music import Key, LeadSheet, Melody, SungNote
from core.recall.found import Match
from core.studio.listening import Heard, hear, listen
from core.studio.recordings import read_recording
from core.studio.source import MAX_FILE_BYTES, MIN_TUNE_NOTES, Progress, Source, read_source, silent

if TYPE_CHECKING:
    from core.recall.index import TuneIndex
    from core.recall.match import Query
    from core.recall.tune import Tune

MAX_COLLECTION_BYTES = 1 << 30
RECORDING_BPM = 120.0  # what a second counts as where a recording's own beat is not looked for


def build_index(files: Sequence[Path], index: Path, *, progress: Progress = silent) -> int:
    """Build an index of the tunes of some files (JSON lines, ABC, MusicXML, RTTTL, MIDI, sound) in the place of the
    one at ``index``; returns how many tunes it holds. Raises HumbandError, and then leaves the old one."""
    from core.recall.build import write_index

    tunes = []
    for number, file in enumerate(files):
        progress("reading", 0.4 * number / len(files))
        try:
            tunes += list(_tunes_of(_read_collection(file), file.name))
        except errors.HumbandError as error:
            raise type(error)(f"{file.name}: {error}") from error
    return write_index(index, tunes, progress=lambda share: progress("indexing", 0.4 + 0.6 * share))


def identify(source: Source | Melody | Heard, *, indices: Sequence[Path] | None = None, limit: int = 10,
             exclude: Collection[str] = (), progress: Progress = silent) -> list[Match]:
    """What tune a voice note, MIDI file, song or melody may be: the ``limit`` likeliest, best first. What was
    listened to already is not heard again.

    Looks in the given indices, or in the one that is shipped, as if the ids to ``exclude`` were not there; fewer come
    back where there are fewer tunes. ``known`` of a match says whether it is sure enough to be named.
    Raises HumbandError; NoMelody for fewer than three notes.
    """
    from core.recall.match import find

    opened = [_open(path) for path in (indices if indices is not None else [shipped_index()])]
    progress("hearing", 0.05)
    query = _query(source)
    progress("searching", 0.6)
    matches = find(opened, query, limit, hidden=frozenset(exclude))
    progress("done", 1.0)
    return matches


def add_tune(index: Path, tune: Source | Melody, *, tune_id: str, title: str) -> None:
    """Add a tune (a hum, a recording, MIDI, a score, a melody) to an index, in place of one with this id; an index
    that does not exist yet begins. Of a source with several tunes the first is taken. Raises HumbandError."""
    from core.recall.build import add
    from core.recall.tune import Tune

    if isinstance(tune, Melody):
        if len(tune.notes) < MIN_TUNE_NOTES:
            raise errors.NoMelody()
        known = Tune.of_melody(tune, tune_id=tune_id, title=title)
    else:
        first = next(_tunes_of(read_source(tune), tune_id), None)
        if first is None:
            raise errors.NoMelody()
        known = replace(first, id=tune_id, title=title or first.title)
    add(index, [known])


def add_tunes(index: Path, file: Path, *, title: str | None = None) -> list[tuple[str, str]]:
    """Add all tunes of a file to an index, a single one under ``title``; their (id, title). Raises HumbandError."""
    from core.recall.build import add

    tunes = list(_tunes_of(_read_collection(file), file.name))
    if title and len(tunes) == 1:
        tunes = [replace(tunes[0], title=title)]
    add(index, tunes)
    return [(tune.id, tune.title) for tune in tunes]


def remove_tune(index: Path, tune_id: str) -> bool:
    """Remove a tune from an index; says whether there was one of this id. Raises Missing, Unreadable."""
    from core.recall.build import remove

    return remove(index, tune_id)


def count_tunes(index: Path) -> int:
    """How many tunes an index holds. Raises Missing, Unreadable."""
    return len(_open(index))


def list_tunes(index: Path) -> list[tuple[str, str]]:
    """(id, title) of every tune of an index. Raises Missing, Unreadable."""
    return _open(index).names()


def tune_sheet(tune_id: str, index: Path | None = None) -> LeadSheet | Melody | None:
    """The melody of an indexed tune, for its sheet and band, with a key where the source named none; None where
    there is no such tune. Without ``index`` it is looked for among the shipped ones. Raises Missing, Unreadable."""
    opened = _open(index or shipped_index())
    number = opened.number(tune_id)
    if number is None:
        return None
    tune = opened.tune(number)
    melody = tune.to_melody()
    return melody if tune.key else replace(melody, key=_key_of(melody))


def shipped_index() -> Path:
    """The index that comes with Humband; the first call on a machine unpacks it, which takes some seconds."""
    from core.recall.shipped import shipped_index as unpacked

    return unpacked()


def _key_of(melody: Melody) -> Key:
    from core.understand.key import rank_keys

    return rank_keys(melody)[0][0]


def _query(source: Source | Melody | Heard) -> "Query":
    if isinstance(source, Heard):
        if source.line:
            return _query_of_notes(source.line.notes)
        source = source.melody
    if not isinstance(source, Melody):
        data = read_source(source)
        if data[:4] == b"MThd" or data.lstrip()[:1] == b"{":
            source = listen(data).melody
        else:
            return _query_of_notes(hear(data).notes)
    beat_s = 60 / source.bpm
    return _query_of_notes([SungNote(note.onset_beats * beat_s, note.end_beats * beat_s, float(note.pitch))
                            for note in source.notes])


def _query_of_notes(notes: Sequence[SungNote]) -> "Query":
    import numpy as np

    from core.recall.match import Query

    if len(notes) < MIN_TUNE_NOTES:
        raise errors.NoMelody()
    onset, duration, pitch = (np.array([getattr(note, name) for note in notes], float)
                              for name in ("onset_s", "duration_s", "pitch_midi"))
    return Query(onset, duration, pitch)


def _read_collection(file: Path) -> bytes:
    """A file of tunes: larger than what a person sends may be, as it is the owner's own."""
    try:
        if file.stat().st_size <= MAX_FILE_BYTES:
            return read_source(file)
        if file.stat().st_size > MAX_COLLECTION_BYTES:
            raise errors.TooLarge(limit_mb=MAX_COLLECTION_BYTES / 2**20)
        return file.read_bytes()
    except FileNotFoundError as error:
        raise errors.Missing() from error
    except OSError as error:
        raise errors.Unreadable() from error


def _tunes_of(data: bytes, name: str) -> "Iterator[Tune]":
    """The tunes of a file's bytes: one of a MIDI file or a recording, any number of the other kinds."""
    from core.containers import sniff_container
    from core.recall.readers import kind_of, read_tunes
    from core.recall.tune import Tune

    title = Path(name).stem.replace("_", " ")
    if kind_of(data) is None and data[:4] == b"MThd":
        yield Tune.of_melody(listen(data).melody, tune_id=name, title=title)
        return
    if kind_of(data) is None and sniff_container(data):
        yield _tune_of_sound(data, name, title)
        return
    for tune in read_tunes(data, name):
        yield tune if tune.title != tune.id else replace(tune, title=title)


def _tune_of_sound(data: bytes, tune_id: str, title: str) -> "Tune":
    """The tune of a lone voice on its grid. Of a full recording several readings one after the other, far apart: the
    line that leads it, by several ways to tell it, as nobody knows which of them people hum."""
    from core.hear.dominant import is_mix, possible_leads
    from core.recall.tune import APART_BEATS, Tune, tune_of_rows

    sound = read_recording(data)
    if not is_mix(sound):
        with suppress(errors.NoMelody, errors.TooLong):
            heard = listen(data)
            if "several" not in heard.warnings:
                return Tune.of_melody(heard.melody, tune_id=tune_id, title=title)
    beats_per_s, rows, start = RECORDING_BPM / 60, [], 0.0
    for reading in possible_leads(sound):
        rows += [(start + note.onset_s * beats_per_s, note.duration_s * beats_per_s, note.pitch_midi)
                 for note in reading]
        start = max((on + duration for on, duration, _ in rows), default=0.0) + 2 * APART_BEATS
    tune = tune_of_rows(tune_id, title, rows, bpm=RECORDING_BPM)
    if tune is None:
        raise errors.NoMelody()
    return tune


@lru_cache(maxsize=64)
def _opened(path: Path, inode: int, changed_ns: int, size: int) -> "TuneIndex":
    from core.recall.build import opened

    return opened(path)


def _open(path: Path) -> "TuneIndex":
    """An index, opened anew when another took its place."""
    try:
        state = path.stat()
    except OSError as error:
        raise errors.Missing("There is no such index of tunes. `humband tunes build` makes one.") from error
    return _opened(path.resolve(), state.st_ino, state.st_mtime_ns, state.st_size)
