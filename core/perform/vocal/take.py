"""What the vocal desk is handed: a recording with its pitch track, and where each sung note belongs in the song."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Recording:
    """A voice as recorded: mono float32 ``samples`` at 44.1 kHz; ``pitch_midi`` (frames,), nan where nothing is
    voiced, one frame every ``hop_s`` seconds."""

    samples: Samples
    pitch_midi: Floats
    hop_s: float


@dataclass(frozen=True, slots=True)
class Placed:
    """One sung note and where it goes: from ``sung_onset_s..sung_offset_s`` in the recording to
    ``onset_s..end_s`` in the song, at ``pitch_midi`` up to octaves."""

    sung_onset_s: float
    sung_offset_s: float
    onset_s: float
    end_s: float
    pitch_midi: int


@dataclass(frozen=True)
class Vocal:
    """The finished voice: mono float32 ``samples`` (n,) at 44.1 kHz in song time, and the ``spans`` (onset_s, end_s)
    in which it sings."""

    samples: Samples
    spans: tuple[tuple[float, float], ...]
