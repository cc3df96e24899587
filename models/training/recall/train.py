"""Train the melody encoder: ``python -m models.training.recall.train --shared ../shared``.

It begins as the best linear map, in closed form: directions in which windows of tunes differ much and a window and its
singing little (linear discriminant analysis, Fisher 1936; here as in Kulis 2013, "Metric learning"). A small network
beside it starts at zero and learns what no line can: dropped and split notes. InfoNCE (van den Oord et al. 2018) over
a batch and a queue of the last targets (He et al. 2020, MoCo): a window as sung shall lie nearer to its tune's window
than to thousands of others. At the end the vectors are turned so that the first numbers tell most, and the last ones,
which tell nothing, are cut off. Needs models/training/requirements.txt.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from core.recall.encoder import VECTOR
from core.recall.windows import FEATURES, SIZE
from models.training.recall.simulate import Tunes, load, pairs

CHANNELS, HIDDEN = 32, 160
WIDE = 32  # numbers of a vector while it learns
TEMPERATURE = 0.07
QUEUE = 3_072
RATE = 2e-3


class Encoder(nn.Module):
    """A linear map of all features, and beside it residual convolutions over the notes and two layers over all of
    them: (n, SIZE, FEATURES) -> unit vectors (n, WIDE, or VECTOR once narrowed)."""

    def __init__(self, matrix: np.ndarray, bias: np.ndarray) -> None:
        super().__init__()
        self.linear = nn.Linear(SIZE * FEATURES, WIDE)
        self.linear.weight.data = torch.from_numpy(matrix.astype(np.float32))
        self.linear.bias.data = torch.from_numpy(bias.astype(np.float32))
        self.first = nn.Conv1d(FEATURES, CHANNELS, 3, padding=1)
        self.blocks = nn.ModuleList(nn.Conv1d(CHANNELS, CHANNELS, 3, padding=d, dilation=d) for d in (1, 2))
        self.hidden = nn.Linear(CHANNELS * SIZE + FEATURES * SIZE, HIDDEN)
        self.out = nn.Linear(HIDDEN, WIDE)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        x = windows.transpose(1, 2)
        h = torch.relu(self.first(x))
        for block in self.blocks:
            h = h + torch.relu(block(h))
        h = torch.relu(self.hidden(torch.cat([h.flatten(1), windows.flatten(1)], 1)))
        return nn.functional.normalize(self.linear(windows.flatten(1)) + self.out(h), dim=1)


def discriminant(tunes: Tunes, rng: np.random.Generator, count: int = 40_000) -> tuple[np.ndarray, np.ndarray]:
    """(matrix (WIDE, features), bias (WIDE,)) of the linear start; directions that tell little come out small."""
    query, target, _ = pairs(tunes, count, rng)
    query, target = (part.reshape(count, -1).astype(float) for part in (query, target))
    within = np.cov((query - target).T) / 2 + 1e-3 * np.eye(query.shape[1])
    values, axes = np.linalg.eigh(within)
    whiten = axes / np.sqrt(values)
    values, axes = np.linalg.eigh(whiten.T @ np.cov(target.T) @ whiten)
    values, axes = np.maximum(values[::-1][:WIDE], 0), (whiten @ axes)[:, ::-1][:, :WIDE]
    matrix = np.zeros((WIDE, query.shape[1]))
    matrix[:axes.shape[1]] = (axes * np.sqrt(values / (1 + values))).T
    return matrix, -matrix @ np.concatenate([query, target]).mean(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--out", type=Path, default=Path("models/melody_encoder.onnx"))
    parser.add_argument("--minutes", type=float, default=8.0, help="of processor time")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    tunes, kept = load(args.shared / "data/midi/melodies")
    model = Encoder(*discriminant(tunes, rng))
    print(f"linear: {check(model, kept)}", flush=True)
    if args.start:
        model.load_state_dict(torch.load(args.start))
    optimiser = torch.optim.AdamW(model.parameters(), RATE, weight_decay=1e-4)
    queue, queue_tunes = torch.zeros(0, WIDE), np.zeros(0, int)
    begun, step, mean = time.process_time(), 0, 0.0
    while (spent := time.process_time() - begun) < 60 * args.minutes:
        share = spent / (60 * args.minutes)
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 100) * (0.02 + 0.98 * (0.5 + 0.5 * np.cos(np.pi * share)))
        query, target, tune = pairs(tunes, args.batch, rng)
        q, t = model(torch.from_numpy(query)), model(torch.from_numpy(target))
        others = torch.cat([t, queue])
        same = np.concatenate([tune, queue_tunes])[None] == tune[:, None]
        same[np.arange(len(tune)), np.arange(len(tune))] = False  # the same tune elsewhere is neither wrong nor right
        logits = (q @ others.T / TEMPERATURE).masked_fill(torch.from_numpy(same), -1e4)
        wanted = torch.arange(len(q))
        back = (t @ q.T / TEMPERATURE).masked_fill(torch.from_numpy(same[:, :len(q)].T), -1e4)
        loss = nn.functional.cross_entropy(logits, wanted) + 0.3 * nn.functional.cross_entropy(back, wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        queue = torch.cat([t.detach(), queue])[:QUEUE]
        queue_tunes = np.concatenate([tune, queue_tunes])[:QUEUE]
        step += 1
        mean = loss.item() if step == 1 else 0.98 * mean + 0.02 * loss.item()
        if step % 200 == 0:
            print(f"step {step}  {share:5.1%}  loss {mean:.3f}  kept {check(model, kept)}", flush=True)
            torch.save(model.state_dict(), args.out.with_suffix(".pt"))
    torch.save(model.state_dict(), args.out.with_suffix(".pt"))
    narrow(model, tunes, rng)
    print(f"narrowed: {check(model, kept)}")
    export(model, args.out)


@torch.no_grad()
def narrow(model: Encoder, tunes: Tunes, rng: np.random.Generator, count: int = 20_000) -> None:
    """Turn the vectors onto their principal axes, which leaves all cosines as they are, and keep the first VECTOR."""
    _, target, _ = pairs(tunes, count, rng)
    vectors = model(torch.from_numpy(target))
    _, axes = torch.linalg.eigh(vectors.T @ vectors)
    turn = axes.flip(1)[:, :VECTOR].T
    for layer in (model.linear, model.out):
        layer.weight.data, layer.bias.data = turn @ layer.weight, turn @ layer.bias


@torch.no_grad()
def check(model: Encoder, kept: Tunes) -> str:
    """Top-1 and top-10 of 2,048 sung windows among as many windows of tunes not trained on."""
    query, target, tune = pairs(kept, 2_048, np.random.default_rng(7))
    scores = model(torch.from_numpy(query)) @ model(torch.from_numpy(target)).T
    better = (scores > scores.diagonal()[:, None]).numpy() & (tune[None] != tune[:, None])
    rank = better.sum(1)
    return f"top-1 {np.mean(rank < 1):.3f}  top-10 {np.mean(rank < 10):.3f}"


def export(model: Encoder, path: Path) -> None:
    torch.onnx.export(model, (torch.zeros(2, SIZE, FEATURES),), str(path), input_names=["windows"],
                      output_names=["vectors"], dynamic_axes={"windows": {0: "n"}, "vectors": {0: "n"}}, dynamo=False)


if __name__ == "__main__":
    main()
