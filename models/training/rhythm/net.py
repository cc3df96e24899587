"""The voting network in torch, as it is trained; core/understand/barlines.py is the same in numpy."""

import numpy as np
import torch
from torch import nn

from core.understand.barlines import BINS, FIRST

CLASSES = sum(BINS)


class VoteNet(nn.Module):
    """Notes vote for bar lines and keys."""

    def __init__(self, inputs: int, lags: int, hidden: int = 96, key_hidden: int = 48, drop: float = 0.5) -> None:
        super().__init__()
        self.hidden, self.votes = nn.Linear(inputs, hidden), nn.Linear(hidden, CLASSES)
        self.direct, self.meter = nn.Linear(inputs, CLASSES, bias=False), nn.Linear(hidden, 3)
        self.key_hidden, self.key_votes = nn.Linear(inputs, key_hidden), nn.Linear(key_hidden, 24)
        self.key_direct = nn.Linear(inputs, 24, bias=False)
        self.repetition = nn.Linear(lags, 3, bias=False)
        self.fit = nn.Parameter(torch.zeros(3, 2))
        self.begin = nn.Parameter(torch.zeros(3, CLASSES))
        self.early_long = nn.Parameter(torch.zeros(2, 3, 64))  # (start or within, meter, place of first and long note)
        self.longest = nn.Parameter(torch.zeros(2, 3, 64))
        self.drop = nn.Dropout(drop)
        nn.init.zeros_(self.direct.weight)
        nn.init.zeros_(self.key_direct.weight)

    def forward(self, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """(meter-and-shift logits (batch, 20), key logits (batch, 24))."""
        x, kept = self.drop(batch["features"]), batch["mask"][..., None].float()
        count, pitches = kept.sum(1), batch["pitches"]
        hidden = self.drop(torch.relu(self.hidden(x)))
        votes = (self.votes(hidden) + self.direct(x)) * kept / count.sqrt()[:, None]
        meters = self.meter((hidden * kept).sum(1) / count) + self.repetition(batch["repetition"])
        half = torch.div(batch["ticks"], 6, rounding_mode="floor")
        bars, rows = [], torch.arange(len(x))
        start = (batch["origin"] < 2).long()
        for kind, (bins, first) in enumerate(zip(BINS, FIRST, strict=True)):
            place = (half[:, :, None] + torch.arange(bins)) % bins
            here = slice(first, first + bins)
            begin = 5 * self.begin[batch["origin"]][:, here].gather(1, place[:, 0])
            fit = 10 * (batch["fit"][:, here] * self.fit[kind]).sum(-1)
            first_place = 8 * place[:, 0]
            begin = begin + 3 * self.early_long[start, kind].gather(1, first_place + place[rows, batch["early_long"]])
            begin = begin + 3 * self.longest[start, kind].gather(1, first_place + place[rows, batch["longest"]])
            bars.append(votes[..., here].gather(2, place).sum(1) + meters[:, kind, None] + begin + fit)
        hidden = self.drop(torch.relu(self.key_hidden(x)))
        votes = (self.key_votes(hidden) + self.key_direct(x)) * kept / count.sqrt()[:, None]
        degree = (torch.arange(12) - pitches[:, :, None]) % 12
        keys = [votes[..., 12 * mode : 12 * mode + 12].gather(2, degree).sum(1) for mode in (0, 1)]
        return torch.cat(bars, 1), torch.cat(keys, 1)

    def penalty(self) -> torch.Tensor:
        """The sum of the squares of all weights but the biases."""
        return sum((w**2).sum() for name, w in self.named_parameters() if not name.endswith("bias"))

    def packed(self) -> dict[str, np.ndarray]:
        """The weights under the names of core/understand/barlines.py."""
        def matrix(layer: nn.Linear) -> torch.Tensor:
            return layer.weight.T

        tensors = {
            "hidden": matrix(self.hidden), "hidden_bias": self.hidden.bias, "votes": matrix(self.votes),
            "votes_bias": self.votes.bias, "direct": matrix(self.direct), "meter": matrix(self.meter),
            "meter_bias": self.meter.bias, "key_hidden": matrix(self.key_hidden),
            "key_hidden_bias": self.key_hidden.bias, "key_votes": matrix(self.key_votes),
            "key_bias": self.key_votes.bias, "key_direct": matrix(self.key_direct),
            "repetition": matrix(self.repetition), "fit": 10 * self.fit, "start": 5 * self.begin[0],
            "resume": 5 * self.begin[2], "early_long": 3 * self.early_long, "longest": 3 * self.longest,
        }
        return {name: tensor.detach().numpy().astype(np.float16) for name, tensor in tensors.items()}
