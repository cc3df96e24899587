"""Fit the costs of the alignment: ``python -m models.training.recall.costs SHARED --work DIR``.

Pairs of real singers: crops of SSVD's training part, as our note model hears them, against another singer's labels of
the same song and the tunes most like them. Ranking as a softmax over tunes (the right one's cross-entropy, every song
weighing the same), its gradient through the Viterbi path; costs stay positive and near where they began. ``--leave``
keeps one song out and prints how it fares before and after. Needs models/training/requirements.txt.
"""

import argparse
import dataclasses
import pickle
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from benchmarks._recall_data import SONGS, collection, heard
from core.recall.align import AT_ENDS, COSTS, SAME, SHORTEST, Costs
from core.recall.index import TuneIndex
from core.recall.match import CANDIDATES, Places, Query, query_windows

LEARNED = [field.name for field in dataclasses.fields(Costs) if field.name not in ("keys", "band", "steps")]
LIKENESS = "likeness"  # weight of the embedding beside the alignment
EVERY_S, LENGTHS_S, FEWEST, MOST = 5.0, (10.0,), 10, 26
RIVALS = 20


@dataclasses.dataclass
class Case:
    """A query and the places it may lie at: of the right tune, and of its rivals."""

    song: str
    query: Query
    pitch: np.ndarray
    onset: np.ndarray
    key: np.ndarray
    tempo: np.ndarray
    likeness: np.ndarray
    right: np.ndarray


def crops(rows: np.ndarray) -> Iterator[Query]:
    for seconds in LENGTHS_S:
        for start in np.arange(0.0, max(rows[-1, 0] - seconds, 0.1), EVERY_S):
            inside = rows[(rows[:, 0] >= start) & (rows[:, 0] < start + seconds)]
            if FEWEST <= len(inside) <= MOST:
                yield Query(*inside.T)


def cases(shared: Path, work: Path, index: TuneIndex) -> Iterator[Case]:
    number = {name: i for i, (name, _) in enumerate(index.names())}
    for song in [song for part in SONGS.values() for song in part]:
        hidden = {number[f"ssvd:{name}"] for name in song}
        for i, name in enumerate(song):
            wanted = {number[f"ssvd:{song[(i + step) % len(song)]}"] for step in (1, 2)} - {number[f"ssvd:{name}"]}
            for query in crops(heard(shared, name, work)):
                yield case(index, song[0], query, wanted, hidden - wanted)


def case(index: TuneIndex, song: str, query: Query, wanted: set[int], hidden: set[int]) -> Case:
    vectors, starts = query_windows(query)
    found = index.candidates(vectors, CANDIDATES)
    places = Places.of(found, starts)
    assumed = places.key_and_tempo(index, query, starts)
    score = places.aligned(index, query, assumed, COSTS)
    score[np.isin(places.tunes, list(hidden))] = -np.inf
    right = np.isin(places.tunes, list(wanted))
    kept = np.flatnonzero(right)
    kept = np.concatenate([kept, np.argsort(-np.where(right, -np.inf, score))[:RIVALS]])
    likeness = dict(zip(found.tunes.tolist(), found.likeness.tolist(), strict=True))
    places = places.some(kept)
    pitch, onset = places.stretches(index, len(query), COSTS.band)
    return Case(song, query, pitch, onset, *assumed[:, kept],
                np.array([likeness[tune] for tune in places.tunes.tolist()]), right[kept])


class Batch:
    """All cases of one number of notes, their places one after the other."""

    def __init__(self, kept: list[Case], weight: dict[str, float]) -> None:
        count = [len(case.key) for case in kept]
        self.notes = len(kept[0].query)
        self.case = torch.from_numpy(np.repeat(np.arange(len(kept)), count))
        self.cases = len(kept)
        self.weight = torch.tensor([weight[case.song] for case in kept])
        self.songs = [case.song for case in kept]

        def joined(values: list[np.ndarray]) -> torch.Tensor:
            return torch.from_numpy(np.concatenate(values).astype(np.float32))

        self.sung = joined([np.repeat(case.query.pitch[None], n, 0) for case, n in zip(kept, count, strict=True)]).T
        self.at = joined([np.repeat(case.query.onset[None], n, 0) for case, n in zip(kept, count, strict=True)]).T
        pitch, onset = joined([case.pitch for case in kept]).T, joined([case.onset for case in kept]).T
        self.beyond = torch.isnan(pitch)
        self.target = torch.where(self.beyond, 1e4, pitch) + joined([case.key for case in kept])
        self.onset, self.tempo = onset, joined([case.tempo for case in kept])
        self.likeness = joined([case.likeness for case in kept])
        self.right = torch.from_numpy(np.concatenate([case.right for case in kept]))

    def scores(self, cost: dict[str, torch.Tensor]) -> torch.Tensor:
        """As ``core.recall.align.align`` has them, and the embedding's likeness beside it. (places,)"""
        count, width, keys = self.target.shape[1], 2 * COSTS.band + 1, COSTS.keys
        halves = ((torch.arange(keys) - keys // 2) / 2)[:, None, None]
        repeat = torch.zeros_like(self.target, dtype=torch.bool)
        repeat[1:] = (self.target[1:] - self.target[:-1]).abs() < SAME
        missing = torch.where(repeat, cost["missing_repeat"], cost["missing"])
        again = torch.zeros_like(self.sung, dtype=torch.bool)
        again[1:] = (self.sung[1:] - self.sung[:-1]).abs() < SAME
        extra = torch.where(again, cost["extra_repeat"], cost["extra"])
        before = torch.cat([torch.zeros(1, count), extra.cumsum(0)])
        rows: list[torch.Tensor] = []
        ends = []
        for i in range(self.notes):
            fit = (self.target[None, i:i + width] - self.sung[i] + halves) / cost["pitch_sd"]
            fit = torch.maximum(cost["right_pitch"] - 0.5 * fit**2, -cost["wrong_pitch"])
            best = torch.full((keys, width, count), -1e9)
            if i <= AT_ENDS:
                best = best * 0 - before[i]
            best = best - cost["astray"] * halves.abs()
            for a, b in COSTS.steps:
                if i < a:
                    continue
                low, high = max(0, b - a), min(width, width + b - a)
                places = torch.arange(i + low, i + high)
                gap = torch.log2((self.onset[places] - self.onset[(places - b).clamp(min=0)]).clamp(min=SHORTEST))
                off = (gap + self.tempo - torch.log2((self.at[i] - self.at[i - a]).clamp(min=SHORTEST))).abs()
                gain = torch.maximum(cost["right_time"] - cost["time_slope"] * off, -cost["wrong_time"])
                gain = gain - (before[i] - before[i - a + 1])
                for back in range(1, b):
                    gain = gain - missing[(places - back).clamp(min=0)]
                reached = rows[i - a][:, low + a - b:high + a - b] + gain
                best = torch.maximum(best, torch.cat([torch.full((keys, low, count), -1e9), reached,
                                                      torch.full((keys, width - high, count), -1e9)], 1))
            best = (best + fit).masked_fill(self.beyond[None, i:i + width], -1e9)
            lower = torch.cat([torch.full((1, width, count), -1e9), best[:-1] - cost["drift"]])
            upper = torch.cat([best[1:] - cost["drift"], torch.full((1, width, count), -1e9)])
            rows.append(torch.maximum(best, torch.maximum(lower, upper)))
            if i >= self.notes - 1 - AT_ENDS:
                ends.append(rows[-1].reshape(-1, count).max(0).values - (before[-1] - before[i + 1]))
        return torch.stack(ends).max(0).values + cost[LIKENESS] * self.likeness

    def judged(self, scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(cross-entropy (cases,), right tune first (cases,)); a case without a place of the right tune is lost."""
        floor = torch.full((self.cases,), -1e4)
        right = floor.scatter_reduce(0, self.case[self.right], scores[self.right], "amax")
        wrong = floor.scatter_reduce(0, self.case[~self.right], scores[~self.right], "amax")
        top = torch.maximum(right, wrong).detach()
        total = torch.zeros(self.cases).scatter_add(0, self.case[~self.right],
                                                    (scores - top[self.case]).exp()[~self.right])
        found = right > -1e3
        loss = torch.where(found, (total + (right - top).exp()).log() - (right - top), 0.0)
        return loss, found & (right > wrong)


def fit(data: list[Case], start: dict[str, float], steps: int, stiff: float) -> dict[str, float]:
    share: dict[str, int] = defaultdict(int)
    for one in data:
        share[one.song] += 1
    grouped = batches(data, {song: 1 / (count * len(share)) for song, count in share.items()})
    begun = torch.tensor([start[name] for name in (*LEARNED, LIKENESS)]).log()
    value = begun.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([value], 0.04)
    for step in range(steps):
        optimiser.zero_grad()
        stiffness = stiff * ((value - begun) ** 2).sum()
        stiffness.backward()
        total = stiffness.item()
        for batch in grouped:
            cost = dict(zip((*LEARNED, LIKENESS), value.exp(), strict=True))
            loss = (batch.judged(batch.scores(cost))[0] * batch.weight).sum()
            loss.backward()
            total += loss.item()
        optimiser.step()
        if step % 5 == 0 or step == steps - 1:
            print(f"  step {step}  loss {total:.4f}", flush=True)
    return dict(zip((*LEARNED, LIKENESS), value.exp().tolist(), strict=True))


def batches(data: list[Case], weight: dict[str, float]) -> list[Batch]:
    groups = defaultdict(list)
    for one in data:
        groups[len(one.query)].append(one)
    return [Batch(group, weight) for group in groups.values()]


@torch.no_grad()
def first(data: list[Case], costs: dict[str, float]) -> tuple[float, float]:
    """(share of right tunes first, cross-entropy), every song weighing the same."""
    hits, losses = defaultdict(list), defaultdict(list)
    for batch in batches(data, dict.fromkeys({one.song for one in data}, 1.0)):
        loss, right = batch.judged(batch.scores({name: torch.tensor(x) for name, x in costs.items()}))
        for song, hit, nats in zip(batch.songs, right.tolist(), loss.tolist(), strict=True):
            hits[song].append(hit)
            losses[song].append(nats)
    return (float(np.mean([np.mean(x) for x in hits.values()])), float(np.mean([np.mean(x) for x in losses.values()])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps the index and what was heard")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--stiff", type=float, default=0.02)
    parser.add_argument("--leave", action="store_true", help="leave each song out in turn")
    args = parser.parse_args()
    torch.set_num_threads(1)
    kept = args.work / "cases.pkl"
    if not kept.exists():
        index = collection(args.shared, args.work / "all.tunes")
        kept.write_bytes(pickle.dumps(list(cases(args.shared, args.work, index))))
    data: list[Case] = pickle.loads(kept.read_bytes())
    start = {name: getattr(COSTS, name) for name in LEARNED} | {LIKENESS: 0.5}
    tuning = [song[0] for song in SONGS["tune"]]
    parts = {part: [one for one in data if (one.song in tuning) == (part == "tune")] for part in SONGS}
    if args.leave:
        for song in sorted({one.song for one in data}):
            mine = [one for one in data if one.song == song]
            learned = fit([one for one in data if one.song != song], start, args.steps, args.stiff)
            print(f"{song} left out, {len(mine)} cases: {first(mine, start)} -> {first(mine, learned)}", flush=True)
    learned = fit(parts["tune"], start, args.steps, args.stiff)
    for part, some in parts.items():
        print(f"{part}, {len(some)} cases: {first(some, start)} -> {first(some, learned)}")
    print({name: round(x, 3) for name, x in learned.items()})


if __name__ == "__main__":
    main()
