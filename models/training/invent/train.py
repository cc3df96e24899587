"""Learn models/invent.onnx, models/invent_runs.npz and models/invent_styles.json in one command.

    python -m models.training.invent.train CACHE.pkl [--minutes 50] [--start FILE.pt] [--out models/]

Needs models/training/requirements.txt (PyTorch) and the windows of ``models.training.invent.windows``. Trains on the
``train`` part; the ``tune`` part only says which epoch is kept; ``test`` is never read here. One core, about an hour.
What is kept is a running mean of the weights (Polyak and Juditsky 1992), which hardly feels the last batches.
"""

import argparse
import pickle
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.compose.invent import tokens as t
from models.training.invent.network import Network, export, losses
from models.training.invent.windows import Window

MODELS = Path(__file__).resolve().parents[2]
RATE = 2.5e-3
BATCH_EVENTS, LONGEST = 2_400, 128
STYLE_UNKNOWN, CHORDS_UNKNOWN = 0.15, 0.5  # how often the network must do without; the first is what guides later
MEMORY_OF_MEAN = 0.9985  # of the running mean, a batch: it reaches over the last two epochs
MOST_EVENTS = {"folk": 90_000}  # of one style in an epoch
USUAL_MOST = 60_000


def epoch_of(windows: Sequence[Window], rng: np.random.Generator) -> list[Window]:
    """A draw of training windows, no style far above the others."""
    by_style = defaultdict(list)
    for window in windows:
        by_style[window.style].append(window)
    drawn = []
    for style, members in by_style.items():
        room = MOST_EVENTS.get(style, USUAL_MOST)
        for index in rng.permutation(len(members)):
            drawn.append(members[index])
            room -= len(members[index].events)
            if room < 0:
                break
    return drawn


def batches(windows: Sequence[Window], rng: np.random.Generator | None = None, limit: int = LONGEST
            ) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor, list[Window]]]:
    """(rows, pitch, duration, windows) of windows of about one length; pitch -1 is padding."""
    noise = rng.random(len(windows)) * 12 if rng else np.zeros(len(windows))
    ordered = [windows[i] for i in np.argsort([len(w.events) + n for w, n in zip(windows, noise, strict=True)])]
    groups, group = [], []
    for window in ordered:
        if group and (len(group) + 1) * min(limit, len(window.events)) > BATCH_EVENTS:
            groups.append(group)
            group = []
        group.append(window)
    groups.append(group)
    for index in (rng.permutation(len(groups)) if rng else range(len(groups))):
        group = groups[index]
        steps = min(limit, max(len(w.events) for w in group))
        rows = np.zeros((len(group), steps, t.WIDTH), np.int64)
        pitch, duration = np.full((len(group), steps), -1), np.zeros((len(group), steps), np.int64)
        for i, window in enumerate(group):
            count = min(steps, len(window.events))
            rows[i, :count] = window.rows[:count]
            pitch[i, :count] = [e.pitch for e in window.events[:count]]
            duration[i, :count] = [e.duration for e in window.events[:count]]
        if rng:
            rows[rng.random(len(group)) < STYLE_UNKNOWN, :, t.STYLE] = t.ANY_STYLE
            rows[rng.random(len(group)) < CHORDS_UNKNOWN, :, t.CHORD:] = 0
        yield torch.from_numpy(rows), torch.from_numpy(pitch), torch.from_numpy(duration), group


def nll_by_style(network: Network, windows: Sequence[Window]) -> dict[str, float]:
    """Nats a note of held-out windows: pitch, duration and rests; the first note counts."""
    total, notes = defaultdict(float), defaultdict(int)
    network.eval()
    with torch.no_grad():
        for rows, pitch, duration, group in batches(windows, limit=10_000):
            for window, nll in zip(group, losses(network, rows, pitch, duration).sum(1).tolist(), strict=True):
                total[window.style] += nll
                notes[window.style] += window.notes
    network.train()
    return {style: total[style] / notes[style] for style in sorted(total)}


def train(windows: Sequence[Window], held_out: Sequence[Window], *, minutes: float, rate: float, seed: int,
          keep: Path, start: Path | None = None) -> Network:
    """Train for so many minutes; the best mean of weights by the ``tune`` part stays in ``keep``."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Network()
    if start:
        network.load_state_dict(torch.load(start))
    print(sum(p.numel() for p in network.parameters()), "weights", flush=True)
    mean = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(MEMORY_OF_MEAN))
    optimizer = torch.optim.AdamW(network.parameters(), rate, weight_decay=1e-2)
    best, began = np.inf, time.monotonic()
    share, epoch = 0.0, 0
    while share < 1:
        total = count = 0.0
        for rows, pitch, duration, _ in batches(epoch_of(windows, rng), rng):
            share = (time.monotonic() - began) / 60 / minutes
            for members in optimizer.param_groups:  # up in the first fiftieth, down along a cosine
                members["lr"] = rate * min(1.0, share * 50 + 0.02) * (0.5 + 0.5 * np.cos(np.pi * min(1.0, share)))
            loss = losses(network, rows, pitch, duration).sum() / (pitch >= 0).sum()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            mean.update_parameters(network)
            total, count = total + loss.item(), count + 1
            if share >= 1:
                break
        nll = nll_by_style(mean.module, held_out)
        over_styles = float(np.mean(list(nll.values())))
        print(f"epoch {epoch} train {total / count:.3f} tune {over_styles:.3f} {share * minutes:.1f} min",
              {k: round(v, 2) for k, v in nll.items()}, flush=True)
        if over_styles < best:
            best = over_styles
            torch.save(mean.module.state_dict(), keep)
        epoch += 1
    network.load_state_dict(torch.load(keep))
    return network


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--minutes", type=float, default=50.0, help="of one core")
    parser.add_argument("--rate", type=float, default=RATE, help="the highest; go on from a start with less")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=MODELS)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--keep", type=Path, default=Path("/tmp/invent.pt"), help="where checkpoints go")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    windows: list[Window] = pickle.loads(args.cache.read_bytes())
    held_out = [w for w in windows if w.part == "tune"]
    network = train([w for w in windows if w.part == "train"], held_out[::max(1, len(held_out) // 300)],
                    minutes=args.minutes, rate=args.rate, seed=args.seed, keep=args.keep, start=args.start)
    export(network, args.out / "invent.onnx")


if __name__ == "__main__":
    main()
