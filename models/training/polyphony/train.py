"""Train the note judge: which candidates are notes, and when exactly they begin.

    torch/bin/python -m models.training.polyphony.train WORK [--out models/note_judge.onnx] [--epochs 14]

WORK is what ``prepare`` wrote. One excerpt in seven (by work) is kept for choosing the epoch and the threshold.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from core.hear.note_events import find_candidates
from core.hear.note_features import COUNT, note_features, pitch_spectrum
from core.hear.posteriors import LOWEST_MIDI, Posteriors, frame_times

REACH_S = 0.12       # a candidate may belong to a note that begins so far from it (strings swell)
SHIFT_WEIGHT = 0.5


class Judge(nn.Module):
    """(n, COUNT) -> (n, 2): probability that it is a note, seconds by which it begins later."""

    def __init__(self, mean: torch.Tensor, deviation: torch.Tensor, width: int = 160) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", 1 / (deviation + 0.03))
        self.body = nn.Sequential(nn.Dropout(0.1), nn.Linear(COUNT, width), nn.ReLU(), nn.Dropout(0.3),
                                  nn.Linear(width, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 2))

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        return self.body((x - self.mean) * self.scale)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.logits(x)
        return torch.stack([torch.sigmoid(out[:, 0]), torch.tanh(out[:, 1]) * REACH_S], 1)


def load(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """(features (n, COUNT) float16, is a note (n,), shift in seconds (n,), file the excerpt is of)."""
    cache = path.with_suffix(".features")
    if cache.exists():
        with np.load(cache) as z:
            return z["x"], z["y"], z["s"], str(z["path"])
    with np.load(path) as z:
        heard = Posteriors(z["note"].astype("f4"), z["onset"].astype("f4"), z["contour"].astype("f4"),
                           frame_times(len(z["note"])))
        spectrum = pitch_spectrum(z["samples"].astype("f4") / 32_767, heard.times_s)
        found = find_candidates(heard)
        x = note_features(heard, spectrum, found).astype("f2")
        is_note, shift = label(heard.times_s[found.onset], found.pitch + LOWEST_MIDI, found.strength, z["notes"])
        with cache.open("wb") as file:
            np.savez(file, x=x, y=is_note, s=shift, path=z["path"])
        return x, is_note, shift, str(z["path"])


def label(times_s: np.ndarray, pitch: np.ndarray, strength: np.ndarray, notes: np.ndarray
          ) -> tuple[np.ndarray, np.ndarray]:
    """Each true note claims one candidate of its pitch: the strongest that is not too far."""
    is_note, shift = np.zeros(len(times_s), np.float32), np.zeros(len(times_s), np.float32)
    pairs = []
    for p in np.unique(notes[:, 2]).astype(int):
        mine, true = np.flatnonzero(pitch == p), np.flatnonzero(notes[:, 2] == p)
        away = notes[true, 0][:, None] - times_s[mine][None, :]
        value = strength[mine][None, :] - np.abs(away) / REACH_S
        for i, j in zip(*np.nonzero(np.abs(away) < REACH_S), strict=True):
            pairs.append((value[i, j], true[i], mine[j]))
    taken = set()
    for _, i, j in sorted(pairs, reverse=True):
        if i not in taken and not is_note[j]:
            taken.add(i)
            is_note[j], shift[j] = 1, notes[i, 0] - times_s[j]
    return is_note, shift


def held_out(path: str) -> bool:
    from benchmarks._recordings import works

    global _WORKS
    if _WORKS is None:
        _WORKS = works(Path(path).parents[2])
    work = _WORKS.get(path, path)
    return int(hashlib.sha1(("fold" + work).encode()).hexdigest(), 16) % 7 == 0


_WORKS: dict[str, str] | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models/note_judge.onnx"))
    parser.add_argument("--epochs", type=int, default=14)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    parts: dict[bool, list] = {False: [], True: []}
    for path in sorted(args.work.glob("*.npz")):
        x, y, s, file = load(path)
        parts[held_out(file)].append((x, y, s))
    train, held = (tuple(torch.from_numpy(np.concatenate(c)) for c in zip(*parts[k], strict=True))
                   for k in (False, True))
    print(f"{len(parts[False])} + {len(parts[True])} excerpts, {len(train[0])} candidates, "
          f"{float(train[1].mean()):.3f} of them notes", flush=True)
    some = train[0][torch.randperm(len(train[0]))[:40_000]].float()
    judge = Judge(some.mean(0), some.std(0))
    optimizer = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=2e-3)
    batch = 512
    steps = args.epochs * (len(train[0]) // batch + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    for epoch in range(args.epochs):
        judge.train()
        for rows in torch.randperm(len(train[0])).split(batch):
            out = judge.logits(train[0][rows].float())
            loss = _loss(out, train[1][rows], train[2][rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        judge.eval()
        with torch.no_grad():
            out = torch.cat([judge.logits(rows.float()) for rows in held[0].split(4096)])
            curve = [(_f1(out[:, 0] > t, held[1]), t) for t in (-1.0, -0.5, 0.0, 0.5)]
            print(f"epoch {epoch}  loss {float(_loss(out, held[1], held[2])):.4f}  "
                  f"F1 of candidates {max(curve)[0]:.4f} at logit {max(curve)[1]}", flush=True)
    torch.onnx.export(judge, (torch.zeros(4, COUNT),), str(args.out), input_names=["features"],
                      output_names=["verdict"], dynamic_axes={"features": {0: "n"}, "verdict": {0: "n"}},
                      dynamo=False)


def _loss(out: torch.Tensor, is_note: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    bce = nn.functional.binary_cross_entropy_with_logits(out[:, 0], is_note)
    off = (torch.tanh(out[:, 1]) * REACH_S - shift) / 0.03
    return bce + SHIFT_WEIGHT * (nn.functional.smooth_l1_loss(off, torch.zeros_like(off), reduction="none")
                                 * is_note).mean()


def _f1(taken: torch.Tensor, is_note: torch.Tensor) -> float:
    hit = float((taken * is_note).sum())
    return 2 * hit / (float(taken.sum()) + float(is_note.sum()))


if __name__ == "__main__":
    main()
