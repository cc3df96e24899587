"""Train the beat network: of every moment, does a beat, a bar begin here, how fast is the beat, which meter is it?

    torch/bin/python -m models.training.pulse.train WORK [--out models/pulse.onnx] [--passes 3] [--epochs 12]
                                                          [--seed 0] [--start BEFORE.pt] [--average A.pt B.pt]

WORK/train*.pkl are what ``prepare`` wrote. Each pass plays every piece anew: another tempo, other freedoms and
mistakes, now and then only its top line; some are dances made up on the spot. One piece in twelve is kept to tell how
it goes. What was played is kept in WORK/playedSEED.npz; the weights are a running mean over the last steps, and
``--start`` goes on from those of an earlier run. ``--average`` trains nothing: it writes several runs into one model.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks._beats import FASTEST_BPM, SLOWEST_BPM, Beaten, dances, performed, read, shortened
from core.understand.pulse_decode import METERS, TEMPO_BINS
from core.understand.pulse_features import COUNT, features_of, moments_of

LENGTH_S = 60.0
LONGEST = 480                   # moments of an example
NEAR_S, NEAR_SHARE = 0.07, 0.2  # a moment so near to a beat (and nearer than this share of it) is on it
BATCH = 32
OUT = 2 + len(METERS) + len(TEMPO_BINS)


class Block(nn.Module):
    """A dilated convolution over moments, added to what comes in."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.convolution = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.drop(torch.relu(self.convolution(self.norm(x).transpose(1, 2)).transpose(1, 2)))


class Net(nn.Module):
    """(pieces, moments, COUNT) -> (pieces, moments, OUT): logits of beat, bar line, meters, tempos.

    After Davies & Böck 2019 (dilated convolutions) and Liu et al. 2022 (recurrence over the notes of a performance),
    at a size that one core trains in a quarter of an hour.
    """

    def __init__(self, mean: torch.Tensor, deviation: torch.Tensor, width: int = 80, state: int = 56) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", 1 / (deviation + 0.05))
        self.enter = nn.Sequential(nn.Dropout(0.1), nn.Linear(COUNT, width), nn.ReLU(), nn.Dropout(0.1))
        self.blocks = nn.Sequential(*(Block(width, 2 ** k) for k in range(4)))
        self.recur = nn.GRU(width, state, batch_first=True, bidirectional=True)
        self.leave = nn.Sequential(nn.Dropout(0.2), nn.Linear(width + 2 * state, 64), nn.ReLU(), nn.Dropout(0.1),
                                   nn.Linear(64, OUT))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        near = self.blocks(self.enter((x - self.mean) * self.scale))
        return self.leave(torch.cat([near, self.recur(near)[0]], 2))


class Shipped(nn.Module):
    """(moments, COUNT) -> (moments, OUT), probabilities, the mean of those of the nets: one piece at a time."""

    def __init__(self, *nets: nn.Module) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        chances = []
        for net in self.nets:
            out = net(x[None])[0]
            chances.append(torch.cat([torch.sigmoid(out[:, :2]), torch.softmax(out[:, 2:2 + len(METERS)], 1),
                                      torch.softmax(out[:, 2 + len(METERS):], 1)], 1))
        return torch.stack(chances).mean(0)


def example(piece: Beaten, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """((moments, COUNT), (moments, OUT)) of a minute of a piece played anew."""
    typical = 60 / float(np.median(np.diff(piece.beats_s)))
    faster = float(np.exp2(rng.uniform(-0.35, 0.35)))
    faster = min(max(faster, SLOWEST_BPM / typical), FASTEST_BPM / typical)
    length = LENGTH_S * faster
    start = rng.uniform(0, max(0.0, piece.notes[-1, 0] - length)) if rng.random() < 0.6 else 0.0
    inside = (piece.notes[:, 0] >= start) & (piece.notes[:, 0] < start + length)
    notes = piece.notes[inside].copy() if inside.sum() > 40 else piece.notes.copy()
    notes[:, 2] += int(rng.integers(-4, 5))
    part = Beaten(piece.name, piece.group, notes, piece.beats_s, piece.bars, piece.size, piece.compound, piece.steady)
    if rng.random() < 0.12:
        part = shortened(part, rng)
    part = performed(part, rng, faster=faster, heard=bool(rng.random() < 0.8))
    rows = part.notes.copy()
    if rng.random() < 0.08:
        rows = top_line(rows)
    if rng.random() < 0.15:
        rows[:, 3] = 80
    rows[:, 3] = (rows[:, 3] / max(rows[:, 3].max(initial=1), 1)).clip(0.1, 1)
    moments = moments_of(rows)
    return (features_of(rows, moments)[:LONGEST].astype(np.float16),
            labels(part, moments.onsets_s)[:LONGEST].astype(np.float16))


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
    meter = np.array([m == (piece.size, piece.compound) for m in METERS], float)
    return np.column_stack([on, on & piece.bars[nearest], np.tile(meter, (len(onsets), 1)),
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


def loss_of(logits: torch.Tensor, y: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """Mean over the moments that are there; a beat's chance and a bar line's weigh most."""
    bce = nn.functional.binary_cross_entropy_with_logits(logits[..., :2], y[..., :2], reduction="none").sum(-1)
    parts = [slice(2, 2 + len(METERS)), slice(2 + len(METERS), None)]
    choices = [-(y[..., part] * nn.functional.log_softmax(logits[..., part], -1)).sum(-1) for part in parts]
    return ((bce + 0.1 * choices[0] + 0.1 * choices[1]) * there).sum() / there.sum()


def played(work: Path, passes: int, seed: int) -> tuple[list[np.ndarray], ...]:
    """Inputs and labels to train on, inputs and labels that are kept: made once."""
    cache = work / f"played{seed}.npz"
    if not cache.exists():
        rng = np.random.default_rng(seed)
        rows: dict[bool, list] = {False: [], True: []}
        for path in sorted(work.glob("train*.pkl")):
            for piece in [*read(path), *(dances(200) if path.name == "train1.pkl" else ())]:
                held, made_up = held_out(piece.name), not piece.group.startswith("comp") and piece.group != "pop"
                times = 1 if held or made_up else passes * (2 if piece.compound else 1)
                rows[held] += [example(piece, rng) for _ in range(times)]
            print(f"{path.name}: {len(rows[False])} + {len(rows[True])} examples", flush=True)
        stored = {}
        for held, some in rows.items():
            for name, column in zip("xy", zip(*some, strict=True), strict=True):
                stored[f"{name}{int(held)}"] = np.concatenate(column)
            stored[f"n{int(held)}"] = np.array([len(x) for x, _ in some])
        np.savez(cache, **stored)
    with np.load(cache) as z:
        return tuple(np.split(z[f"{name}{held}"], np.cumsum(z[f"n{held}"])[:-1]) for held in (0, 1) for name in "xy")


def batches(xs: list[np.ndarray], ys: list[np.ndarray], rng: np.random.Generator | None):
    """Padded batches of pieces of like length, with which of the moments are there."""
    noise = rng.uniform(0.85, 1.15, len(xs)) if rng is not None else np.ones(len(xs))
    order = np.argsort(np.array([len(x) for x in xs]) * noise)
    groups = [order[k:k + BATCH] for k in range(0, len(order), BATCH)]
    for k in (rng.permutation(len(groups)) if rng is not None else range(len(groups))):
        longest = max(len(xs[i]) for i in groups[k])
        x, y = (np.zeros((len(groups[k]), longest, width), np.float32) for width in (COUNT, OUT))
        there = np.zeros((len(groups[k]), longest), np.float32)
        for j, i in enumerate(groups[k]):
            x[j, :len(xs[i])], y[j, :len(xs[i])], there[j, :len(xs[i])] = xs[i], ys[i], 1
        yield torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(there)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models/pulse.onnx"))
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--average", type=Path, nargs="*", help="only write --out from the weights of these runs")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    if args.average:
        nets = [Net(torch.zeros(COUNT), torch.ones(COUNT)) for _ in args.average]
        for other, path in zip(nets, args.average, strict=True):
            other.load_state_dict(torch.load(path))
        export(args.out, *nets)
        return
    xs, ys, kept_xs, kept_ys = played(args.work, args.passes, args.seed)
    every = np.concatenate(xs[::4]).astype(np.float32)
    net = Net(torch.from_numpy(every.mean(0)), torch.from_numpy(every.std(0)))
    if args.start:
        net.load_state_dict(torch.load(args.start))
    mean = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=2e-2)
    steps = args.epochs * (len(xs) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3 if args.start else 3e-3, total_steps=steps,
                                                   pct_start=0.15)
    print(f"{len(xs)} + {len(kept_xs)} examples, {sum(map(len, xs))} moments", flush=True)
    for epoch in range(args.epochs):
        net.train()
        losses = []
        for x, y, there in batches(xs, ys, rng):
            loss = loss_of(net(x), y, there)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            mean.update_parameters(net)
            losses.append(loss.item())
        print(f"epoch {epoch}  loss {np.mean(losses):.4f}  {judged(mean.module, kept_xs, kept_ys)}", flush=True)
        torch.save(mean.module.state_dict(), args.out.with_suffix(".pt"))
        export(args.out, mean.module)


def judged(net: nn.Module, xs: list[np.ndarray], ys: list[np.ndarray]) -> str:
    net.eval()
    rows, weights = [], []
    with torch.no_grad():
        for x, y, there in batches(xs, ys, None):
            out, on = net(x), there > 0
            right = [((out[..., k] > 0) == (y[..., k] > 0.5))[on].float().mean().item() for k in (0, 1)]
            meter = slice(2, 2 + len(METERS))
            right.append((out[..., meter].argmax(-1) == y[..., meter].argmax(-1))[on].float().mean().item())
            rows.append([loss_of(out, y, there).item(), *right])
            weights.append(there.sum().item())
    return "kept {:.4f}  beat {:.4f}  bar {:.4f}  meter {:.4f}".format(*np.average(rows, 0, weights))


def export(path: Path, *nets: nn.Module) -> None:
    torch.onnx.export(Shipped(*nets).eval(), (torch.zeros(40, COUNT),), str(path), input_names=["moments"],
                      output_names=["beats"], dynamic_axes={"moments": {0: "n"}, "beats": {0: "n"}}, dynamo=False)


if __name__ == "__main__":
    main()
