"""Play excerpts of MIDI files and hear them with basic-pitch: what the note judge learns from.

    .venv/bin/python -m models.training.polyphony.prepare ../data WORK [--part train] [--counts 60,30,50,40]

``../data`` holds the unpacked sets ``composers`` and ``pop909``. Some 1.5 s of one core and 2.5 MB an excerpt.
"""

import argparse
from pathlib import Path

import numpy as np

from benchmarks._recordings import GROUPS, excerpt, files, fonts
from core.hear.posteriors import posteriors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--part", default="train", choices=("train", "test"))
    parser.add_argument("--counts", default="60,30,50,40", help=f"excerpts of {', '.join(GROUPS)}")
    parser.add_argument("--seconds", type=float, default=14.0)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    for group, count in zip(GROUPS, map(int, args.counts.split(",")), strict=True):
        rng = np.random.default_rng(sum(map(ord, group + args.part)))
        done = 0
        for path, midi in files(args.data, args.part, group):
            if done == count:
                break
            recording = excerpt(midi, rng, length_s=args.seconds, font=fonts()[done % 2],
                                vary=args.part == "train")
            if recording is None:
                continue
            heard = posteriors(recording.samples)
            np.savez(args.work / f"{group.replace(' ', '-')}-{done:03d}.npz",
                     note=heard.note.astype("f2"), onset=heard.onset.astype("f2"), contour=heard.contour.astype("f2"),
                     samples=(recording.samples * 32_767).astype("i2"), notes=recording.notes, path=str(path))
            done += 1
        print(group, done, flush=True)


if __name__ == "__main__":
    main()
