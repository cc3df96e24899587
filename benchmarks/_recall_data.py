"""Tunes and queries for ``benchmarks recall``: the collection, real voices, sung tunes, songs as recordings.

What takes long (hearing, rendering, transcribing) is kept in a folder, so that a run that was cut off goes on.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks._mixes import load_script
from core import studio
from core.audio import Sound
from core.errors import HumbandError
from core.hear.voice import hear_voice
from core.music import Wish
from core.recall.build import opened, write_index
from core.recall.index import TuneIndex
from core.recall.match import Query
from core.recall.readers import tune_of_record
from core.recall.tune import Tune

COLLECTIONS = ("proto", "openewld", "midi")
SONGS = {  # which recordings of ssvd-train are of the same song
    "tune": (("1072", "1075", "1079", "1194", "1196", "1197", "1198", "1307", "1311", "1315", "313", "364"),
             ("1100", "1174", "1188", "1189", "427", "1011"), ("406", "407"), ("1228", "1252")),
    "test": (("1078", "1205", "1344", "335"), ("1101", "1130", "480"), ("1155", "1156", "410", "424"),
             ("man1_schoolbell", "man2_schoolbell"), ("1211", "1214")),
}
COPIES = {"1078": ("jingle bell",), "1211": ("minuet", "concerto lover", "classical - unknown"),
          "1155": ("angels we have heard",)}
SCORED = {  # recordings whose song nobody else sings, and which stands in the collection as a score under these words
    "1201": ("amazing",), "1207": ("camptown", "gwine to run all night"), "1216": ("we wish you",),
    "1208": ("yankee doodle", "bridge of avignon (v.fast)"), "1219": ("home on the range",),
    "1221": ("auld lang", "wij houden van oranje"), "1222": ("nick nack", "this old man"), "1223": ("god rest",),
    "man1_butterfly": ("alles neu macht",),
    "man1_twinkle": ("twinkle", "小星星", "zwarte piet, wie", "opera francoise")}
STYLES = ("hum", "la", "ta", "whistle")
CROP_S, FEWEST, SUNG_S = 10.0, 10, 17.0


def collection(shared: Path, path: Path) -> TuneIndex:
    if not path.exists():
        write_index(path, [*melodies(shared), *labels(shared).values()])
    return opened(path)


def melodies(shared: Path) -> Iterator[Tune]:
    for name in COLLECTIONS:
        for number, record in enumerate(records(shared, name), 1):
            tune = tune_of_record(record, f"{name}:{number}")
            if tune is not None:
                yield tune


def records(shared: Path, name: str) -> Iterator[dict]:
    lines = gzip.decompress((shared / f"data/midi/melodies/{name}.jsonl.gz").read_bytes()).splitlines()
    return map(json.loads, lines)


def labels(shared: Path) -> dict[str, Tune]:
    """A tune of each recording's hand-made labels, its seconds as beats at the median time between onsets."""
    found = {}
    for path in sorted((shared / "data/voice/ssvd-train").glob("*.csv")):
        rows = np.loadtxt(path, delimiter=",", skiprows=1)
        rows = rows[rows[:, 2] > 25]  # 1311 and 1315 hold an absurd note each
        beat_s = float(np.median(np.diff(rows[:, 0])))
        found[path.stem] = Tune(f"ssvd:{path.stem}", path.stem, (rows[:, 0] - rows[0, 0]) / beat_s,
                                (rows[:, 1] - rows[:, 0]) / beat_s, rows[:, 2])
    return found


def heard(shared: Path, name: str, work: Path) -> np.ndarray:
    """(onset_s, duration_s, pitch_midi) rows of a recording, as our note model hears it whole."""
    kept = work / f"{name}.npy"
    if not kept.exists():
        line = studio.hear(shared / f"data/voice/ssvd-train/{name}.flac")
        np.save(kept, np.array([(note.onset_s, note.duration_s, note.pitch_midi) for note in line.notes]))
    return np.load(kept)


def crop(rows: np.ndarray, seconds: float = CROP_S, fewest: int = FEWEST, where: float = 0.5) -> Query:
    """The notes that begin within ``seconds`` at a place of the recording (0 its beginning, 1 its end), or as many
    after its beginning as there must be."""
    start = max(0.0, (rows[-1, 0] + rows[-1, 1] - seconds) * where)
    inside = rows[(rows[:, 0] >= start) & (rows[:, 0] < start + seconds)]
    if len(inside) < fewest:
        later = rows[rows[:, 0] >= start][:fewest]
        inside = later if len(later) == fewest else rows[-fewest:]
    return Query(*inside.T)


def real_queries(shared: Path, work: Path, part: str, seconds: float = CROP_S, fewest: int = FEWEST,
                 every_s: float | None = None) -> Iterator[tuple[str, Query, str, set[str]]]:
    """(song, query, wanted id, hidden ids): the middle of every recording, or a crop ``every_s`` seconds of it, against
    two other singers of its song, or the only one."""
    for song in SONGS[part]:
        for i, name in enumerate(song):
            rows = heard(shared, name, work)
            for query in crops(rows, every_s, seconds, fewest) if every_s else [crop(rows, seconds, fewest)]:
                for other in sorted({song[(i + step) % len(song)] for step in (1, 2)} - {name}):
                    yield song[0], query, f"ssvd:{other}", {f"ssvd:{third}" for third in song if third != other}


def scored_queries(shared: Path, work: Path, index: TuneIndex,
                   every_s: float) -> Iterator[tuple[str, Query, set[str], set[str]]]:
    """(song, query, wanted ids, hidden ids): crops of SCORED recordings against all scores of the song."""
    for name, words in SCORED.items():
        wanted = titled(index, words)
        for query in crops(heard(shared, name, work), every_s):
            yield name, query, wanted, {f"ssvd:{name}"}


def titled(index: TuneIndex, words: tuple[str, ...]) -> set[str]:
    """The ids of tunes with one of these words in their titles."""
    return {tune_id for tune_id, title in index.names() if any(word in title.lower() for word in words)}


def crops(rows: np.ndarray, every_s: float, seconds: float = CROP_S, fewest: int = FEWEST) -> Iterator[Query]:
    """A crop every so many seconds of a recording."""
    spare_s = max(0.0, rows[-1, 0] + rows[-1, 1] - seconds)
    for begin in np.arange(0.0, spare_s + 1e-6, every_s).tolist():
        yield crop(rows, seconds, fewest, begin / max(spare_s, 1e-6))


def sung(shared: Path, work: Path, style: str, count: int, seed: int = 11) -> Iterator[tuple[str, np.ndarray]]:
    """(tune id, rows as heard): tunes from their middle on, sung by shared/eval/sing.py for SUNG_S seconds."""
    singer = load_script(shared / "eval/sing.py")
    lines = list(records(shared, "proto"))
    rng = np.random.default_rng([seed, STYLES.index(style)])
    done = 0
    for i in rng.permutation(len(lines)):
        middle = len(lines[i]["notes"]) // 4
        record = lines[i] | {"notes": lines[i]["notes"][middle:]}
        kept = work / f"sung-{style}-{i}.npy"
        if not kept.exists():
            got = singer.sing(record, np.random.default_rng([seed, int(i)]), style, max_s=SUNG_S)
            if not got or len(got[1]) < FEWEST:
                continue
            samples = got[0][:int((SUNG_S + 1) * singer.RATE)].astype(np.float32)
            try:
                notes = hear_voice(Sound(samples, singer.RATE)).notes
            except HumbandError:
                notes = ()
            np.save(kept, np.array([(n.onset_s, n.duration_s, n.pitch_midi) for n in notes]).reshape(-1, 3))
        yield f"proto:{i + 1}", np.load(kept)
        done += 1
        if done == count:
            return


def with_errors(query: Query, rng: np.random.Generator, share: float = 0.2, drift: float = 0.15) -> Query:
    """The query with a share of its notes up to three semitones wrong and its tempo drifting."""
    wrong = (rng.random(len(query)) < share) * rng.choice([-3, -2, -1, 1, 2, 3], len(query))
    return replace(query, pitch=query.pitch + wrong, onset=query.onset * np.linspace(1.0, 1 + drift, len(query)))


def recordings(shared: Path, work: Path, count: int, genres: tuple[str, ...]) -> Iterator[tuple[Tune, Query]]:
    """(the tune our reader makes of a rendered song's MP3, a hum of its melody by sing.py): songs of openewld's
    melodies, forty seconds of them, by our own band in several genres."""
    singer = load_script(shared / "eval/sing.py")
    rng = np.random.default_rng(8)
    lines = list(records(shared, "openewld"))
    done = 0
    for i in rng.permutation(len(lines)):
        tune = tune_of_record(lines[i], f"song-{i}")
        got = singer.sing(lines[i], np.random.default_rng([8, int(i)]), STYLES[done % 3], max_s=CROP_S + 2)
        if tune is None or tune.notes < 30 or not got or len(got[1]) < FEWEST + 2:
            continue
        kept = work / f"{tune.id}.tunes"
        if not kept.exists():
            take = studio.make_song(tune.to_melody(), Wish(genre=genres[done % len(genres)], length_s=40.0), work,
                                    tune.id)
            studio.add_tune(kept, take.mp3, tune_id=tune.id, title=tune.title)
            for file in work.glob(f"{tune.id}.[mj]*"):
                file.unlink()
        hum = work / f"{tune.id}.npy"
        if not hum.exists():
            notes = hear_voice(Sound(got[0].astype(np.float32), singer.RATE)).notes
            np.save(hum, np.array([(n.onset_s, n.duration_s, n.pitch_midi) for n in notes]).reshape(-1, 3))
        yield opened(kept).tune(0), crop(np.load(hum))
        done += 1
        if done == count:
            return
