"""Tune search: real voices, sung tunes, ablation, unknown tunes, recordings, the well-known tunes, growth.

    python -m benchmarks recall [../shared] [--parts real,sing,...] [--sing 40] [--songs 40] [--work DIR]

The collection is shared/data/midi/melodies without the noisy classical top lines, and the labels of ssvd-train: 23,924
tunes. Real queries: ten seconds (at least ten notes) of a recording, as our note model hears it, whose song somebody
else's labels hold: only theirs counts as found (``or a copy``: another entry of the same song too), and all other
labels of the song are taken out. Every song weighs the same. ``tune`` songs are those the alignment's costs and the
verdict were fitted on, ``test`` others. What takes long is kept in --work: a run that was cut off goes on.
"""

import argparse
import json
import tempfile
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import _recall_data as data
from benchmarks._recall_ablation import BASELINES
from core.recall.build import facts, note_arrays, opened, window_arrays, write_index
from core.recall.index import ARRAYS, TuneIndex
from core.recall.match import Query, find
from core.recall.store import write_arrays
from core.recall.tune import Tune

LENGTHS_S = (4, 6, 8, 10, 12, 16)
EVERY_S = 4.0
GENRES = ("pop", "folk", "jazz", "rock")
EMBEDDED = 10_000  # tunes of a larger index that are embedded in earnest, and repeated for the others
Ranks = dict[str, list[int]]
Table = dict[str, object]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks recall", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?", default=Path("../shared"))
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--sing", type=int, default=40, help="sung queries of each style")
    parser.add_argument("--lengths", type=int, nargs="*", default=LENGTHS_S, help="of sung queries, seconds")
    parser.add_argument("--songs", type=int, default=40, help="songs rendered and indexed as recordings")
    parser.add_argument("--work", type=Path, help="keeps the index and what was heard")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000], help="of growth")
    args = parser.parse_args(argv)
    table: Table = {}
    with tempfile.TemporaryDirectory() as temporary:
        args.work = args.work or Path(temporary)
        args.work.mkdir(parents=True, exist_ok=True)
        index = data.collection(args.shared, args.work / "all.tunes")
        for part in args.parts.split(","):
            table[part] = PARTS[part](index, args)
    print(json.dumps(table))
    return 0


def rank(names: list[str], wanted: str) -> int:
    """Where the wanted tune stands: 0 is first, 999 nowhere."""
    return names.index(wanted) if wanted in names else 999


def best(index: TuneIndex, query: Query, hidden: set[str]) -> list[str]:
    return [match.id for match in find([index], query, 10, hidden=hidden)] if len(query) > 2 else []


def shares(ranks: Ranks) -> dict[str, float]:
    """Top-1 and top-10, every tune weighing the same."""
    return {f"top{k}": round(float(np.mean([np.mean(np.array(r) < k) for r in ranks.values()])), 3) for k in (1, 10)}


def say(what: str, row: Table) -> Table:
    print(f"{what}: {row}", flush=True)
    return row


def real(index: TuneIndex, args: argparse.Namespace, every_s: float | None = None) -> Table:
    """Real voices, ten seconds of the middle, or a crop ``every_s`` seconds."""
    table: Table = {}
    where = f", a crop every {every_s} s" if every_s else ""
    for part in data.SONGS:
        strict, copies = defaultdict(list), defaultdict(list)
        for song, query, wanted, hidden in data.real_queries(args.shared, args.work, part, every_s=every_s):
            found = find([index], query, 10, hidden=hidden)
            strict[song].append(rank([match.id for match in found], wanted))
            copies[song].append(next((i for i, match in enumerate(found) if match.id == wanted or any(
                title in match.title.lower() for title in data.COPIES.get(song, ()))), 999))
        table[part] = say(f"real voices, {part}{where}", {
            **shares(strict), "or a copy": shares(copies), "songs": len(strict),
            "queries": sum(map(len, strict.values()))})
    return table


def everywhere(index: TuneIndex, args: argparse.Namespace) -> Table:
    """Real voices, ten seconds from anywhere: also of songs of which the collection holds a score."""
    table = real(index, args, EVERY_S)
    ranks = defaultdict(list)
    for song, query, wanted, hidden in data.scored_queries(args.shared, args.work, index, EVERY_S):
        names = best(index, query, hidden)
        ranks[song].append(next((i for i, name in enumerate(names) if name in wanted), 999))
    row: Table = {**shares(ranks), "songs": len(ranks), "queries": sum(map(len, ranks.values()))}
    table["scored"] = say(f"real voices, songs that stand there as scores, a crop every {EVERY_S} s", row)
    return table


def length(index: TuneIndex, args: argparse.Namespace) -> Table:
    """Real voices by the length of the crop, here with as few notes as it has, six at least."""
    table: Table = {}
    for part in data.SONGS:
        for seconds in LENGTHS_S:
            ranks = defaultdict(list)
            for song, query, wanted, hidden in data.real_queries(args.shared, args.work, part, seconds, 6):
                ranks[song].append(rank(best(index, query, hidden), wanted))
            table[f"{part}, {seconds} s"] = say(f"real voices, {part}, {seconds} s", dict(shares(ranks)))
    return table


def sing(index: TuneIndex, args: argparse.Namespace) -> Table:
    """Sung by sing.py: by length and style, and ten seconds with a fifth of the notes wrong and a drifting tempo."""
    table: Table = {}
    for style in data.STYLES:
        rng, wrong = np.random.default_rng(5), {}
        by_length: dict[int, Ranks] = defaultdict(dict)
        for name, rows in data.sung(args.shared, args.work, style, args.sing):
            for seconds in args.lengths:
                query = Query(*rows[rows[:, 0] < rows[:1, 0].sum() + seconds].T)
                by_length[seconds][name] = [rank(best(index, query, set()), name)]
                if seconds == data.CROP_S:
                    wrong[name] = [rank(best(index, data.with_errors(query, rng), set()), name)]
        table[style] = say(f"sung by sing.py, {style}", {
            "queries": len(wrong), **{f"{seconds} s": shares(ranks) for seconds, ranks in by_length.items()},
            "20 % wrong notes": shares(wrong)})
    return table


def ablation(index: TuneIndex, args: argparse.Namespace) -> Table:
    """Real voices of the test songs by one thing alone: each sees the whole collection."""
    ranks: dict[str, Ranks] = defaultdict(lambda: defaultdict(list))
    numbers = {name: number for number, (name, _) in enumerate(index.names())}
    for song, query, wanted, hidden in data.real_queries(args.shared, args.work, "test"):
        out = [numbers[name] for name in hidden]
        for name, score in BASELINES.items():
            kept = args.work / f"ablation-{name}-{len(query)}-{abs(float(query.pitch.sum())):.5f}.npy"
            if not kept.exists():
                np.save(kept, score(index, query))
            scores = np.load(kept)
            scores[out] = -np.inf
            ranks[name][song].append(int((scores > scores[numbers[wanted]]).sum()))
        ranks["both"][song].append(rank(best(index, query, hidden), wanted))
    return {name: say(f"alone: {name}", dict(shares(rows))) for name, rows in ranks.items()}


def unknown(index: TuneIndex, args: argparse.Namespace) -> Table:
    """How many right tunes are named, and how many queries whose song is taken out get a name all the same."""
    table: Table = {}
    for part in data.SONGS:
        named, wrong, copies = defaultdict(list), defaultdict(list), defaultdict(list)
        for song, query, wanted, hidden in data.real_queries(args.shared, args.work, part):
            first = find([index], query, 1, hidden=hidden)[0]
            named[song].append(first.id == wanted and first.known)
            other = find([index], query, 1, hidden=hidden | {wanted})[0]
            copy = any(title in other.title.lower() for title in data.COPIES.get(song, ()))
            wrong[song].append(other.known and not copy)
            copies[song].append(other.known and copy)
        table[part] = say(f"unknown tunes, {part}", {
            name: round(float(np.mean([np.mean(v) for v in values.values()])), 3)
            for name, values in (("named", named), ("unknown, named all the same", wrong), ("a copy named", copies))})
    return table


def recordings(index: TuneIndex, args: argparse.Namespace) -> Table:
    """Songs rendered by our band, indexed as MP3 beside the collection, hummed by sing.py."""
    ranks, lead = {}, {}
    path = args.work / "recorded.tunes"
    pairs = list(data.recordings(args.shared, args.work, args.songs, GENRES))
    write_index(path, [tune for tune, _ in pairs])
    both = [index, opened(path)]
    for tune, query in pairs:
        # scores of the song are in the collection too: they are no other tune
        found = [match for match in find(both, query, 40)
                 if match.id == tune.id or tune.title.casefold() not in match.title.casefold()]
        ranks[tune.id] = [rank([match.id for match in found], tune.id)]
        alone = [match.id for match in find([both[1]], query, 10)]
        lead[tune.id] = [rank(alone, tune.id)]
    return say("full recordings", {"songs": len(pairs), "beside 23,924 tunes": shares(ranks),
                                   "among themselves": shares(lead)})


def growth(index: TuneIndex, args: argparse.Namespace) -> Table:
    """Build and query time with more and more tunes: the collection's, then shuffled ones of it."""
    table: Table = {}
    query = data.crop(data.heard(args.shared, "1072", args.work))
    for size in args.sizes:
        path = args.work / "growth.tunes"
        begun = time.process_time()
        build(index, size, path)
        build_s = time.process_time() - begun
        grown = opened(path)
        find([grown], query)
        tracemalloc.start()
        find([grown], query)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        times = []
        for _ in range(5):
            begun = time.process_time()
            find([grown], query)
            times.append(time.process_time() - begun)
        table[str(size)] = say(f"{size} tunes", {
            "build_s": round(build_s, 1), "query_s": round(min(times), 3), "query_mb": round(peak / 2**20),
            "file_mb": round(path.stat().st_size / 2**20)})
        path.unlink()
    return table


def build(index: TuneIndex, size: int, path: Path) -> None:
    """An index of that many tunes. Those above EMBEDDED are the first ones again, notes and vectors: what a query does
    is the same, and what building takes is told by the smaller ones."""
    rng = np.random.default_rng(3)
    count = min(size, EMBEDDED)
    drawn = rng.integers(len(index), size=count).tolist()
    notes = note_arrays([shuffled(index.tune(number), i, rng) for i, number in enumerate(drawn)])
    arrays = notes | window_arrays(notes)
    times = -(-size // count)
    runs = ("first_note", "first_window", "text_at")
    arrays = ({name: np.tile(array, (times,) + (1,) * (array.ndim - 1)) for name, array in arrays.items()
               if name not in runs}
              | {name: np.append(0, arrays[name][1:].astype(np.int64)
                                 + np.arange(times)[:, None] * int(arrays[name][-1])).astype(np.uint32)
                 for name in runs})
    write_arrays(path, {name: arrays[name] for name in ARRAYS}, facts())


def shuffled(tune: Tune, number: int, rng: np.random.Generator) -> Tune:
    """The tune with its steps in another order: like music, and none that anybody knows."""
    steps = rng.permutation(np.diff(tune.pitch_midi))
    pitch = np.clip(tune.pitch_midi[0] + np.concatenate([[0], np.cumsum(steps)]), 1, 127)
    return replace(tune, id=f"{number}", pitch_midi=pitch)


PARTS: dict[str, Callable[[TuneIndex, argparse.Namespace], Table]] = {
    "real": real, "everywhere": everywhere, "unknown": unknown, "length": length, "growth": growth, "sing": sing,
    "ablation": ablation, "recordings": recordings}
