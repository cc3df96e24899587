"""Gather the runs of eight notes of every training tune: models/invent_runs.npz.

    python -m models.training.invent.runs CACHE.pkl [--out models/]

Held-out works stay out, so that what the filter says of them tells how often real music repeats real music. Runs
across the cut between two windows of a tune are not known.
"""

import argparse
import pickle
from pathlib import Path

import numpy as np

from core.compose.invent.runs import Filter, note_runs
from core.compose.invent.tokens import to_notes

MODELS = Path(__file__).resolve().parents[2]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--out", type=Path, default=MODELS)
    args = parser.parse_args(argv)
    found: set[int] = set()
    for window in pickle.loads(args.cache.read_bytes()):
        if window.part != "test":
            found |= note_runs(to_notes(window.events, window.frame))
    known = Filter.of(frozenset(found))
    np.savez(args.out / "invent_runs.npz", bits=known.bits)
    strangers = [int(value) for value in np.random.default_rng(1).integers(0, 2**62, 20_000)]
    print(len(found), "runs;", len(known.bits), "bytes; suspected strangers:",
          np.mean([value in known for value in strangers]))


if __name__ == "__main__":
    main()
