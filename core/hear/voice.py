"""A voice into the notes it sang, in seconds and fractional pitch. The door of this room."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.errors import NoMelody, TooQuiet
from core.hear.pitch import RATE, PitchTrack, track_pitch
from core.music import SungNote

QUIET_DB = -60.0
MIN_NOTES = 3
DIP_DB = 14.0
MIN_NOTE_S = 0.06
ONSET_LAG_S = 0.015  # the voice is heard before the note is: segment_notes starts in the glide


class Sounding(Protocol):
    """What a core.audio.Sound is, as far as hearing needs it."""

    @property
    def samples(self) -> np.ndarray: ...

    @property
    def rate(self) -> int: ...

    def at(self, rate: int) -> "Sounding": ...


@dataclass(frozen=True)
class SungLine:
    """What was sung, and the pitch track it was read from.

    ``pitch_midi`` (frames,) is nan where nothing is voiced, ``confidence`` (frames,) 0..1, a frame every
    ``hop_s`` seconds. ``warnings`` are codes of sentences: what may have gone wrong although notes came out.
    """

    notes: tuple[SungNote, ...]
    pitch_midi: np.ndarray
    confidence: np.ndarray
    hop_s: float
    warnings: tuple[str, ...] = ()


def hear_voice(sound: Sounding) -> SungLine:
    """The notes of one voice as it sang them.

    Raises TooQuiet for silence and NoMelody for sound without a tune.
    """
    samples = np.ascontiguousarray(sound.at(RATE).samples, dtype=np.float32)
    if len(samples) < RATE // 4 or not np.isfinite(samples).all():
        raise NoMelody
    track = track_pitch(samples)
    if np.quantile(track.loudness_db, 0.95) < QUIET_DB:
        raise TooQuiet
    notes = _segment(samples, track)
    if len(notes) < MIN_NOTES:
        raise NoMelody
    return SungLine(notes, track.voiced_midi, track.confidence, track.hop_s)


def _segment(samples: np.ndarray, track: PitchTrack) -> tuple[SungNote, ...]:
    from swift_f0 import PitchResult, segment_notes

    times = np.arange(len(track.pitch_midi)) * track.hop_s
    hz = 440 * 2 ** ((track.pitch_midi - 69) / 12)
    spans = []
    for note in segment_notes(PitchResult(times, hz, track.confidence, track.loudness_db)):
        spans += _split_at_dips(samples, note.start + ONSET_LAG_S, note.end)
    notes = []
    for onset, offset in spans:
        inside = (times >= onset) & (times <= offset) & (track.confidence >= 0.5)
        if offset - onset >= MIN_NOTE_S and inside.any():
            notes.append(SungNote(onset, offset, stable_pitch(track.pitch_midi[inside]),
                                  float(track.confidence[inside].mean()), float(track.loudness_db[inside].mean())))
    return tuple(notes)


def _split_at_dips(samples: np.ndarray, onset: float, offset: float) -> list[tuple[float, float]]:
    """Cut a note where its 10 ms envelope dips by DIP_DB and rises again: the same pitch sung anew."""
    hop = RATE // 100
    part = samples[int(onset * RATE):int(offset * RATE)]
    frames = len(part) // hop
    if frames < 20:
        return [(onset, offset)]
    level = 10 * np.log10(np.square(part[:frames * hop]).reshape(frames, hop).mean(1) + 1e-10)
    level = np.convolve(np.pad(level, 1, mode="edge"), np.ones(3) / 3, "valid")
    cuts = [0]
    for i in range(8, frames - 8):
        around = min(level[max(i - 15, cuts[-1]):i].max(), level[i + 1:i + 16].max())
        if level[i] == level[max(i - 6, 0):i + 7].min() and around - level[i] > DIP_DB and i - cuts[-1] >= 8:
            cuts.append(i)
    bounds = [onset + cut / 100 for cut in cuts] + [offset]
    return list(zip(bounds[:-1], bounds[1:], strict=True))


def stable_pitch(pitch_midi: np.ndarray) -> float:
    """The pitch a note settles on: the mean of the middle half of the values of its inner 70 %.

    The trimmed mean leaves out scoops and glides at the ends and stray octaves inside (Mauch et al. 2015,
    "Computer-aided melody note transcription using the Tony software").
    """
    n = len(pitch_midi)
    inner = np.sort(pitch_midi[int(0.15 * n):max(int(np.ceil(0.85 * n)), int(0.15 * n) + 1)])
    k = len(inner) // 4
    return float(np.mean(inner[k:len(inner) - k]))
