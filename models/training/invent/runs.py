"""Gather the runs of eight notes of every training tune: models/invent_runs.npz.

    python -m models.training.invent.runs [SHARED] [--folk FOLK.jsonl.gz] [--unpacked DIR] [--out models/]

Whole tunes are read, not windows, so that no run is lost at a cut; held-out works stay out, so that what the filter
says of them tells how often real music repeats real music.
"""

import argparse
from pathlib import Path

import numpy as np

from core.compose.invent.runs import Filter, note_runs
from models.training.invent.tunes import all_tunes, part_of
from models.training.invent.windows import SHARED

MODELS = Path(__file__).resolve().parents[2]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?", default=SHARED)
    parser.add_argument("--folk", type=Path)
    parser.add_argument("--unpacked", type=Path)
    parser.add_argument("--out", type=Path, default=MODELS)
    args = parser.parse_args(argv)
    found: set[int] = set()
    for tune in all_tunes(args.shared, args.folk, args.unpacked):
        if part_of(tune.work) != "test":
            found |= note_runs(tune.melody.notes)
    known = Filter.of(frozenset(found))
    np.savez(args.out / "invent_runs.npz", bits=known.bits)
    rng = np.random.default_rng(1)
    strangers = [int(value) for value in rng.integers(0, 2**63, 20_000) * 2 + 1]
    print(len(found), "runs;", len(known.bits), "bytes; suspected strangers:",
          np.mean([value in known for value in strangers]))


if __name__ == "__main__":
    main()
