"""A voice into the notes it sang, in seconds and fractional pitch. The door of this room.

swift-f0 tells the pitch (``pitch``), the harmonics tell it to the cent (``refine``), our own small network
(``network``, models/voice_notes.md) where notes begin and end, a Viterbi search makes notes of that (``decode``),
and each note's pitch is where the track inside it lies most densely. ``verdict`` refuses what holds no tune.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.audio import Sound
from core.errors import NoMelody
from core.hear.decode import spans
from core.hear.features import log_mel, side_features
from core.hear.network import MODEL, activations
from core.hear.pitch import RATE, PitchTrack, track_pitch
from core.hear.refine import refined
from core.hear.verdict import judge, weigh
from core.music import SungNote

MIN_NOTES = 2
DENSE_SEMITONES = 0.4   # width of the window that looks for the pitch a note dwells on
NEAR_SEMITONES = 0.6    # what lies within this of that place is averaged: a vibrato, but no scoop
MOST_PLACES = 200       # looked at, in a note of many seconds
ALONE_SEMITONES = 16.0  # what lies farther from every other note is a beep, a pitch pipe, a creak; nobody sings so
ENOUGH_NOTES = 6        # to say so


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


@dataclass(frozen=True)
class Attended:
    """A voice before its notes are found: what the network looks at, and the pitch track to the cent."""

    mel_db: np.ndarray
    side: np.ndarray
    track: PitchTrack
    warnings: tuple[str, ...]


def hear_voice(sound: Sound, *, model: Path = MODEL) -> SungLine:
    """The notes of one voice as it sang them.

    Raises TooQuiet for silence, and NoMelody for sound without a tune: noise, talk, several voices at once.
    """
    return notes_of(attend(sound), model=model)


def attend(sound: Sound) -> Attended:
    """Everything about ``sound`` that does not depend on the network. Raises as ``hear_voice``."""
    samples = np.ascontiguousarray(sound.at(RATE).samples, dtype=np.float32)
    if len(samples) < RATE // 4 or not np.isfinite(samples).all():
        raise NoMelody
    track = track_pitch(samples)
    warnings = judge(weigh(samples, track))
    mel_db = log_mel(samples)
    return Attended(mel_db, side_features(samples, track, mel_db), refined(samples, track), warnings)


def notes_of(voice: Attended, *, model: Path = MODEL) -> SungLine:
    """Raises NoMelody where fewer than MIN_NOTES are sung."""
    found = spans(activations(voice.mel_db, voice.side, model))
    track = voice.track
    notes = without_intruders([note for onset, offset in found if (note := note_between(onset, offset, track))])
    if len(notes) < MIN_NOTES:
        raise NoMelody
    return SungLine(notes, track.voiced_midi, track.confidence, track.hop_s, voice.warnings)


def without_intruders(notes: Sequence[SungNote]) -> tuple[SungNote, ...]:
    """The notes of one voice, without single sounds of something else, far from all of them."""
    if len(notes) < ENOUGH_NOTES:
        return tuple(notes)
    pitch = np.array([note.pitch_midi for note in notes])
    distance = np.abs(pitch[:, None] - pitch)
    np.fill_diagonal(distance, np.inf)
    return tuple(note for note, alone in zip(notes, distance.min(1) > ALONE_SEMITONES, strict=True) if not alone)


def note_between(onset_s: float, offset_s: float, track: PitchTrack) -> SungNote | None:
    """The note between two times, or None where nothing is voiced."""
    a, b = np.ceil(np.array([onset_s, offset_s]) / track.hop_s).astype(int)
    inside = slice(a, max(b, a + 1))
    sure = track.confidence[inside] >= 0.5
    if not sure.any():
        return None
    return SungNote(onset_s, offset_s, stable_pitch(track.pitch_midi[inside][sure]),
                    float(track.confidence[inside].mean()), float(track.loudness_db[inside].mean()))


def stable_pitch(pitch_midi: np.ndarray) -> float:
    """The pitch a note dwells on, from its voiced frames.

    Where the frames lie most densely (the mode of a Gaussian kernel estimate; Parzen 1962), then the mean of what
    lies near. As the trimmed mean of Mauch et al. (2015, the Tony software) it leaves out stray octaves, and beside
    that the scoops and falls that fill a good part of a short note.
    """
    if len(pitch_midi) < 4:
        return float(np.mean(pitch_midi[len(pitch_midi) // 2:]))
    places = pitch_midi[::1 + len(pitch_midi) // MOST_PLACES]
    density = np.exp(-0.5 * ((places[:, None] - pitch_midi) / DENSE_SEMITONES) ** 2).sum(1)
    return float(pitch_midi[np.abs(pitch_midi - places[density.argmax()]) <= NEAR_SEMITONES].mean())
