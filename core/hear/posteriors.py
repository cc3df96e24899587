"""What basic-pitch's network hears: where notes begin and sound, and at which fine pitch, of any instruments.

Bittner et al. 2022, "A lightweight instrument-agnostic model for polyphonic note transcription and multipitch
estimation". Only its ONNX file is used (Apache 2.0), run over overlapping windows as the package itself does, some
at a time, so that minutes of music need no more memory than their answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.networks import open_session

Floats = npt.NDArray[np.float32]

RATE = 22_050
HOP = 256
WINDOW = 2 * RATE - HOP                 # samples the network hears at once: 172 frames
EDGE_FRAMES = 15                        # of each window, at both ends, that the next one hears better
STEP = WINDOW - 2 * EDGE_FRAMES * HOP   # 36,164 samples, that is 141.3 frames; 142 are kept
KEPT_FRAMES = 142
LOWEST_MIDI, PITCHES, BINS_PER_SEMITONE = 21, 88, 3
BATCH = 8                               # windows a run: some 150 MB
INPUT, NOTE, ONSET, CONTOUR = ("serving_default_input_2:0", "StatefulPartitionedCall:1",
                               "StatefulPartitionedCall:2", "StatefulPartitionedCall:0")


@dataclass(frozen=True)
class Posteriors:
    """Activations 0..1, frames first. Column p of ``note`` and ``onset`` is MIDI pitch 21 + p; ``contour`` has
    three bins a semitone, column 3 p + 1 at the pitch itself. ``times_s`` (frames,) tells when each frame is."""

    note: Floats      # (frames, 88)
    onset: Floats     # (frames, 88)
    contour: Floats   # (frames, 264)
    times_s: npt.NDArray[np.float64]


def find_model() -> Path:
    """basic-pitch's ONNX file, found without importing the package (which would take a second)."""
    import importlib.util

    spec = importlib.util.find_spec("basic_pitch")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("basic_pitch is not installed")
    return Path(spec.origin).parent / "saved_models" / "icassp_2022" / "nmp.onnx"


def posteriors(samples: Floats, *, progress: Callable[[float], None] = lambda _share: None) -> Posteriors:
    """Hear mono ``samples`` (n,) at 22,050 Hz. ``progress`` is told the share that is done, 0..1."""
    session = open_session(find_model())
    frames = int(len(samples) * (RATE // HOP) / RATE)
    padded = np.concatenate([np.zeros(EDGE_FRAMES * HOP, np.float32), samples.astype(np.float32, copy=False)])
    starts = range(0, len(padded), STEP)
    note, onset = (np.empty((len(starts) * KEPT_FRAMES, PITCHES), np.float32) for _ in range(2))
    contour = np.empty((len(starts) * KEPT_FRAMES, PITCHES * BINS_PER_SEMITONE), np.float32)
    for first in range(0, len(starts), BATCH):
        batch = np.zeros((len(starts[first:first + BATCH]), WINDOW, 1), np.float32)
        for row, start in enumerate(starts[first:first + BATCH]):
            cut = padded[start:start + WINDOW]
            batch[row, :len(cut), 0] = cut
        at = slice(first * KEPT_FRAMES, (first + len(batch)) * KEPT_FRAMES)
        # by name: the session's own order is another
        for whole, part in zip((note, onset, contour), session.run([NOTE, ONSET, CONTOUR], {INPUT: batch}),
                               strict=True):
            whole[at] = part[:, EDGE_FRAMES:-EDGE_FRAMES].reshape(-1, part.shape[2])
        progress(min(1.0, (first + BATCH) / len(starts)))
    return Posteriors(note[:frames], onset[:frames], contour[:frames], frame_times(frames))


def frame_times(frames: int) -> npt.NDArray[np.float64]:
    """When each frame is, in seconds: windows start STEP samples apart, which is no whole number of frames."""
    window, place = np.divmod(np.arange(frames), KEPT_FRAMES)
    return (window * STEP + place * HOP) / RATE
