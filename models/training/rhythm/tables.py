"""Learn the tables of models/rhythm.npz: how often a step of so many ticks follows from a place in beat and bar.

    python -m models.training.rhythm.tables SHARED FOLK.jsonl.gz [--out models/rhythm.npz]
"""

import argparse
from pathlib import Path

import numpy as np

from core.understand.quantize import MAX_STEP, PLACES, TICKS
from models.training.rhythm.data import Tune, folk_tunes, lead_sheets

KINDS = {"4/4": "4/4", "2/2": "4/4", "C": "4/4", "3/4": "3/4", "6/8": "6/8", "12/8": "6/8"}
FOLK_WEIGHT = 0.003  # of a folk tune beside a lead sheet
BARS = {"4/4": 48, "3/4": 36, "6/8": 36}


def steps(tune: Tune) -> tuple[np.ndarray, np.ndarray]:
    """(onset ticks, step ticks) of the notes that lie on the tick grid."""
    onsets = np.array([row[0] for row in tune["notes"]])
    ticks = np.round(onsets * TICKS).astype(int)
    step = np.diff(ticks)
    good = (step > 0) & np.isin(ticks[:-1] % TICKS, PLACES) & np.isin(ticks[1:] % TICKS, PLACES)
    return ticks[:-1][good], np.minimum(step[good], MAX_STEP)


def main(argv: list[str] | None = None) -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("folk", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models/rhythm.npz"))
    options = parser.parse_args(argv)
    sheets = lead_sheets(options.shared, "train")
    folk = folk_tunes(options.folk, options.shared)
    beat = np.zeros((TICKS, MAX_STEP + 1))
    bars = {kind: np.zeros((size, MAX_STEP + 1)) for kind, size in BARS.items()}
    starts = {kind: np.zeros(size) for kind, size in BARS.items()}
    kinds = dict.fromkeys(BARS, 1.0)
    for weight, tunes in ((1.0, sheets), (FOLK_WEIGHT, folk)):
        for tune in tunes:
            ticks, step = steps(tune)
            np.add.at(beat, (ticks % TICKS, step), weight)
            kind = KINDS.get(tune["meter"])
            if kind:
                own = weight * (1.0 if weight == 1.0 else {"4/4": 0.5, "3/4": 2.0, "6/8": 20.0}[kind])
                np.add.at(bars[kind], (ticks % BARS[kind], step), own)
                if len(ticks):
                    starts[kind][ticks[0] % BARS[kind]] += own
                if weight == 1.0:
                    kinds[kind] += 1
    by_beat = (beat + 1e-3 + 0.02 * beat.sum(0) / beat.sum() * beat.sum(1, keepdims=True)) [PLACES]
    by_beat /= by_beat.sum(1, keepdims=True)
    full = np.zeros((TICKS, MAX_STEP + 1)) + 1e-9
    full[PLACES] = by_beat
    out = {"beat": np.log(by_beat)}
    for kind, size in BARS.items():
        prior = np.tile(full, (size // TICKS, 1))
        table = bars[kind] + 20.0 * prior / prior.sum(1, keepdims=True)
        out[f"bar_{kind[0]}"] = np.log(table / table.sum(1, keepdims=True))
        start = starts[kind] + 0.02 * starts[kind].sum() / size
        out[f"start_{kind[0]}"] = np.log(start / start.sum())
    total = sum(kinds.values())
    out["meters"] = np.log([kinds[kind] / total for kind in BARS])
    np.savez_compressed(options.out, **{name: value.astype(np.float32) for name, value in out.items()})
    print({name: value.shape for name, value in out.items()}, kinds)


if __name__ == "__main__":
    main()
