"""Train the beat network: of every moment, does a beat, a bar begin here, how fast is the beat, is it in threes?

    torch/bin/python -m models.training.pulse.train WORK [--out models/pulse.onnx] [--passes 4] [--epochs 7]

WORK/train*.pkl are what ``prepare`` wrote. Each pass plays every piece anew: another tempo, other freedoms and
mistakes, now and then only its top line; a sixth are dances made up on the spot. One piece in twelve is
kept to tell how it goes.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks._beats import FASTEST_BPM, SLOWEST_BPM, Beaten, dances, performed, read
from core.understand.pulse_decode import TEMPO_BINS
from core.understand.pulse_features import COUNT, features_of, moments_of

LENGTH_S = 60.0
NEAR_S, NEAR_SHARE = 0.07, 0.2  # a moment so near to a beat (and nearer than this share of it) is on it
BATCH = 512


class Net(nn.Module):
    """(moments, COUNT) -> (moments, 3 + tempos): logits of beat, bar line, beats in threes; of the beat's tempo."""

    def __init__(self, mean: torch.Tensor, deviation: torch.Tensor, width: int = 112) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", 1 / (deviation + 0.05))
        self.body = nn.Sequential(nn.Dropout(0.1), nn.Linear(COUNT, width), nn.ReLU(), nn.Dropout(0.2),
                                  nn.Linear(width, 56), nn.ReLU(), nn.Dropout(0.1),
                                  nn.Linear(56, 3 + len(TEMPO_BINS)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body((x - self.mean) * self.scale)


class Shipped(nn.Module):
    """The same with probabilities."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.net(x)
        return torch.cat([torch.sigmoid(out[:, :3]), torch.softmax(out[:, 3:], 1)], 1)


def example(piece: Beaten, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """((moments, COUNT), (moments, 3 + tempos)) of a minute of a piece played anew."""
    typical = 60 / float(np.median(np.diff(piece.beats_s)))
    faster = float(np.exp2(rng.uniform(-0.3, 0.3)))
    faster = min(max(faster, SLOWEST_BPM / typical), FASTEST_BPM / typical)
    length = LENGTH_S * faster
    start = rng.uniform(0, max(0.0, piece.notes[-1, 0] - length)) if rng.random() < 0.6 else 0.0
    inside = (piece.notes[:, 0] >= start) & (piece.notes[:, 0] < start + length)
    notes = piece.notes[inside] if inside.sum() > 40 else piece.notes.copy()
    part = Beaten(piece.name, piece.group, notes, piece.beats_s, piece.bars, piece.size, piece.compound, piece.steady)
    part = performed(part, rng, faster=faster, heard=bool(rng.random() < 0.8))
    rows = part.notes.copy()
    if rng.random() < 0.08:
        rows = top_line(rows)
    if rng.random() < 0.15:
        rows[:, 3] = 80
    rows[:, 3] = (rows[:, 3] / max(rows[:, 3].max(initial=1), 1)).clip(0.1, 1)
    moments = moments_of(rows)
    return features_of(rows, moments), labels(part, moments.onsets_s)


def labels(piece: Beaten, onsets: np.ndarray) -> np.ndarray:
    beats = piece.beats_s
    gaps = np.diff(beats)
    nearest = np.abs(onsets[:, None] - beats).argmin(1)
    gap = gaps[np.clip(nearest, 0, len(gaps) - 1)]
    away = np.abs(onsets - beats[nearest])
    on = away < np.minimum(NEAR_S, NEAR_SHARE * gap)
    smooth = np.convolve(np.pad(np.log(gaps), 4, mode="edge"), np.ones(9) / 9, "valid")
    tempo = np.log(60) - smooth[np.clip(nearest, 0, len(gaps) - 1)]
    bins = np.exp(-0.5 * ((tempo[:, None] - np.log(TEMPO_BINS)) / 0.07) ** 2) + 1e-6
    return np.column_stack([on, on & piece.bars[nearest], np.full(len(onsets), piece.compound),
                            bins / bins.sum(1, keepdims=True)]).astype(np.float32)


def top_line(notes: np.ndarray) -> np.ndarray:
    kept: list[np.ndarray] = []
    for row in notes:
        if kept and row[0] - kept[-1][0] < 0.04:
            if row[2] > kept[-1][2]:
                kept[-1] = row
        elif not kept or row[2] > kept[-1][2] - 12 or row[0] > kept[-1][1]:
            kept.append(row)
    return np.array(kept).reshape(-1, 4)


def held_out(name: str) -> bool:
    return int(hashlib.sha1(("pulse" + name).encode()).hexdigest(), 16) % 12 == 0


def loss_of(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    bce = nn.functional.binary_cross_entropy_with_logits(logits[:, :3], y[:, :3], reduction="none").mean(0)
    tempo = nn.functional.cross_entropy(logits[:, 3:], y[:, 3:])
    return bce[0] + bce[1] + 0.2 * bce[2] + 0.15 * tempo


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models/pulse.onnx"))
    parser.add_argument("--passes", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=7)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    rows: dict[bool, list] = {False: [], True: []}
    found = [piece for path in sorted(args.work.glob("train*.pkl")) for piece in read(path)]
    for piece in [*found, *dances(len(found) // 5)]:
        held = held_out(piece.name)
        passes = args.passes * (2 if piece.compound else 1)
        rows[held] += [example(piece, rng) for _ in range(1 if held else passes)]
    train, kept = (tuple(torch.from_numpy(np.concatenate(column)) for column in zip(*rows[k], strict=True))
                   for k in (False, True))
    print(f"{len(train[0])} + {len(kept[0])} moments", flush=True)
    net = Net(train[0].mean(0), train[0].std(0))
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    steps = args.epochs * (len(train[0]) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for epoch in range(args.epochs):
        net.train()
        for at in torch.randperm(len(train[0])).split(BATCH):
            loss = loss_of(net(train[0][at]), train[1][at])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        net.eval()
        with torch.no_grad():
            out = net(kept[0])
            hit = ((out[:, 0] > 0) == (kept[1][:, 0] > 0.5)).float().mean()
            print(f"epoch {epoch}  loss {loss.item():.4f}  kept {loss_of(out, kept[1]).item():.4f}  "
                  f"on the beat or not {hit:.4f}", flush=True)
        torch.onnx.export(Shipped(net), (torch.zeros(4, COUNT),), str(args.out), input_names=["moments"],
                          output_names=["beats"], dynamic_axes={"moments": {0: "n"}, "beats": {0: "n"}}, dynamo=False)


if __name__ == "__main__":
    main()
