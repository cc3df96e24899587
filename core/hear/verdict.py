"""Is there a tune in it at all? Silence, noise, talk and several voices at once are told, not transcribed.

What tells them apart (figures: models/voice_notes.md): how much of the loud part has a pitch
(noise has none); how long the pitch stays where it is, and how often it hardly moves (singing holds notes, talk
slides: Thompson 2014, "Discrimination between singing and speech in real-world audio"); how often it falls (talk
sinks with every breath: the declination of Pierrehumbert 1979); how much of the energy lies on the multiples of that
pitch (one voice: nearly all; two voices or chords: half), and whether what lies beside them is a few tones (another
voice) or everything (noise).
"""

from dataclasses import dataclass

import numpy as np

from core.errors import NoMelody, TooQuiet
from core.hear.pitch import PitchTrack

RATE = 16_000
QUIET_DB = -60.0          # the loud frames of a recording with nothing in it lie lower
LOUD_RANGE_DB = 25.0      # frames this far under the loudest count as sounding
MIN_VOICED = 0.08         # share of the sounding frames that have a pitch
FLAT_SEMITONES = 0.8      # a held pitch stays within this
HELD_S = 0.2
MIN_HELD = 0.13           # share of the voiced time spent in held pitches; talk has less
HELD_IN_DOUBT = 0.20
MUCH_HELD = 0.45          # who holds so much sings, however much the pitch moves
STILL_S, STILL_SEMITONES = 0.1, 0.25
MIN_STILL = 0.24          # share of the voiced time in which the pitch hardly moves; talk has less
MAX_FALLING = 0.45        # share of it in which the pitch falls further than that; talk has more
FALLING_IN_DOUBT = 0.40   # a trained voice that sings words slides as much as talk, but not so much downwards
ENOUGH_S = 1.6            # so much voiced time tells how often a pitch falls
ALL_VOICED = 0.96         # talk has consonants without a pitch: what has none is sung, however fast it moves
MUCH_HELD_IN_DOUBT, STILL_IN_DOUBT = 0.55, 0.26
MIN_HARMONIC = 0.45       # energy share on the harmonics, lower decile of the loud voiced frames
HARMONIC_IN_DOUBT = 0.58
BESIDE, TONAL = 0.1, 0.6  # another voice has this share of the energy, and this share of that in five peaks
BESIDE_HZ = 250.0         # lower lies what rumbles
MAX_SECOND = 0.26         # share of the loud voiced frames with another voice
SECOND_IN_DOUBT = 0.22
CLIPPED = 0.02            # share of samples at the rails

SEVERAL = "I hear several voices or instruments at once. Please hum or sing the tune alone."
TALK = "This sounds like talking. Please hum or sing the tune on \"la\" or \"mm\"."


@dataclass(frozen=True)
class Evidence:
    """What a verdict is based on; shares are 0..1."""

    loud_db: float
    voiced: float
    held: float
    still: float
    falling: float
    harmonic: float
    second: float
    clipped: float


def weigh(samples: np.ndarray, track: PitchTrack) -> Evidence:
    """Measure mono ``samples`` at 16 kHz and their pitch track."""
    loud_db = float(np.quantile(track.loudness_db, 0.95))
    sounding = track.loudness_db > loud_db - LOUD_RANGE_DB
    voiced = (track.confidence >= 0.5) & sounding
    peak = float(np.abs(samples).max(initial=0.0))
    moves = _moves(track.pitch_midi, voiced, track.hop_s)
    loudest = voiced & (track.loudness_db > loud_db - 12)
    return Evidence(loud_db, float(voiced.sum() / max(sounding.sum(), 1)), _held(track.pitch_midi, voiced, track.hop_s),
                    float(np.mean(np.abs(moves) < STILL_SEMITONES)) if len(moves) else 1.0,
                    float(np.mean(moves < -STILL_SEMITONES)) if len(moves) * track.hop_s >= ENOUGH_S else 0.0,
                    _harmonic(samples, track, loudest), _second(samples, track, loudest),
                    float(np.mean(np.abs(samples) > 0.985 * peak)) if peak > 0.1 else 0.0)


def judge(evidence: Evidence) -> tuple[str, ...]:
    """Codes of warnings. Raises TooQuiet and NoMelody where going on would be nonsense."""
    if evidence.loud_db < QUIET_DB:
        raise TooQuiet
    if evidence.voiced < MIN_VOICED:
        raise NoMelody
    if evidence.harmonic < MIN_HARMONIC or evidence.second > MAX_SECOND:
        raise NoMelody(SEVERAL)
    slides = evidence.held < MIN_HELD or (
        evidence.held < MUCH_HELD and evidence.still < MIN_STILL and evidence.falling > FALLING_IN_DOUBT)
    if evidence.voiced < ALL_VOICED and (slides or evidence.falling > MAX_FALLING):
        raise NoMelody(TALK)
    warnings = []
    if evidence.clipped > CLIPPED:
        warnings.append("clipped")
    if evidence.voiced < 0.35:
        warnings.append("noisy")
    if evidence.harmonic < HARMONIC_IN_DOUBT or evidence.second > SECOND_IN_DOUBT:
        warnings.append("several")
    if evidence.held < HELD_IN_DOUBT or (evidence.held < MUCH_HELD_IN_DOUBT and evidence.still < STILL_IN_DOUBT):
        warnings.append("talk")
    return tuple(warnings)


def _held(pitch: np.ndarray, voiced: np.ndarray, hop_s: float) -> float:
    """Share of the voiced frames in stretches of HELD_S and longer that stay within FLAT_SEMITONES."""
    lengths, low, high, length = [], 0.0, 0.0, 0
    for value, sounds in zip(pitch.tolist(), voiced.tolist(), strict=True):
        if sounds and length and max(high, value) - min(low, value) <= FLAT_SEMITONES:
            low, high, length = min(low, value), max(high, value), length + 1
            continue
        if length:
            lengths.append(length)
        low, high, length = value, value, int(sounds)
    lengths.append(length)
    total = np.array(lengths)
    return float(total[total * hop_s >= HELD_S].sum() / max(total.sum(), 1))


def _moves(pitch: np.ndarray, voiced: np.ndarray, hop_s: float) -> np.ndarray:
    """By how much the pitch moves over every voiced stretch of STILL_S, in semitones."""
    k = round(STILL_S / hop_s)
    if len(pitch) <= k:
        return np.zeros(0)
    whole = np.lib.stride_tricks.sliding_window_view(voiced, k + 1).all(1)
    return (pitch[k:] - pitch[:-k])[whole]


def _harmonic(samples: np.ndarray, track: PitchTrack, frames: np.ndarray) -> float:
    """Lower decile of the energy share near the multiples of the pitch; 1 where nothing can be seen."""
    power, hz, pitch_hz = _spectra(samples, track, frames, 1024)
    if not len(power):
        return 1.0
    near = (np.abs(hz - np.round(hz / pitch_hz) * pitch_hz) < 36) & (hz > 0.6 * pitch_hz)
    band = (hz > 80) & (hz < np.maximum(3000, 1.5 * pitch_hz))
    return float(np.quantile((power * near * band).sum(1) / ((power * band).sum(1) + 1e-12), 0.1))


def _second(samples: np.ndarray, track: PitchTrack, frames: np.ndarray) -> float:
    """Share of the frames in which much of the energy lies beside the multiples of the pitch, and in few places."""
    power, hz, pitch_hz = _spectra(samples, track, frames, 2048)
    if not len(power):
        return 0.0
    near = (np.abs(hz - np.round(hz / pitch_hz) * pitch_hz) < np.maximum(30, 0.03 * hz)) & (hz > 0.6 * pitch_hz)
    power = power * ((hz > 90) & (hz < np.maximum(2500, 1.5 * pitch_hz)))
    beside = power * ~near * (hz > BESIDE_HZ)
    left, here, right = beside[:, :-2], beside[:, 1:-1], beside[:, 2:]
    peaks = np.where((here > left) & (here >= right), left + here + right, 0.0)
    tonal = np.sort(peaks, 1)[:, -5:].sum(1) > TONAL * beside.sum(1)
    return float(np.mean(tonal & (beside.sum(1) > BESIDE * power.sum(1))))


def _spectra(samples: np.ndarray, track: PitchTrack, frames: np.ndarray, size: int
             ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Power (n, bins), bin frequencies in Hz and pitch in Hz (n, 1), of at most about 200 of the frames."""
    at = np.flatnonzero(frames)
    starts = (at * track.hop_s * RATE).astype(int) - size // 2
    usable = (starts >= 0) & (starts + size <= len(samples))
    few = slice(None, None, max(1, int(usable.sum()) // 200))
    at, starts = at[usable][few], starts[usable][few]
    cut = samples[starts[:, None] + np.arange(size)] * np.hanning(size).astype(np.float32)
    pitch_hz = 440 * 2 ** ((track.pitch_midi[at] - 69) / 12)[:, None]
    return np.abs(np.fft.rfft(cut)) ** 2, np.fft.rfftfreq(size, 1 / RATE), pitch_hz
