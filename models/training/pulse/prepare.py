"""Gather the pieces the beat network learns from: their notes and true beats.

    .venv/bin/python -m models.training.pulse.prepare DATA WORK [--part train] [--count 900] [--pop 250]

DATA holds the unpacked sets ``composers`` and ``pop909``; WORK/PART.pkl is written.
"""

import argparse
import pickle
from dataclasses import astuple
from pathlib import Path

from benchmarks._beats import pieces


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--part", default="train", choices=("train", "test"))
    parser.add_argument("--count", type=int, default=900)
    parser.add_argument("--pop", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    count = 0
    with (args.work / f"{args.part}.pkl").open("wb") as file:  # one after the other, so that a part of it serves too
        for piece in pieces(args.data, args.part, count=args.count, pop=args.pop, seed=args.seed):
            pickle.dump(astuple(piece), file)
            file.flush()
            count += 1
    print(f"{count} pieces")


if __name__ == "__main__":
    main()
