"""Train the voting network of core/understand/barlines.py on lead sheets, pop songs and folk tunes.

    python -m models.training.rhythm.train SHARED FOLK.jsonl.gz POP.jsonl.gz [--out models/barlines.npz]
        [--final] [--members 3] [--epochs 5] [--seed 1]

Without ``--final`` it learns from the training part and says how well it does on the tuning part; with it, it learns
from both. The test part is never looked at.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as nnf

from models.training.rhythm.data import Tune, folk_tunes, lead_sheets, read_tunes
from models.training.rhythm.examples import Example, excerpt
from models.training.rhythm.net import VoteNet

OTHERS_WEIGHT = 0.3  # of a pop song or folk tune beside a lead sheet
FOLK_TUNES = 3500
BATCH, RATE, PENALTY = 64, 3e-3, 1e-4


def pieces(tunes: list[Tune], count: int, rng: np.random.Generator, **how) -> list[Example]:
    """``count`` pieces of every tune."""
    return [e for tune in tunes for _ in range(count) if (e := excerpt(tune, rng, **how))]


def collate(examples: list[Example]) -> dict[str, torch.Tensor]:
    """Padded tensors."""
    size = (len(examples), max(len(e.ticks) for e in examples))
    features = np.zeros((*size, examples[0].features.shape[1]), np.float32)
    ticks, pitches, mask = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, bool)
    for i, e in enumerate(examples):
        n = len(e.ticks)
        features[i, :n], ticks[i, :n], pitches[i, :n], mask[i, :n] = e.features, e.ticks, e.pitches, True
    arrays = {"features": features, "ticks": ticks, "pitches": pitches, "mask": mask,
              "fit": np.stack([e.fit for e in examples]), "repetition": np.stack([e.repetition for e in examples]),
              "shifts": np.stack([e.shifts for e in examples]), "key": np.array([e.key for e in examples]),
              "origin": np.array([e.origin for e in examples]),
              "early_long": np.array([e.long_notes[0] for e in examples]),
              "longest": np.array([e.long_notes[1] for e in examples]),
              "weight": np.array([e.weight for e in examples], np.float32)}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def loss_of(net: VoteNet, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Cross entropy of bar lines (any accepted class) and, at half weight, of the key."""
    bars, keys = net(batch)
    weight, known = batch["weight"], (batch["key"] >= 0).float() * batch["weight"]
    bar_loss = -(bars.log_softmax(1) + torch.log(batch["shifts"] + 1e-9)).logsumexp(1)
    key_loss = nnf.cross_entropy(keys, batch["key"].clamp(min=0), reduction="none")
    return (bar_loss * weight).sum() / weight.sum() + 0.5 * (key_loss * known).sum() / known.sum().clamp(min=1e-3)


def fit(examples: list[Example], epochs: int, seed: int) -> VoteNet:
    """One trained network."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = VoteNet(examples[0].features.shape[1], len(examples[0].repetition))
    optimizer = torch.optim.Adam(net.parameters(), RATE)
    steps = epochs * (len(examples) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps + 1, pct_start=0.15)
    for _ in range(epochs):
        order = rng.permutation(len(examples))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            loss = loss_of(net, collate([examples[i] for i in order[start : start + BATCH]]))
            loss = loss + PENALTY * net.penalty()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def accuracy(nets: list[VoteNet], examples: list[Example]) -> dict[str, float]:
    """How often the ensemble's bar lines, and its key, are right."""
    batch = collate(examples)
    with torch.no_grad():
        answers = [net(batch) for net in nets]
    bars, keys = (torch.stack(logits).mean(0) for logits in zip(*answers, strict=True))
    known = batch["key"] >= 0
    return {"bars": float(batch["shifts"].gather(1, bars.argmax(1, keepdim=True)).mean()),
            "key": float((keys.argmax(1) == batch["key"])[known].float().mean())}


def main(argv: list[str] | None = None) -> None:
    """Train and write the npz file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("shared", "folk", "pop"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--out", type=Path, default=Path("models/barlines.npz"))
    parser.add_argument("--final", action="store_true")
    parser.add_argument("--members", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    rng = np.random.default_rng(options.seed)
    started = time.time()
    sheets, tuning = lead_sheets(options.shared, "train"), lead_sheets(options.shared, "tune")
    folk = folk_tunes(options.folk, options.shared)
    folk = [folk[i] for i in rng.permutation(len(folk))[:FOLK_TUNES]]
    if options.final:
        sheets = sheets + tuning
    examples = [
        *pieces(sheets, 4, rng, lead=True, from_start=True, weight=1.0),
        *pieces(sheets, 3, rng, lead=True, from_start=False, weight=1.0),
        *pieces(read_tunes(options.pop), 1, rng, lead=False, from_start=False, weight=OTHERS_WEIGHT),
        *pieces(folk, 1, rng, lead=False, from_start=True, weight=OTHERS_WEIGHT),
    ]
    asked = pieces(tuning, 6, np.random.default_rng(0), lead=True, from_start=True, weight=1.0)
    print(len(examples), f"examples after {time.time() - started:.0f} s", flush=True)
    nets = []
    for member in range(options.members):
        nets.append(fit(examples, options.epochs, options.seed + member))
        print(member, f"{time.time() - started:.0f} s", accuracy(nets, asked), flush=True)
    packed = [net.packed() for net in nets]
    stacked = {name: np.stack([weights[name] for weights in packed]) for name in packed[0]}
    np.savez_compressed(options.out, members=np.array(len(nets)), **stacked)


if __name__ == "__main__":
    main()
