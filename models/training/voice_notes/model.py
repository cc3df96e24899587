"""The note network: a small CNN over the spectrogram, the pitch track beside it, dilated convolutions, an LSTM."""

import torch
from torch import nn

from core.hear.features import MELS, SIDE


class Residual(nn.Module):
    """A dilated convolution around which the signal also passes unchanged."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.wide = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.mix(torch.relu(self.wide(torch.relu(self.norm(x)))))


class NoteNet(nn.Module):
    """mel (batch, frames, MELS) in dB and side (batch, frames, SIDE) -> logits (batch, frames, 3):
    onset, offset, activity. The convolutions see 0.35 s to each side, the LSTM remembers the whole take both ways."""

    def __init__(self, width: int = 80, seen: int = 48, dilations: tuple[int, ...] = (1, 2, 4, 8, 16),
                 recall: int = 64) -> None:
        super().__init__()

        def block(a: int, b: int) -> list[nn.Module]:
            return [nn.Conv2d(a, b, 3, stride=(1, 2), padding=1), nn.BatchNorm2d(b), nn.ReLU()]

        self.cnn = nn.Sequential(*block(1, 8), *block(8, 12), *block(12, 20))
        self.from_cnn = nn.Conv1d(20 * MELS // 8, seen, 1)
        self.from_side = nn.Conv1d(SIDE, width - seen, 5, padding=2)
        self.tcn = nn.Sequential(*(Residual(width, dilation) for dilation in dilations))
        self.recall = nn.LSTM(width, recall, batch_first=True, bidirectional=True)
        wide = width + 2 * recall
        self.head = nn.Sequential(nn.BatchNorm1d(wide), nn.ReLU(), nn.Dropout(0.1), nn.Conv1d(wide, 3, 3, padding=1))

    def forward(self, mel: torch.Tensor, side: torch.Tensor) -> torch.Tensor:
        picture = (mel / 30 + 1).unsqueeze(1).contiguous(memory_format=torch.channels_last)
        x = self.cnn(picture)                                       # (batch, 20, frames, MELS / 8)
        x = self.from_cnn(x.permute(0, 1, 3, 2).flatten(1, 2))
        x = torch.cat([torch.relu(x), torch.relu(self.from_side(side.transpose(1, 2)))], 1)
        x = self.tcn(x)
        remembered = self.recall(x.transpose(1, 2))[0].transpose(1, 2)
        return self.head(torch.cat([x, remembered], 1)).transpose(1, 2)


class Ensemble(nn.Module):
    """The mean of several networks' probabilities."""

    def __init__(self, members: list[NoteNet]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, mel: torch.Tensor, side: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.sigmoid(member(mel, side)) for member in self.members]).mean(0)
