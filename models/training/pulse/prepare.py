"""Gather the pieces the beat network learns from: their notes and true beats.

    .venv/bin/python -m models.training.pulse.prepare DATA WORK [--part train] [--count 1200] [--pop 220]
                                                      [--shared ../shared --draws 2]

DATA holds the unpacked sets ``composers`` and ``pop909``: WORK/PART1.pkl is written. With ``--shared`` (and
``nottingham`` and ``mma-rendered`` in DATA) also WORK/PART2.pkl: lead sheets with accompaniments made up, every tune
so many times, and bands.
"""

import argparse
import pickle
from collections.abc import Iterable
from dataclasses import astuple
from itertools import chain
from pathlib import Path

from benchmarks._accompanied import bands, tunes
from benchmarks._beats import Beaten, pieces


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--part", default="train", choices=("train", "test"))
    parser.add_argument("--count", type=int, default=1200)
    parser.add_argument("--pop", type=int, default=220)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--draws", type=int, default=2)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    _keep(args.work / f"{args.part}1.pkl",
          pieces(args.data, args.part, count=args.count, pop=args.pop, seed=args.seed))
    if args.shared:
        drawn = (tunes(args.shared, args.data, args.part, seed=seed + 1) for seed in range(args.draws))
        _keep(args.work / f"{args.part}2.pkl", chain(*drawn, bands(args.data, args.part)))


def _keep(path: Path, found: Iterable[Beaten]) -> None:
    count = 0
    with path.open("wb") as file:  # one after the other, so that a part of it serves too
        for piece in found:
            pickle.dump(astuple(piece), file)
            file.flush()
            count += 1
    print(f"{path.name}: {count} pieces", flush=True)


if __name__ == "__main__":
    main()
