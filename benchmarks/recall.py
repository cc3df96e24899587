"""Tune search: real voices, sung tunes, crop lengths, unknown tunes, growth.

    python -m benchmarks recall [../shared] [--parts real,sing,length,unknown,growth] [--sing 40] [--work DIR]

The collection is shared/data/midi/melodies without the noisy classical top lines, and the labels of ssvd-train: 23,924
tunes. Real queries: ten seconds (at least ten notes) of a recording, as our note model hears it, whose song somebody
else's labels hold: only theirs counts as found, and all other labels of the song are taken out of the answer. Every
song weighs the same. ``tune`` songs are those the alignment's costs and the verdict were fitted on, ``test`` others.
"""

import argparse
import gzip
import json
import tempfile
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.notes import _load
from core import studio
from core.audio import Sound
from core.errors import HumbandError
from core.hear.voice import hear_voice
from core.recall.build import opened, write_index
from core.recall.index import TuneIndex
from core.recall.match import Query, find, query_windows
from core.recall.readers import tune_of_record
from core.recall.tune import Tune

COLLECTIONS = ("proto", "openewld", "midi")
SONGS = {  # which recordings of ssvd-train are of the same song
    "tune": (("1072", "1075", "1079", "1194", "1196", "1197", "1198", "1307", "1311", "1315", "313", "364"),
             ("1100", "1174", "1188", "1189", "427", "1011"), ("406", "407"), ("1228", "1252")),
    "test": (("1078", "1205", "1344", "335"), ("1101", "1130", "480"), ("1155", "1156", "410", "424"),
             ("man1_schoolbell", "man2_schoolbell"), ("1211", "1214")),
}
STYLES = ("hum", "la", "ta", "whistle")
CROP_S, FEWEST = 10.0, 10
Ranks = dict[str, list[int]]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks recall", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?", default=Path("../shared"))
    parser.add_argument("--parts", default="real,sing,length,unknown,growth")
    parser.add_argument("--sing", type=int, default=40, help="sung queries of each style")
    parser.add_argument("--work", type=Path, help="keeps the index and what was heard")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000], help="of growth, in tunes")
    args = parser.parse_args(argv)
    table: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as temporary:
        work = args.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        index = collection(args.shared, work / "all.tunes")
        for part in args.parts.split(","):
            table[part] = {"real": real, "sing": sing, "length": length, "unknown": unknown, "growth": growth}[part](
                index, args, work)
    print(json.dumps(table))
    return 0


def collection(shared: Path, path: Path) -> TuneIndex:
    if not path.exists():
        begun = time.process_time()
        count = write_index(path, [*melodies(shared), *labels(shared).values()])
        print(f"{count} tunes indexed in {time.process_time() - begun:.1f} s of processor time, "
              f"{path.stat().st_size / 2**20:.0f} MB")
    return opened(path)


def melodies(shared: Path) -> Iterator[Tune]:
    for name in COLLECTIONS:
        lines = gzip.decompress((shared / f"data/midi/melodies/{name}.jsonl.gz").read_bytes()).splitlines()
        for number, text in enumerate(lines, 1):
            tune = tune_of_record(json.loads(text), f"{name}:{number}")
            if tune is not None:
                yield tune


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


def crop(rows: np.ndarray, seconds: float = CROP_S, fewest: int = FEWEST) -> Query:
    """The notes that begin in the middle ``seconds``, or as many after its beginning as there must be."""
    start = max(0.0, (rows[-1, 0] + rows[-1, 1] - seconds) / 2)
    inside = rows[(rows[:, 0] >= start) & (rows[:, 0] < start + seconds)]
    if len(inside) < fewest:
        later = rows[rows[:, 0] >= start][:fewest]
        inside = later if len(later) == fewest else rows[-fewest:]
    return Query(*inside.T)


def rank(index: TuneIndex, query: Query, wanted: str, hidden: set[str]) -> tuple[int, int]:
    """Where the wanted tune stands (0 is first, 999 nowhere): after everything, and by the embedding alone."""
    named = [match.id for match in find([index], query, 10 + len(hidden)) if match.id not in hidden]
    vectors, _ = query_windows(query)
    likely = [index.name(int(tune))[0] for tune in index.candidates(vectors, 10 + len(hidden)).tunes]
    likely = [name for name in likely if name not in hidden]
    return tuple(names.index(wanted) if wanted in names else 999 for names in (named, likely))  # type: ignore[return-value]


def shares(ranks: Ranks) -> dict[str, float]:
    """Top-1 and top-10, every tune weighing the same."""
    return {f"top{k}": round(float(np.mean([np.mean(np.array(r) < k) for r in ranks.values()])), 3) for k in (1, 10)}


def real_queries(shared: Path, work: Path, part: str) -> Iterator[tuple[str, Query, str, set[str]]]:
    """(song, query, wanted id, hidden ids): every recording against two other singers of its song, or the only one."""
    for song in SONGS[part]:
        for i, name in enumerate(song):
            query = crop(heard(shared, name, work))
            for other in {song[(i + step) % len(song)] for step in (1, 2)} - {name}:
                yield song[0], query, f"ssvd:{other}", {f"ssvd:{third}" for third in song if third != other}


def real(index: TuneIndex, args: argparse.Namespace, work: Path) -> dict[str, object]:
    table: dict[str, object] = {}
    for part in SONGS:
        both, alone = defaultdict(list), defaultdict(list)
        for song, query, wanted, hidden in real_queries(args.shared, work, part):
            a, b = rank(index, query, wanted, hidden)
            both[song].append(a)
            alone[song].append(b)
        table[part] = {"both": shares(both), "embedding alone": shares(alone), "songs": len(both),
                       "queries": sum(map(len, both.values()))}
        print(f"real voices, {part}: {table[part]}", flush=True)
    return table


def sung(args: argparse.Namespace, style: str, count: int, seed: int) -> Iterator[tuple[str, np.ndarray, Query]]:
    """(tune id, samples, query): ten seconds from the middle of tunes sung by shared/eval/sing.py, and heard."""
    singer = _load(args.shared / "eval/sing.py")
    lines = gzip.decompress((args.shared / "data/midi/melodies/proto.jsonl.gz").read_bytes()).splitlines()
    rng = np.random.default_rng(seed)
    for i in rng.permutation(len(lines)):
        record = json.loads(lines[i])
        middle = len(record["notes"]) // 4
        got = singer.sing(record | {"notes": record["notes"][middle:]}, rng, style, max_s=CROP_S + 1)
        if not got or len(got[1]) < FEWEST:
            continue
        samples = got[0][:int((CROP_S + 1) * singer.RATE)].astype(np.float32)
        try:
            notes = hear_voice(Sound(samples, singer.RATE)).notes
        except HumbandError:
            notes = ()
        rows = np.array([(note.onset_s, note.duration_s, note.pitch_midi) for note in notes]).reshape(-1, 3)
        yield f"proto:{i + 1}", samples, Query(*rows.T)
        count -= 1
        if not count:
            return


def sing(index: TuneIndex, args: argparse.Namespace, work: Path) -> dict[str, object]:
    table: dict[str, object] = {}
    for style in STYLES:
        ranks, alone, rng = {}, {}, np.random.default_rng(5)
        wrong = {}
        for name, _, query in sung(args, style, args.sing, seed=11):
            both = rank(index, query, name, set()) if len(query) > 2 else (999, 999)
            ranks[name], alone[name] = [both[0]], [both[1]]
            pitch = query.pitch + (rng.random(len(query)) < 0.2) * rng.choice([-3, -2, -1, 1, 2, 3], len(query))
            onset = query.onset * np.linspace(1.0, 1.15, len(query))
            wrong[name] = [rank(index, replace(query, pitch=pitch, onset=onset), name, set())[0]
                           if len(query) > 2 else 999]
        table[style] = {"both": shares(ranks), "embedding alone": shares(alone), "20 % wrong notes": shares(wrong)}
        print(f"sung by sing.py, {style}: {table[style]}", flush=True)
    return table


def length(index: TuneIndex, args: argparse.Namespace, work: Path) -> dict[str, object]:
    """Real voices by the length of the crop; here with as few notes as it has, six at least."""
    table: dict[str, object] = {}
    for seconds in (4, 6, 8, 10, 12, 16):
        ranks = defaultdict(list)
        for part in SONGS:
            for song in SONGS[part]:
                for i, name in enumerate(song):
                    other = song[(i + 1) % len(song)]
                    query = crop(heard(args.shared, name, work), seconds, 6)
                    hidden = {f"ssvd:{third}" for third in song if third != other}
                    ranks[song[0]].append(rank(index, query, f"ssvd:{other}", hidden)[0])
        table[f"{seconds} s"] = shares(ranks)
        print(f"real voices, {seconds} s: {table[f'{seconds} s']}", flush=True)
    return table


def unknown(index: TuneIndex, args: argparse.Namespace, work: Path) -> dict[str, object]:
    """How many right tunes are named, and how many queries whose song is taken out get a name all the same.

    (Some of those names are right: the collection holds a minuet and a carol of these songs under other names.)
    """
    table: dict[str, object] = {}
    for part in SONGS:
        named, wrong = defaultdict(list), defaultdict(list)
        for song, query, wanted, hidden in real_queries(args.shared, work, part):
            matches = [match for match in find([index], query, 10 + len(hidden)) if match.id not in hidden]
            named[song].append(matches[0].id == wanted and matches[0].known)
            others = [match for match in matches if match.id != wanted]
            wrong[song].append(others[0].known)
        table[part] = {name: round(float(np.mean([np.mean(v) for v in values.values()])), 3)
                       for name, values in (("named", named), ("unknown, named all the same", wrong))}
        print(f"unknown tunes, {part}: {table[part]}", flush=True)
    return table


def growth(index: TuneIndex, args: argparse.Namespace, work: Path) -> dict[str, object]:
    """Build and query time with more and more tunes: the collection's, then shuffled ones of it."""
    table: dict[str, object] = {}
    query = crop(heard(args.shared, "1072", work))
    rng = np.random.default_rng(3)
    for size in args.sizes:
        path = work / "growth.tunes"
        begun = time.process_time()
        write_index(path, (shuffled(index.tune(i % len(index)), i, rng) for i in range(size)))
        build_s = time.process_time() - begun
        grown = opened(path)
        find([grown], query)
        tracemalloc.start()
        find([grown], query)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        times = []
        for _ in range(3):
            begun = time.process_time()
            find([grown], query)
            times.append(time.process_time() - begun)
        table[str(size)] = {"build_s": round(build_s, 1), "query_s": round(min(times), 3),
                            "query_mb": round(peak / 2**20), "file_mb": round(path.stat().st_size / 2**20)}
        print(f"{size} tunes: {table[str(size)]}", flush=True)
        path.unlink()
    return table


def shuffled(tune: Tune, number: int, rng: np.random.Generator) -> Tune:
    """The tune with its steps in another order: like music, and none that anybody knows."""
    steps = rng.permutation(np.diff(tune.pitch_midi))
    pitch = np.clip(tune.pitch_midi[0] + np.concatenate([[0], np.cumsum(steps)]), 1, 127)
    return replace(tune, id=f"{number}", pitch_midi=pitch)
