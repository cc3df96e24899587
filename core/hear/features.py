"""What the note network looks at: a log-mel spectrogram, and the pitch track laid beside it.

One frame is 10 ms, centred on ``i * HOP_S``. Everything is relative to the loudest part of the recording, so
that neither the microphone's gain nor the file's level matters.
"""

from functools import lru_cache

import numpy as np

from core.hear.pitch import PitchTrack

RATE = 16_000
HOP = 160
HOP_S = HOP / RATE
WINDOW = 512
MELS = 64
LOW_HZ, HIGH_HZ = 60.0, 7_600.0
SIDE = 16  # columns of side_features
FLOOR_DB = -70.0


@lru_cache(maxsize=1)
def mel_filters() -> np.ndarray:
    """Triangular filters (bins, MELS) on O'Shaughnessy's mel scale."""
    def mel(hz: np.ndarray | float) -> np.ndarray:
        return 2595 * np.log10(1 + np.asarray(hz) / 700)

    edges = 700 * (10 ** (np.linspace(mel(LOW_HZ), mel(HIGH_HZ), MELS + 2) / 2595) - 1)
    hz = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, None]
    rise = (hz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - hz) / (edges[2:] - edges[1:-1])
    filters = np.maximum(0, np.minimum(rise, fall))
    # the lowest bands are narrower than a bin: give each the bin nearest to its centre
    empty = np.flatnonzero(filters.sum(0) < 0.5)
    filters[np.abs(hz - edges[1:-1][empty]).argmin(0), empty] = 1
    return (filters / filters.sum(0)).astype(np.float32)


def log_mel(samples: np.ndarray) -> np.ndarray:
    """(frames, MELS) float32 in dB under the recording's loud frames, clipped to FLOOR_DB .. +20.

    ``samples`` is mono float32 at 16 kHz; there are ``1 + len(samples) // HOP`` frames.
    """
    padded = np.pad(samples, (WINDOW // 2, WINDOW // 2 + HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][: 1 + len(samples) // HOP]
    window, parts = np.hanning(WINDOW).astype(np.float32), []
    for start in range(0, len(frames), 2_000):  # minutes at once would take hundreds of megabytes
        spectrum = np.fft.rfft(frames[start:start + 2_000] * window)
        parts.append((spectrum.real ** 2 + spectrum.imag ** 2).astype(np.float32) @ mel_filters())
    db = 10 * np.log10(np.concatenate(parts) + 1e-9)
    reference = np.quantile(db.max(1), 0.95)
    return np.clip(db - reference, FLOOR_DB, 20).astype(np.float32)


def side_features(samples: np.ndarray, track: PitchTrack, mel_db: np.ndarray) -> np.ndarray:
    """(frames, SIDE) float32, each column within about -3..3.

    Pitch (relative to its surroundings, its steps over 20 to 160 ms, its unrest), confidence, the level of
    10 ms and its steps, the share of high frequencies, the spectral flux.
    """
    frames = len(mel_db)
    at = np.arange(frames) * HOP_S
    track_at = np.arange(len(track.confidence)) * track.hop_s
    sure = np.interp(at, track_at, track.confidence)
    voiced = np.flatnonzero(track.confidence >= 0.5)
    pitch = np.interp(at, track_at[voiced], track.pitch_midi[voiced]) if len(voiced) else np.full(frames, 60.0)
    around = _smooth(pitch * (sure + 1e-3), 50) / _smooth(sure + 1e-3, 50)
    near = _smooth(pitch, 5)
    unrest = np.sqrt(np.maximum(_smooth(pitch ** 2, 5) - near ** 2, 0))

    level = _level_db(samples, frames)
    level = np.clip(level - np.quantile(level, 0.95), FLOOR_DB, 10)
    high = mel_db[:, MELS // 2:].mean(1) - mel_db[:, :MELS // 2].mean(1)
    flux = np.maximum(mel_db - _shifted(mel_db, 2), 0).mean(1)
    fall = np.maximum(_shifted(mel_db, 2) - mel_db, 0).mean(1)
    columns = [
        sure, (pitch - 60) / 24, np.clip((pitch - around) / 4, -2, 2), unrest,
        *(np.clip(_step(pitch, k) / 2, -3, 3) * np.minimum(_shifted(sure, k), _shifted(sure, -k)) for k in (2, 4, 8)),
        *(_step(sure, k) for k in (2, 4)),
        level / 20 + 1, *(_step(level, k) / 10 for k in (1, 2, 4, 8)), high / 20, (flux - fall) / 5,
    ]
    return np.clip(np.stack(columns, 1), -4, 4).astype(np.float32)


def _level_db(samples: np.ndarray, frames: int) -> np.ndarray:
    """Level of the 20 ms around each frame."""
    power = np.cumsum(np.square(np.pad(samples, (HOP, 2 * HOP)), dtype=np.float64))
    starts = np.arange(frames) * HOP
    ends = np.minimum(starts + 2 * HOP, len(power) - 1)
    return 10 * np.log10((power[ends] - power[starts]) / (2 * HOP) + 1e-9)


def _smooth(x: np.ndarray, half: int) -> np.ndarray:
    """Moving average over 2 * half + 1 frames."""
    total = np.cumsum(np.pad(x, (half + 1, half), mode="edge"))
    return (total[2 * half + 1:] - total[:-2 * half - 1]) / (2 * half + 1)


def _shifted(x: np.ndarray, frames: int) -> np.ndarray:
    """``x`` moved later by ``frames`` (earlier if negative), its edge repeated."""
    at = np.clip(np.arange(len(x)) - frames, 0, len(x) - 1)
    return x[at]


def _step(x: np.ndarray, half: int) -> np.ndarray:
    """How much ``x`` rises from ``half`` frames before to ``half`` frames after."""
    return _shifted(x, -half) - _shifted(x, half)
