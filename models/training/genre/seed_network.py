"""Hum2Song's own networks, the baselines: trained as it did, on our data and our splits."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from models.training.genre.weights import even

torch.set_num_threads(1)


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


def guess_with_seed(x: np.ndarray, labels: np.ndarray, others: np.ndarray, sizes: Sequence[int], seed: int,
                    epochs: int = 40) -> np.ndarray:
    """Trained on ``x`` with RMSprop and categorical cross-entropy, rows drawn so that classes are alike: the logits
    of ``others``."""
    torch.manual_seed(seed)
    net = Seed(sizes)
    optimiser = torch.optim.RMSprop(net.parameters(), lr=1e-3)
    rows, targets, chances = torch.tensor(x), torch.tensor(labels), torch.tensor(even(labels))
    for _ in range(epochs * len(x) // 32):
        picks = torch.multinomial(chances, 32, replacement=True)
        loss = nn.functional.cross_entropy(net(rows[picks]), targets[picks])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return net(torch.tensor(others)).numpy()
