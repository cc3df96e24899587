"""The pitch of one voice, frame by frame: swift-f0, and a second look an octave lower for whistles.

swift-f0 (Nieradzik 2025, MIT) answers between 46.9 and 2,093.8 Hz every 16 ms. Whistling goes higher:
where a loud, nearly pure tone lies above its range, the sound is heard again at half speed and the more
confident answer is taken, an octave up.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from core.networks import hearing_threads, load_runtime

if TYPE_CHECKING:
    from swift_f0 import SwiftF0

RATE = 16_000
HOP_S = 0.016
WHISTLE_HZ = 1_700.0      # above this swift-f0 begins to doubt; the second look starts here
MIN_WHISTLE_SHARE = 0.01  # of the loud frames


@dataclass(frozen=True)
class PitchTrack:
    """Arrays of one value a frame; frame i is centred on ``i * hop_s`` seconds."""

    pitch_midi: np.ndarray    # (frames,) fractional; meaningless where confidence is low
    confidence: np.ndarray    # (frames,) 0..1; voiced from 0.5 up
    loudness_db: np.ndarray   # (frames,) relative to full scale
    hop_s: float = HOP_S

    @property
    def voiced_midi(self) -> np.ndarray:
        """``pitch_midi`` with nan where nothing is sung."""
        return np.where(self.confidence >= 0.5, self.pitch_midi, np.nan)


@lru_cache(maxsize=1)
def _detector(pid: int, threads: int) -> "SwiftF0":
    """One per process: a session made before a fork has no threads after it."""
    load_runtime()
    from swift_f0 import SwiftF0

    return SwiftF0(threads=threads, spin=False)


def track_pitch(samples: np.ndarray) -> PitchTrack:
    """The pitch of ``samples`` (mono float32 at 16 kHz, at least one hop long)."""
    detector = _detector(os.getpid(), hearing_threads())
    samples, gain_db = _raised(samples)
    result = detector.detect(samples, RATE)
    loudness_db = result.loudness_db - gain_db
    midi = 69 + 12 * np.log2(np.maximum(result.pitch_hz, 1.0) / 440)
    track = PitchTrack(midi, result.confidence, loudness_db)
    if not _whistles(samples, track):
        return track
    slow = detector.detect(np.repeat(samples, 2) if len(samples) < 64 else _half_speed(samples), RATE)
    n = len(midi)
    slow_midi = 81 + 12 * np.log2(np.maximum(slow.pitch_hz[::2][:n], 1.0) / 440)
    slow_sure = slow.confidence[::2][:n]
    slow_midi = np.pad(slow_midi, (0, n - len(slow_midi)), mode="edge")
    slow_sure = np.pad(slow_sure, (0, n - len(slow_sure)))
    higher = (slow_sure > result.confidence) & (slow_midi > 69 + 12 * np.log2(WHISTLE_HZ / 440))
    return PitchTrack(np.where(higher, slow_midi, midi), np.where(higher, slow_sure, result.confidence),
                      loudness_db)


def _raised(samples: np.ndarray) -> tuple[np.ndarray, float]:
    """A quiet recording made louder, for swift-f0 doubts faint voices; and by how many dB."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > 0.2 or peak == 0.0:
        return samples, 0.0
    gain = min(0.4 / peak, 100.0)
    return samples * np.float32(gain), 20 * float(np.log10(gain))


def _half_speed(samples: np.ndarray) -> np.ndarray:
    import soxr

    return soxr.resample(samples, RATE, 2 * RATE).astype(np.float32)


def _whistles(samples: np.ndarray, track: PitchTrack) -> bool:
    """Whether a good share of the loud frames is ruled by one partial above WHISTLE_HZ."""
    size = 512
    starts = (np.arange(len(track.loudness_db)) * HOP_S * RATE).astype(int) - size // 2
    loud = track.loudness_db > track.loudness_db.max() - 20
    frames = np.flatnonzero(loud & (starts >= 0) & (starts + size <= len(samples)))
    if not len(frames):
        return False
    frames = frames[:: max(1, len(frames) // 200)]
    cut = samples[starts[frames][:, None] + np.arange(size)] * np.hanning(size)
    power = np.abs(np.fft.rfft(cut)) ** 2
    hz = np.fft.rfftfreq(size, 1 / RATE)
    peak = power.argmax(1)
    window = np.clip(peak[:, None] + np.arange(-3, 4), 0, len(hz) - 1)
    pure = np.take_along_axis(power, window, 1).sum(1) > 0.7 * power.sum(1)
    return bool(np.mean(pure & (hz[peak] > WHISTLE_HZ)) > MIN_WHISTLE_SHARE)
