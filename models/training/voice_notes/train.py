"""Train one network a fold, each without its kept clips, and export their mean as one ONNX file."""

import copy
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from core.hear.features import HOP_S
from models.training.voice_notes.data import targets
from models.training.voice_notes.model import Ensemble, NoteNet

FRAMES, REAL, MADE = 384, 9, 3   # a batch: that many segments of FRAMES, from recordings and synthetic takes
STRETCHED = 0.5   # share of the segments whose tempo is changed by up to a fifth
STEPS = 1400
LOSS_WEIGHTS = torch.tensor([3.0, 2.0, 1.0])  # onset, offset, activity
BROKEN_S = 0.06   # a note labelled shorter than this ends where its label does not say


def fold_of(names: list[str], folds: int = 5, seed: int = 4) -> dict[str, int]:
    """A fold for every clip; the three ``man1_*`` clips are one singer and stay together."""
    singers = sorted({name.split("_")[0] for name in names})
    order = np.random.default_rng(seed).permutation(len(singers))
    fold = {singers[i]: rank % folds for rank, i in enumerate(order)}
    return {name: fold[name.split("_")[0]] for name in names}


class Takes:
    """Cached features in memory; draws random segments of them."""

    def __init__(self, paths: list[Path], plain_share: float | None = None) -> None:
        self.takes = []
        for path in paths:
            with np.load(path) as data:
                self.takes.append((data["mel"], data["side"], data["notes"]))
        length = np.array([len(take[0]) for take in self.takes], float)
        if plain_share is not None:
            plain = np.array([path.stem.endswith(".0") for path in paths])
            length[plain] *= plain_share / length[plain].sum()
            length[~plain] *= (1 - plain_share) / max(length[~plain].sum(), 1)
        self.chance = length / length.sum()

    def draw(self, count: int, rng: np.random.Generator) -> list[tuple[np.ndarray, ...]]:
        """``count`` segments: mel, side, target (FRAMES, 3) and how much each of its values counts."""
        out = []
        for i in rng.choice(len(self.takes), count, p=self.chance):
            mel, side, notes = self.takes[i]
            pace = float(np.exp(rng.uniform(-0.2, 0.2))) if rng.random() < STRETCHED else 1.0
            taken = round(FRAMES * pace)
            start = int(rng.integers(max(len(mel) - taken, 1)))
            cut = [np.asarray(part[start:start + taken], np.float32) for part in (mel, side)]
            short = taken - len(cut[0])
            if short > 0:
                cut = [np.pad(part, ((0, short), (0, 0)), constant_values=-70 if k == 0 else 0)
                       for k, part in enumerate(cut)]
            if pace != 1.0:
                cut = [_resampled(part) for part in cut]
            moved = notes[:, :2] / pace - start * HOP_S / pace
            moved = moved[(moved[:, 1] > -0.1) & (moved[:, 0] < FRAMES * HOP_S + 0.1)]
            target = targets(np.column_stack([moved, np.zeros(len(moved))]), FRAMES)
            out.append((*disturbed(cut[0], cut[1], rng), target, _counted(moved, pace)))
        return out


def _resampled(part: np.ndarray) -> np.ndarray:
    """Rows of ``part`` spread evenly over FRAMES rows, linearly between."""
    at = np.linspace(0, len(part) - 1, FRAMES)
    low = np.minimum(at.astype(int), len(part) - 2)
    share = (at - low)[:, None].astype(np.float32)
    return (1 - share) * part[low] + share * part[low + 1]


def _counted(notes: np.ndarray, pace: float) -> np.ndarray:
    """(FRAMES, 3) of ones; zeros for offset and activity where a label breaks off at once."""
    out = np.ones((FRAMES, 3), np.float32)
    for i, (onset, offset) in enumerate(notes):
        if (offset - onset) * pace < BROKEN_S:
            until = notes[i + 1, 0] if i + 1 < len(notes) else offset + 0.3
            a, b = (int(np.clip(t / HOP_S, 0, FRAMES)) for t in (onset - 0.03, until))
            out[a:b, 1:] = 0
    return out


def disturbed(mel: np.ndarray, side: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """SpecAugment (Park et al. 2019), random colour, noise floor and formant shift, in the feature domain."""
    bands = mel.shape[1]
    knots = rng.normal(0, 4, 5)
    mel = mel + np.interp(np.arange(bands), np.linspace(0, bands - 1, 5), knots).astype(np.float32)
    if rng.random() < 0.3:
        mel = np.maximum(mel, rng.uniform(-60, -25) + rng.normal(0, 2, mel.shape).astype(np.float32))
    if rng.random() < 0.5:
        mel = np.roll(mel, int(rng.integers(-2, 3)), axis=1)
    for _ in range(int(rng.integers(3))):
        a, width = int(rng.integers(bands)), int(rng.integers(1, 12))
        mel[:, a:a + width] = mel.mean()
    if rng.random() < 0.5:
        a, width = int(rng.integers(len(mel))), int(rng.integers(1, 8))
        mel[a:a + width] = mel.mean()
    side = side * (1 + rng.normal(0, 0.08, side.shape[1])).astype(np.float32)
    if rng.random() < 0.2:
        a, width = int(rng.integers(len(side))), int(rng.integers(2, 25))
        side[a:a + width, :9] = 0
    return np.clip(mel, -70, 20), side


def train(real: list[Path], made: list[Path], *, steps: int, seed: int, log: Path) -> NoteNet:
    """One network: the exponential mean (0.995) of its weights over the run."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    recordings, synthetic = Takes(real, plain_share=0.3), Takes(made)
    net = NoteNet().to(memory_format=torch.channels_last)
    kept = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps, pct_start=0.15)
    began, total = time.time(), 0.0
    for step in range(1, steps + 1):
        batch = recordings.draw(REAL, rng) + synthetic.draw(MADE, rng)
        mel, side, target, counted = (torch.from_numpy(np.stack(part)) for part in zip(*batch, strict=True))
        net.train()
        loss = functional.binary_cross_entropy_with_logits(net(mel, side), target, reduction="none") * counted
        loss = (loss.mean((0, 1)) * LOSS_WEIGHTS).sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        schedule.step()
        average(kept, net, min(0.995, step / (step + 10)))
        total += loss.item()
        if step % 50 == 0:
            with log.open("a") as file:
                print(f"seed {seed} step {step} loss {total / 50:.4f} {time.time() - began:.0f} s", file=file)
            total = 0.0
    return kept.eval()


@torch.no_grad()
def average(kept: NoteNet, net: NoteNet, decay: float) -> None:
    """Move ``kept`` towards ``net``; batch statistics too."""
    for old, new in zip(kept.state_dict().values(), net.state_dict().values(), strict=True):
        if old.dtype.is_floating_point:
            old.mul_(decay).add_(new, alpha=1 - decay)
        else:
            old.copy_(new)


def export(members: list[NoteNet], path: Path) -> None:
    """One ONNX file: mel (1, frames, MELS), side (1, frames, SIDE) -> notes (1, frames, 3) probabilities."""
    from core.hear.features import MELS, SIDE

    torch.onnx.export(Ensemble(members).eval(), (torch.zeros(1, 300, MELS), torch.zeros(1, 300, SIDE)), str(path),
                      input_names=["mel", "side"], output_names=["notes"], dynamo=False, opset_version=17,
                      dynamic_axes={name: {1: "frames"} for name in ("mel", "side", "notes")})


def fold_paths(work: Path, fold: int) -> tuple[list[Path], list[Path], list[str]]:
    """Training recordings, synthetic takes, and the names kept out, of a fold."""
    real = sorted((work / "real").glob("*.npz"))
    names = sorted({path.name.split(".")[0] for path in real})
    folds = fold_of(names)
    return ([path for path in real if folds[path.name.split(".")[0]] != fold],
            sorted((work / "made").glob("*.npz")), [name for name in names if folds[name] == fold])
