"""Fit the costs of the alignment: ``python -m models.training.recall.costs SHARED --work DIR``.

Crops of real singers, four seconds apart, against another singer's labels of the song (or its scores) and the places
of other tunes most like them. The loss is logistic in the nats by which the right tune leads the best other one, at the
temperature that suits it best, every song weighing the same. One cost after the other is raised and lowered by a fifth,
and kept where that lowers the loss. ``--half`` fits on every second song and prints the loss of the others too.
"""

import argparse
import dataclasses
import pickle
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import _recall_data as data
from core.recall.align import COSTS, Costs, align
from core.recall.index import TuneIndex
from core.recall.match import CANDIDATES, ROUGH, Places, Query, pieces, query_windows

LEARNED = [field.name for field in dataclasses.fields(Costs) if field.name not in ("keys", "key_step", "band", "steps")]
EVERY_S = 4.0
QUERIES = 24  # of a song, at most
RIVALS = 110  # places
STEP = 1.2
TEMPERATURES = (0.35, 0.5, 0.7, 1.0, 1.4)
LOST = 1.0  # loss of a query whose right tune is not among the places


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """A query and the places (places,) it may lie at: ``right`` are those of the tune that is wanted."""

    song: str
    query: Query
    pitch: np.ndarray
    onset: np.ndarray
    assumed: np.ndarray
    tunes: np.ndarray
    right: np.ndarray

    def lead(self, costs: Costs) -> float:
        """Nats by which the right tune leads the best other one; nan where none of its places is here."""
        key, tempo = self.assumed
        nats = align(self.query.pitch, self.query.onset, self.pitch, self.onset, key, tempo, costs)
        return float(nats[self.right].max() - nats[~self.right].max()) if self.right.any() else np.nan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps the index and what was heard")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--half", action="store_true")
    args = parser.parse_args()
    kept = args.work / "cases.pkl"
    if not kept.exists():
        index = data.collection(args.shared, args.work / "all.tunes")
        kept.write_bytes(pickle.dumps(list(cases(args.shared, args.work, index))))
    every: list[Case] = pickle.loads(kept.read_bytes())
    songs = sorted({case.song for case in every})
    mine = set(songs[::2] if args.half else songs)
    fitted = [case for case in every if case.song in mine]
    others = [case for case in every if case.song not in mine]
    costs = descend(fitted, time.monotonic() + 60 * args.minutes)
    print({name: round(getattr(costs, name), 3) for name in LEARNED})
    if others:
        print(f"the other songs: {told(others, COSTS)} -> {told(others, costs)}")


def cases(shared: Path, work: Path, index: TuneIndex) -> Iterator[Case]:
    number = {tune_id: i for i, (tune_id, _) in enumerate(index.names())}
    found = [(song, query, {wanted}, hidden | data.titled(index, data.COPIES.get(song, ())))
             for part in data.SONGS
             for song, query, wanted, hidden in data.real_queries(shared, work, part, every_s=EVERY_S)]
    found += list(data.scored_queries(shared, work, index, EVERY_S))
    by_song = defaultdict(list)
    for row in found:
        by_song[row[0]].append(row)
    rng = np.random.default_rng(0)
    for rows in by_song.values():
        for i in rng.permutation(len(rows))[:QUERIES]:
            song, query, wanted, hidden = rows[i]
            yield case_of(index, song, pieces(query)[0], {number[w] for w in wanted}, {number[h] for h in hidden})


def case_of(index: TuneIndex, song: str, query: Query, wanted: set[int], hidden: set[int]) -> Case:
    vectors, starts = query_windows(query)
    places = Places.of(index.candidates(vectors, CANDIDATES), starts)
    places = places.some(np.flatnonzero(~np.isin(places.tunes, list(hidden))))
    assumed = places.key_and_tempo(index, query, starts)
    right = np.isin(places.tunes, list(wanted))
    rough = np.argsort(-places.aligned(index, query, assumed, ROUGH))
    kept = np.union1d(rough[:RIVALS], np.flatnonzero(right))
    some = places.some(kept)
    return Case(song, query, *some.stretches(index, len(query), COSTS.band), assumed[:, kept], some.tunes, right[kept])


def descend(cases: list[Case], end: float) -> Costs:
    """Costs of less loss than those of today, one changed at a time."""
    costs, best = COSTS, loss(cases, COSTS)
    print(f"as they are: {told(cases, costs)}", flush=True)
    for name in LEARNED * 3:
        for factor in (STEP, 1 / STEP):
            if time.monotonic() > end:
                return costs
            other = dataclasses.replace(costs, **{name: getattr(costs, name) * factor})
            if (value := loss(cases, other)) < best:
                costs, best = other, value
                print(f"{name} {getattr(costs, name):.3f}: {told(cases, costs)}", flush=True)
                break
    return costs


def leads(cases: list[Case], costs: Costs) -> dict[str, list[float]]:
    by_song = defaultdict(list)
    for case in cases:
        by_song[case.song].append(case.lead(costs))
    return by_song


def loss(cases: list[Case], costs: Costs) -> float:
    return _loss(leads(cases, costs))


def _loss(by_song: dict[str, list[float]]) -> float:
    return min(float(np.mean([_song_loss(np.array(nats), warm) for nats in by_song.values()])) for warm in TEMPERATURES)


def _song_loss(nats: np.ndarray, warm: float) -> float:
    return float(np.where(np.isnan(nats), LOST, np.logaddexp(0, -np.nan_to_num(nats) * warm)).mean())


def told(cases: list[Case], costs: Costs) -> str:
    by_song = leads(cases, costs)
    first = np.mean([np.mean(np.array(nats) > 0) for nats in by_song.values()])
    return f"loss {_loss(by_song):.4f}, right tune first {first:.3f}"


if __name__ == "__main__":
    main()
