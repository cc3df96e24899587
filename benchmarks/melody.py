"""How well sung notes become a melody: sung lead sheets through core.understand, scored by ../shared/eval/score.py.

    python -m benchmarks melody [SHARED] [--part tune|test] [--count 100] [--heard RATE] [--seed 1] [--json]

``--heard 0`` gives the notes exactly as performed (as sing.py writes them to its csv), ``--heard 1`` with the
errors of a voice-to-notes model. The tunes are those of the lead sheets' ``test`` part unless told otherwise.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from core.understand import understand
from models.training.rhythm.data import lead_sheets, load_scorer, load_singer, performances

GOALS = {"tempo": 0.80, "tempo_up_to_2x": 0.97, "grid": 0.70, "grid_up_to_2x": 0.80, "downbeat": 0.80,
         "key": 0.88, "meter": 0.93}


def moved(key: str | None, semitones: int) -> str | None:
    """A key name, transposed."""
    from core.music import Key

    return str(Key.parse(key).transposed(semitones)) if key else None


def measure(shared: Path, part: str, count: int, heard: float, seed: int) -> dict[str, float]:
    """The scores over ``count`` performances."""
    scorer, singer = load_scorer(shared), load_singer(shared)
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        truth, ours = Path(folder, "truth"), Path(folder, "ours")
        truth.mkdir()
        ours.mkdir()
        rows = performances(lead_sheets(shared, part), singer, seed, count=count, heard=heard)
        for index, (tune, sung, meant, bpm) in enumerate(rows):
            shift = round(meant[0][2] - tune["notes"][0][2])
            started = time.perf_counter()
            melody = understand(sung)
            seconds.append(time.perf_counter() - started)
            (truth / f"{index:04d}.json").write_text(json.dumps({
                "bpm": bpm, "key": moved(tune["key"], shift), "meter": tune["meter"], "notes": meant}))
            (ours / f"{index:04d}.json").write_text(json.dumps(melody.to_json()))
        return scorer.melody(truth, ours) | {"median_ms": round(1000 * float(np.median(seconds)), 1)}


def main(argv: list[str] | None = None) -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks melody", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    beside = Path(__file__).resolve().parents[2] / "shared"
    parser.add_argument("shared", type=Path, nargs="?", default=beside)
    parser.add_argument("--part", default="test", choices=["train", "tune", "test"])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--heard", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    result = measure(options.shared, options.part, options.count, options.heard, options.seed)
    if options.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:16}{value:10}" + (f"   goal {GOALS[name]:.2f}" if name in GOALS else ""))


if __name__ == "__main__":
    main()
