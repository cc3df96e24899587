"""Learn models/harmony.npz (all but the network) from the evergreens in ../shared: seconds.

    python -m models.training.harmony.statistics [SHARED] [--final]
"""

import argparse
from pathlib import Path

import numpy as np

from core.compose.harmony_frames import melody_frames
from core.compose.harmony_model import Statistics
from models.training.harmony import hmm, keys
from models.training.harmony.sheets import fill_signatures, impro_visor, openewld, part_of

MODELS = Path(__file__).resolve().parents[2]


def learn(shared: Path, parts: set[str]) -> dict[str, np.ndarray]:
    """Every array of ``core.compose.harmony_model.Statistics``."""
    sheets = [s for s in openewld(shared) if part_of(s.title) in parts]
    tables = hmm.count(fill_signatures(sheets))
    charts = fill_signatures(sheets + [s for s in impro_visor(shared) if part_of(s.title) in parts])[len(sheets):]
    tables |= hmm.count_jazz(charts)
    stats = Statistics(**tables, key=np.zeros(0))
    keyed = [(melody_frames(s.melody), s.signature_pc, s.minor) for s in sheets if s.signature_pc is not None]
    return tables | {"key": keys.fit(keyed, stats)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?", default=MODELS.parents[1] / "shared")
    parser.add_argument("--final", action="store_true", help="learn from the tuning tunes too")
    args = parser.parse_args()
    tables = learn(args.shared, {"train", "tune"} if args.final else {"train"})
    np.savez_compressed(MODELS / "harmony.npz", **{name: table.astype(np.float32) for name, table in tables.items()})


if __name__ == "__main__":
    main()
