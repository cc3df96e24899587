"""The seed's model, for the comparison: one LSTM layer of 256 units over a flat vocabulary of notes.

Melody Interpolator read notes and velocities of one composer's MIDI; scores have no velocities to speak of, so a note
here is its pitch and its duration, read one after the other without key, meter, bar or style. Rests are notes too.
The weights best at the ``tune`` part are kept, as with ours.

    python -m models.training.invent.seed CACHE.pkl [--minutes 25] [--keep FILE.pt]
"""

import argparse
import pickle
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from core.compose.invent import tokens as t
from models.training.invent.train import batches, epoch_of
from models.training.invent.windows import Window

SILENCE, START = 128, 129


class Seed(nn.Module):
    """(batch, steps) pitches and durations of the events before -> logits of both."""

    def __init__(self) -> None:
        super().__init__()
        self.pitch, self.duration = nn.Embedding(130, 64), nn.Embedding(len(t.DURATIONS), 16)
        self.memory = nn.LSTM(80, 256, batch_first=True)
        self.to_pitch, self.to_duration = nn.Linear(256, 129), nn.Linear(256 + 64, len(t.DURATIONS))

    def losses(self, pitch: torch.Tensor, duration: torch.Tensor) -> torch.Tensor:
        there = pitch >= 0
        safe = pitch.clamp(min=0)
        before = torch.cat([torch.full_like(safe[:, :1], START), safe[:, :-1]], 1)
        lengths = torch.cat([torch.zeros_like(duration[:, :1]), duration[:, :-1]], 1)
        out, _ = self.memory(torch.cat([self.pitch(before), self.duration(lengths)], -1))
        entropy = nn.functional.cross_entropy
        nll = (entropy(self.to_pitch(out).flatten(0, 1), safe.flatten(), reduction="none")
               + entropy(self.to_duration(torch.cat([out, self.pitch(safe)], -1)).flatten(0, 1), duration.flatten(),
                         reduction="none"))
        return nll.view(pitch.shape) * there


def absolute(pitch: torch.Tensor, group: Sequence[Window]) -> torch.Tensor:
    """MIDI pitches instead of those above the tonic."""
    tonic = torch.tensor([w.frame.tonic for w in group])[:, None] + t.LOWEST
    return torch.where(pitch < 0, pitch, torch.where(pitch == t.REST, SILENCE, pitch + tonic)).clamp(max=128)


def nll_of(network: Seed, windows: Sequence[Window]) -> dict[int, float]:
    """Nats of each whole window, by its id()."""
    found = {}
    with torch.no_grad():
        for _, pitch, duration, group in batches(windows, limit=10_000):
            sums = network.losses(absolute(pitch, group), duration).sum(1).tolist()
            found.update((id(window), nll) for window, nll in zip(group, sums, strict=True))
    return found


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--minutes", type=float, default=25.0, help="of processor time")
    parser.add_argument("--keep", type=Path, default=Path("/tmp/invent_seed.pt"))
    parser.add_argument("--start", type=Path, help="weights to go on from")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    every: list[Window] = pickle.loads(args.cache.read_bytes())
    windows, held_out = ([w for w in every if w.part == part] for part in ("train", "tune"))
    held_out = held_out[::max(1, len(held_out) // 300)]
    network = Seed()
    if args.start:
        network.load_state_dict(torch.load(args.start))
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    began, share, best = time.process_time(), 0.0, np.inf
    while share < 1:
        for _, pitch, duration, group in batches(epoch_of(windows, rng), rng):
            share = (time.process_time() - began) / 60 / args.minutes
            for members in optimizer.param_groups:
                members["lr"] = 3e-3 * max(0.01, 1 - share)
            loss = network.losses(absolute(pitch, group), duration).sum() / (pitch >= 0).sum()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            if share >= 1:
                break
        nats, notes = defaultdict(float), defaultdict(int)
        judged = nll_of(network, held_out)
        for window in held_out:
            nats[window.style] += judged[id(window)]
            notes[window.style] += window.notes
        over_styles = np.mean([nats[style] / notes[style] for style in nats])
        print(f"{share:.2f} loss {loss.item():.3f} tune {over_styles:.3f}", flush=True)
        if over_styles < best:
            best = over_styles
            torch.save(network.state_dict(), args.keep)


if __name__ == "__main__":
    main()
