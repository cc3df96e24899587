"""Learn the tables of models/rhythm.npz: how often a step of so many ticks follows from a place in beat and bar.

    python -m models.training.rhythm.tables SHARED FOLK.jsonl.gz [--out models/rhythm.npz]
"""

import argparse
from pathlib import Path

import numpy as np

from core.music import Key
from core.understand.quantize import MAX_STEP, PLACES, TICKS
from models.training.rhythm.data import Tune, folk_tunes, lead_sheets

KINDS = {"4/4": ("4/4", 1), "2/2": ("4/4", 1), "C": ("4/4", 1), "3/4": ("3/4", 1), "6/8": ("6/8", 1), "12/8": ("6/8", 1)}
BARS = {"4/4": 48, "3/4": 36, "6/8": 36}


def steps(tune: Tune) -> tuple[np.ndarray, np.ndarray]:
    """(onset ticks, step ticks) of the notes that lie on the tick grid."""
    onsets = np.array([row[0] for row in tune["notes"]])
    ticks = np.round(onsets * TICKS).astype(int)
    step = np.diff(ticks)
    good = (step > 0) & np.isin(ticks[:-1] % TICKS, PLACES) & np.isin(ticks[1:] % TICKS, PLACES)
    return ticks[:-1][good], np.minimum(step[good], MAX_STEP)


def key_tables(sheets: list[Tune]) -> dict[str, np.ndarray]:
    """Log probabilities of scale degrees (semitones above the tonic) by mode: all notes, the last, the first."""
    degree = np.full((2, 12), 2.0)
    ends = np.full((2, 2, 12), 1.0)
    modes = np.array([2.0, 2.0])
    for tune in sheets:
        if not tune["key"]:
            continue
        key = Key.parse(tune["key"])
        mode = int(key.is_minor)
        modes[mode] += 1
        degrees = [(row[2] - key.tonic_pc) % 12 for row in tune["notes"]]
        for row, d in zip(tune["notes"], degrees, strict=True):
            degree[mode, d] += min(row[1], 3.0) ** 0.5
        # a sung excerpt rarely ends where the tune does: phrase ends speak instead of the last note
        for (row, d), after in zip(zip(tune["notes"], degrees, strict=True), tune["notes"][1:], strict=False):
            if after[0] - row[0] >= 2:
                ends[1, mode, d] += 0.5
        ends[0, mode, degrees[0]] += 1
        ends[1, mode, degrees[-1]] += 1
    degree[1] += 0.1 * degree[1].sum() * np.array([5, .2, 3, 5, .3, 3.5, .3, 5, 1.5, .5, 2, 1]) / 27
    log = lambda counts: np.log(counts / counts.sum(-1, keepdims=True))  # noqa: E731
    return {"key_degree": log(degree), "key_first": log(ends[0]), "key_last": log(ends[1]), "key_mode": log(modes)}


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
    for weight, tunes in ((1.0, sheets), (0.02, folk)):
        for tune in tunes:
            ticks, step = steps(tune)
            np.add.at(beat, (ticks % TICKS, step), weight)
            kind = KINDS.get(tune["meter"], (None,))[0]
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
    out |= key_tables(sheets)
    total = sum(kinds.values())
    out["meters"] = np.log([kinds[kind] / total for kind in BARS])
    np.savez_compressed(options.out, **{name: value.astype(np.float32) for name, value in out.items()})
    print({name: value.shape for name, value in out.items()}, kinds)


if __name__ == "__main__":
    main()
