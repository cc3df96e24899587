"""The melody network in PyTorch, and its way out to ONNX.

One gated recurrent layer reads, step by step, the event before, the place in the bar, the bars left, what stood at
this place 1, 2, 4 and 8 bars ago, the chord, and style, meter and mode; one head tells the pitch, another the duration
given each pitch. Lookback inputs follow Waite 2016 (Magenta's Lookback RNN), factorised heads Colombo et al. 2016
("Algorithmic composition of melodies with deep recurrent neural networks").
"""

from pathlib import Path

import torch
from torch import nn

from core.compose.invent import tokens as t

HIDDEN, HEAD = 224, 96


class Network(nn.Module):
    """(batch, steps, WIDTH) features and (1, batch, HIDDEN) memory -> what comes next."""

    def __init__(self, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.pitch, self.duration = nn.Embedding(t.PITCHES + 1, 24), nn.Embedding(len(t.DURATIONS), 12)
        self.lag_pitch, self.lag_duration = nn.Embedding(t.PITCHES + 1, 12), nn.Embedding(len(t.DURATIONS), 6)
        self.place, self.bar = nn.Embedding(t.PLACES, 20), nn.Embedding(8, 6)
        self.left = nn.Embedding(t.MOST_LEFT + 1, 8)
        self.meter, self.mode = nn.Embedding(len(t.METERS), 6), nn.Embedding(2, 3)
        self.style = nn.Embedding(t.ANY_STYLE + 1, 20)
        self.matches = nn.Embedding(4, 2)
        lags = len(t.LAGS)
        width = 24 + 12 + 20 + 6 + 8 + 6 + 3 + 20 + lags * (12 + 6 + 2) + 12
        self.enter = nn.Sequential(nn.Linear(width, 192), nn.ReLU(), nn.Dropout(0.1))
        self.memory = nn.GRU(192, hidden, batch_first=True)
        self.drop = nn.Dropout(0.25)
        self.to_pitch = nn.Sequential(nn.Linear(hidden + 192, 128), nn.ReLU(), nn.Linear(128, t.PITCHES))
        self.to_head, self.given = nn.Linear(hidden + 192, HEAD), nn.Embedding(t.PITCHES, HEAD)
        self.to_duration = nn.Linear(HEAD, len(t.DURATIONS))

    def read(self, rows: torch.Tensor) -> torch.Tensor:
        lags = len(t.LAGS)
        parts = [self.pitch(rows[..., t.PITCH]), self.duration(rows[..., t.DURATION]), self.place(rows[..., t.PLACE]),
                 self.bar(rows[..., t.BAR]), self.left(rows[..., t.LEFT]), self.meter(rows[..., t.METER]),
                 self.mode(rows[..., t.MODE]), self.style(rows[..., t.STYLE]),
                 self.lag_pitch(rows[..., t.LAG_PITCH:t.LAG_PITCH + lags]).flatten(-2),
                 self.lag_duration(rows[..., t.LAG_DURATION:t.LAG_DURATION + lags]).flatten(-2),
                 self.matches(rows[..., t.MATCHES:t.MATCHES + lags]).flatten(-2), rows[..., t.CHORD:].float()]
        return self.enter(torch.cat(parts, -1))

    def forward(self, rows: torch.Tensor, memory: torch.Tensor | None = None
                ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(pitch logits, what the duration head sees, memory)."""
        seen = self.read(rows)
        out, memory = self.memory(seen, memory)
        out = self.drop(torch.cat([out, seen], -1))
        return self.to_pitch(out), self.to_head(out), memory

    def durations(self, head: torch.Tensor, pitch: torch.Tensor) -> torch.Tensor:
        """Logits of the duration given the pitch."""
        return self.to_duration(torch.relu(head + self.given(pitch)))


def losses(network: Network, rows: torch.Tensor, pitch: torch.Tensor, duration: torch.Tensor) -> torch.Tensor:
    """(batch, steps) negative log-likelihood of the events, in nats; where pitch is -1 there is none."""
    logits, head, _ = network(rows)
    there = pitch >= 0
    safe = pitch.clamp(min=0)
    nll = (nn.functional.cross_entropy(logits.flatten(0, 1), safe.flatten(), reduction="none")
           + nn.functional.cross_entropy(network.durations(head, safe).flatten(0, 1), duration.flatten(),
                                         reduction="none"))
    return nll.view(pitch.shape) * there


class Step(nn.Module):
    """As the product runs it: one step for a batch of tunes, with log probabilities of every event."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, rows: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(batch, steps, WIDTH), (1, batch, HIDDEN) -> (batch, PITCHES, durations) after the last step, memory."""
        logits, head, memory = self.network(rows, memory)
        every = torch.arange(t.PITCHES)
        durations = self.network.durations(head[:, -1, None], every)
        return (torch.log_softmax(logits[:, -1], -1)[..., None] + torch.log_softmax(durations, -1)), memory


class Score(nn.Module):
    """As the product judges whole tunes: log probability of every event given, (batch, steps)."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, rows: torch.Tensor, pitch: torch.Tensor, duration: torch.Tensor) -> torch.Tensor:
        logits, head, _ = self.network(rows)
        of_pitch = torch.log_softmax(logits, -1).gather(-1, pitch[..., None])[..., 0]
        of_duration = torch.log_softmax(self.network.durations(head, pitch), -1).gather(-1, duration[..., None])[..., 0]
        return of_pitch + of_duration


def export(network: Network, path: Path) -> None:
    """Write the step as one ONNX file."""
    network = network.eval()
    rows = torch.zeros(2, 3, t.WIDTH, dtype=torch.int64)
    memory = torch.zeros(1, 2, network.memory.hidden_size)
    torch.onnx.export(Step(network), (rows, memory), str(path), input_names=["rows", "memory"],
                      output_names=["log_p", "memory_after"], dynamo=False, opset_version=17,
                      dynamic_axes={"rows": {0: "batch", 1: "steps"}, "memory": {1: "batch"},
                                    "log_p": {0: "batch"}, "memory_after": {1: "batch"}})
