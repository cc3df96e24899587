"""Learns which interval follows which, and where in the scale, from thousands of titled melodies.

    python -m models.training.intervals.learn ../shared [--out models/intervals.npz]

A trigram model over (interval before, degree sung from) -> interval, in major and in minor, each tune in the key that
core.understand.key's log-linear part hears in it. It backs off to the degree alone, and that to intervals and degrees
apart. Tunes whose title is among the lead sheets' test or tuning part are left out. 20 s on one core.
"""

import argparse
from pathlib import Path

import numpy as np

from core.understand.key import key_features, key_scores
from core.understand.semitones import FIRST, WIDEST
from models.training.rhythm.data import lead_sheets, read_tunes, slug

SHORTEST = 12            # notes
TRIGRAM_BACK_OFF = 6.0   # notes' worth of belief in the simpler model
BIGRAM_BACK_OFF = 20.0


def counts(tunes: list[dict]) -> tuple[np.ndarray, np.ndarray]:
    """(mode, interval before, degree, interval after) and (mode, degree)."""
    moves, degrees = np.zeros((2, FIRST + 1, 12, 2 * WIDEST + 1)), np.zeros((2, 12))
    for tune in tunes:
        rows = np.array(tune["notes"], float)
        onsets = np.cumsum(rows[:, 1]) - rows[:, 1]
        sung = (rows[:, 0] > 0) & (rows[:, 1] > 0)
        if sung.sum() < SHORTEST:
            continue
        pitches = rows[sung, 0].astype(int)
        scores = key_scores(key_features(onsets[sung], rows[sung, 1], pitches))
        mode, tonic = divmod(int(scores.argmax()), 12)
        degree = (pitches - tonic) % 12
        interval = np.clip(np.diff(pitches), -WIDEST, WIDEST) + WIDEST
        before = np.concatenate([[FIRST], interval[:-1]])
        np.add.at(moves, (mode, before, degree[:-1], interval), 1)
        np.add.at(degrees, (mode, degree), 1)
    return moves, degrees


def model(moves: np.ndarray, degrees: np.ndarray) -> dict[str, np.ndarray]:
    """Log probabilities: ``moves`` as counted, ``start`` (mode, degree)."""
    start = (degrees + 1) / (degrees + 1).sum(1, keepdims=True)
    by_degree = moves.sum(1)                                                     # (mode, degree, interval)
    alone = by_degree.sum(1) / by_degree.sum((1, 2))[:, None]
    target = (np.arange(12)[:, None] + np.arange(-WIDEST, WIDEST + 1)) % 12
    apart = alone[:, None] * start[:, target]
    apart /= apart.sum(-1, keepdims=True)
    flat = 1 / apart.shape[-1]
    bigram = by_degree + BIGRAM_BACK_OFF * (0.975 * apart + 0.025 * flat)
    bigram /= bigram.sum(-1, keepdims=True)
    trigram = moves + TRIGRAM_BACK_OFF * bigram[:, None]
    trigram /= trigram.sum(-1, keepdims=True)
    return {"moves": np.log(trigram).astype(np.float16), "start": np.log(start).astype(np.float16)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models/intervals.npz"))
    args = parser.parse_args()
    kept = {slug(row["title"]) for part in ("test", "tune") for row in lead_sheets(args.shared, part)}
    tunes = read_tunes(args.shared / "data/midi/melodies/proto.jsonl.gz")
    learned = model(*counts([tune for tune in tunes if slug(tune["title"]) not in kept]))
    np.savez_compressed(args.out, **learned)


if __name__ == "__main__":
    main()
