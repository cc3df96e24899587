"""A voice into the notes it sang, in seconds and fractional pitch. The door of this room.

swift-f0 tells the pitch (``pitch``), the harmonics tell it to the cent (``refine``), our own small network
(``network``, models/voice_notes.md) where notes begin and end, a Viterbi search makes notes of that (``decode``),
and each note's pitch is a trimmed mean of the track inside it. ``verdict`` refuses what holds no tune.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.audio import Sound
from core.errors import NoMelody
from core.hear.decode import spans
from core.hear.features import log_mel, side_features
from core.hear.network import MODEL, activations
from core.hear.pitch import HOP_S, RATE, PitchTrack, track_pitch
from core.hear.refine import refined
from core.hear.verdict import judge, weigh
from core.music import SungNote

MIN_NOTES = 2
GLIDE_SEMITONES_PER_S = 10.0  # a frame that moves so fast counts half


@dataclass(frozen=True)
class SungLine:
    """What was sung, and the pitch track it was read from.

    ``pitch_midi`` (frames,) is nan where nothing is voiced, ``confidence`` (frames,) 0..1, a frame every
    ``hop_s`` seconds. ``warnings`` are codes ("clipped", "noisy", "several", "talk"): what may have gone wrong
    although notes came out.
    """

    notes: tuple[SungNote, ...]
    pitch_midi: np.ndarray
    confidence: np.ndarray
    hop_s: float
    warnings: tuple[str, ...] = ()


def hear_voice(sound: Sound, *, model: Path = MODEL) -> SungLine:
    """The notes of one voice as it sang them.

    Raises TooQuiet for silence, and NoMelody for sound without a tune: noise, talk, several voices at once.
    """
    samples = np.ascontiguousarray(sound.at(RATE).samples, dtype=np.float32)
    if len(samples) < RATE // 4 or not np.isfinite(samples).all():
        raise NoMelody
    track = track_pitch(samples)
    warnings = judge(weigh(samples, track))
    mel = log_mel(samples)
    heard = activations(mel, side_features(samples, track, mel), model)
    true = refined(samples, track)
    notes = tuple(note for onset, offset in spans(heard) if (note := note_between(onset, offset, true)))
    if len(notes) < MIN_NOTES:
        raise NoMelody
    return SungLine(notes, true.voiced_midi, true.confidence, true.hop_s, warnings)


def note_between(onset_s: float, offset_s: float, track: PitchTrack) -> SungNote | None:
    """The note between two times, or None where nothing is voiced."""
    a, b = np.ceil(np.array([onset_s, offset_s]) / track.hop_s).astype(int)
    inside = slice(a, max(b, a + 1))
    sure = track.confidence[inside] >= 0.5
    if not sure.any():
        return None
    return SungNote(onset_s, offset_s, stable_pitch(track.pitch_midi[inside][sure]),
                    float(track.confidence[inside].mean()), float(track.loudness_db[inside].mean()))


def stable_pitch(pitch_midi: np.ndarray, hop_s: float = HOP_S) -> float:
    """The pitch a note settles on, from its voiced frames.

    The mean of the middle half of the values between 15 and 90 % of its length, flat stretches counting more than
    glides: the trimmed mean leaves out stray octaves (Mauch et al. 2015, the Tony software), the weights the scoops
    that fill most of a short note.
    """
    n = len(pitch_midi)
    if n < 4:
        return float(np.mean(pitch_midi[n // 2:]))
    inner = slice(int(0.15 * n), int(np.ceil(0.9 * n)))
    slope = np.abs(np.gradient(pitch_midi))[inner] / hop_s
    weight = 1 / (1 + (slope / GLIDE_SEMITONES_PER_S) ** 2)
    order = np.argsort(pitch_midi[inner])
    value, weight = pitch_midi[inner][order], weight[order] / weight.sum()
    below = np.cumsum(weight)
    middle = (below >= 0.25) & (below - weight <= 0.75)
    return float(np.average(value[middle], weights=weight[middle]))
