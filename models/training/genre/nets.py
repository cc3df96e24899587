"""Small networks over measured features: training, calibration and export, shared by melody and drums.

A net is an ensemble of multilayer perceptrons over standardised features, trained with dropout, mixup
(Zhang et al. 2018) and label smoothing on rows weighed so that every class counts alike and, within a
class, every collection counts by the square root of its size: otherwise the largest collection would be
the genre. Temperature scaling (Guo et al. 2017) on tunes set aside makes its probabilities honest.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)


class Net(nn.Module):
    """Mean logits of several perceptrons over standardised features, divided by a temperature."""

    def __init__(self, width: int, classes: int, hidden: Sequence[int], members: int, dropout: float):
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        self.register_buffer("temperature", torch.ones(()))
        self.members = nn.ModuleList()
        for _ in range(members):
            layers: list[nn.Module] = []
            before = width
            for size in hidden:
                layers += [nn.Linear(before, size), nn.ReLU(), nn.Dropout(dropout)]
                before = size
            self.members.append(nn.Sequential(*layers, nn.Linear(before, classes)))

    def forward(self, x):
        """Logits (n, classes) of features (n, width)."""
        x = torch.clamp((x - self.mean) * self.scale, -5.0, 5.0)
        return torch.stack([member(x) for member in self.members]).mean(0) / self.temperature


def row_weights(labels: np.ndarray, collections: np.ndarray, owners: np.ndarray, power: float = 0.5) -> np.ndarray:
    """A weight for every row: classes alike, collections within a class by size ** power, tunes alike within those."""
    per_tune = np.bincount(owners)[owners]
    cell = np.array([f"{a}|{b}" for a, b in zip(labels, collections, strict=True)])
    weights = 1.0 / per_tune
    for name in np.unique(cell):
        inside = cell == name
        tunes = weights[inside].sum()
        weights[inside] *= tunes ** (power - 1)
    for label in np.unique(labels):
        weights[labels == label] /= weights[labels == label].sum()
    return weights / weights.sum()


def train(x: np.ndarray, labels: np.ndarray, weights: np.ndarray, classes: int, *, seed: int, hidden=(128, 64),
          members: int = 3, epochs: int = 14, rate: float = 3e-3, dropout: float = 0.4, decay: float = 0.02,
          mixup: float = 0.2, smoothing: float = 0.05, small_class: float = 0.0, augment=None) -> Net:
    """Fit the ensemble. Rows are drawn with their weights; ``augment(batch, generator)`` may change them."""
    torch.manual_seed(seed)
    net = Net(x.shape[1], classes, hidden, members, dropout)
    mean = np.average(x, axis=0, weights=weights)
    deviation = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weights))
    net.mean.copy_(torch.tensor(mean))
    net.scale.copy_(torch.tensor(1 / np.maximum(deviation, 0.03)))
    rows, targets = torch.tensor(x, dtype=torch.float32), torch.tensor(labels)
    chances = torch.tensor(weights)
    generator = torch.Generator().manual_seed(seed)
    batch = 512
    steps = epochs * len(x) // batch
    for member in net.members:
        optimiser = torch.optim.AdamW(member.parameters(), lr=rate, weight_decay=decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.15)
        net.train()
        order = torch.multinomial(chances, steps * batch, replacement=True, generator=generator).view(steps, batch)
        for picks in order:
            inputs = rows[picks]
            if augment is not None:
                inputs = augment(inputs, picks, generator)
            inputs = torch.clamp((inputs - net.mean) * net.scale, -5, 5)
            goal = nn.functional.one_hot(targets[picks], classes).float()
            if mixup:
                share = float(np.random.default_rng(int(picks[0])).beta(mixup, mixup))
                other = torch.randperm(batch, generator=generator)
                inputs = share * inputs + (1 - share) * inputs[other]
                goal = share * goal + (1 - share) * goal[other]
            loss = nn.functional.cross_entropy(member(inputs), goal, label_smoothing=smoothing)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return net.eval()


def logits_by_owner(net: nn.Module, x: np.ndarray, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean logits over the rows of each owner: (owners, (n, classes))."""
    with torch.no_grad():
        logits = net(torch.tensor(x, dtype=torch.float32)).numpy()
    ids, inverse = np.unique(owners, return_inverse=True)
    total = np.zeros((len(ids), logits.shape[1]))
    np.add.at(total, inverse, logits)
    return ids, total / np.bincount(inverse)[:, None]


def calibrate(net: Net, logits: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """Set the temperature that makes the weighted likelihood of set-aside tunes greatest."""
    best = min(np.geomspace(0.3, 3.0, 60), key=lambda t: _loss(logits / t, labels, weights))
    net.temperature.mul_(float(best))
    return float(best)


def _loss(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    logs = logits - np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1, keepdims=True)) - logits.max(
        1, keepdims=True)
    return float(-(weights * logs[np.arange(len(labels)), labels]).sum())


def export(net: nn.Module, width: int, classes: Sequence[str], path: Path) -> None:
    """Write one ONNX file, ``x`` (n, width) -> ``logits`` (n, classes), the classes named in its metadata."""
    import onnx

    torch.onnx.export(net, (torch.zeros(2, width),), str(path), input_names=["x"], output_names=["logits"],
                      dynamic_axes={"x": {0: "n"}, "logits": {0: "n"}}, dynamo=False)
    model = onnx.load(str(path))
    model.metadata_props.add(key="classes", value=",".join(classes))
    onnx.save(model, str(path))


class Seed(nn.Module):
    """Hum2Song's networks: the melody's 64-128-16-64-256-32-3, the drums' 128-64-32-3; ReLU, softmax in the loss."""

    def __init__(self, sizes: Sequence[int]):
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise(sizes[:-1]):
            layers += [nn.Linear(before, after), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))

    def forward(self, x):
        """Logits (n, classes)."""
        return self.layers(x)


def train_seed(x: np.ndarray, labels: np.ndarray, weights: np.ndarray, sizes: Sequence[int], seed: int,
               epochs: int = 40) -> Seed:
    """RMSprop and categorical cross-entropy, as the seed did, on rows drawn so that classes are alike."""
    torch.manual_seed(seed)
    net = Seed(sizes)
    optimiser = torch.optim.RMSprop(net.parameters(), lr=1e-3)
    rows, targets, chances = torch.tensor(x), torch.tensor(labels), torch.tensor(weights)
    for _ in range(epochs * len(x) // 32):
        picks = torch.multinomial(chances, 32, replacement=True)
        loss = nn.functional.cross_entropy(net(rows[picks]), targets[picks])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net.eval()
