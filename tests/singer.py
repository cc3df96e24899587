"""A small singing voice of our own, with exact truth: what the tests and ``examples/hum.ogg`` are sung by.

    python -m tests.singer examples/hum.ogg      sings the example anew (needs ffmpeg) and its truth,
                                                 tests/hum_truth.json

A band-limited glottal pulse train (Rosenberg 1971) and aspiration noise pass through a slowly moving
formant filter, syllable by syllable. The singer has a tuning of their own, errs a little on every note,
scoops into phrases, glides between joined notes, grows a vibrato on long ones, drifts in tempo and breathes.
Numpy only; the same seed gives the same samples.
"""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.audio import Sound
from core.music import Key, Melody, Note, SungNote

RATE = 16_000
HOP = 80  # 5 ms: the step of every control curve

# Formant frequencies in Hz (F1..F4, after Peterson & Barney 1952) of the vowels; "m" is a closed mouth.
VOWELS = {"a": (760, 1220, 2600, 3500), "e": (530, 1850, 2480, 3500), "i": (290, 2250, 2950, 3600),
          "o": (520, 900, 2450, 3400), "u": (320, 850, 2300, 3300), "m": (260, 1100, 2150, 3100)}
BANDWIDTHS = (80, 110, 170, 250)
# How a consonant sounds: seconds, level of the voice in it, level of its noise, the noise's centre in Hz.
CONSONANTS = {"m": (0.055, 0.50, 0.0, 0), "n": (0.050, 0.45, 0.0, 0), "l": (0.045, 0.40, 0.0, 0),
              "r": (0.040, 0.35, 0.0, 0), "d": (0.045, 0.08, 0.10, 3000), "t": (0.070, 0.0, 0.22, 3800),
              "s": (0.100, 0.0, 0.25, 5500), "f": (0.080, 0.0, 0.12, 4500), "": (0.03, 0.7, 0.0, 0)}
SYLLABLES = {"mm": ("m:m",), "la": ("l:a",), "ta": ("t:a",), "na": ("n:a",), "du": ("d:u",), "ah": (":a",),
             "solfege": ("d:o", "r:e", "m:i", "f:a", "s:o", "l:a", "t:i"), "whistle": ("whistle",)}


@dataclass(frozen=True)
class Take:
    """What was sung: mono float32 ``samples`` at ``rate``, and its notes exactly as performed."""

    samples: np.ndarray
    rate: int
    notes: tuple[SungNote, ...]

    @property
    def sound(self) -> Sound:
        return Sound(self.samples, self.rate)


@dataclass(frozen=True)
class Habits:
    """How somebody sings. Spreads are standard deviations."""

    tuning: float = 0.0            # semitones off concert pitch, the whole take
    intonation: float = 0.15       # semitones, note by note
    timing_s: float = 0.015
    drift: float = 0.03            # largest share by which the tempo wanders
    glide_s: float = 0.06
    scoop: float = 0.8             # semitones, into a phrase
    vibrato_hz: float = 5.4
    vibrato: float = 0.15          # semitones
    breathiness: float = 0.02
    tract: float = 1.0             # length of the vocal tract: formants scale with it
    snr_db: float = 38.0

    @classmethod
    def of(cls, rng: np.random.Generator) -> "Habits":
        """Somebody untrained."""
        return cls(rng.uniform(-0.4, 0.4), rng.uniform(0.05, 0.3), rng.uniform(0.005, 0.025), rng.uniform(0, 0.05),
                   rng.uniform(0.03, 0.12), rng.uniform(0, 1.5), rng.uniform(4.5, 6.5), rng.uniform(0, 0.35),
                   rng.uniform(0.005, 0.08), rng.uniform(0.85, 1.25), rng.uniform(22, 45))


@dataclass
class _Score:
    """Control curves being written, one value every HOP samples."""

    frames: int
    pitch: np.ndarray = field(init=False)      # MIDI, nan where nothing is sung
    loud: np.ndarray = field(init=False)       # 0..1, the voice
    noise: np.ndarray = field(init=False)      # 0..1, frication and breath
    noise_hz: np.ndarray = field(init=False)
    formants: np.ndarray = field(init=False)   # (frames, 4)

    def __post_init__(self) -> None:
        self.pitch = np.full(self.frames, np.nan)
        self.loud = np.zeros(self.frames)
        self.noise = np.zeros(self.frames)
        self.noise_hz = np.full(self.frames, 3000.0)
        self.formants = np.tile(np.array(VOWELS["a"], float), (self.frames, 1))


def sing(melody: Melody, *, seed: int = 1, syllable: str = "la", habits: Habits | None = None,
         rate: int = RATE) -> Take:
    """Sing ``melody`` at its tempo and pitch. ``syllable`` is a key of SYLLABLES."""
    rng = np.random.default_rng(seed)
    habits = habits or Habits.of(rng)
    notes, joined = _perform(melody, habits, rng, syllable)
    score = _write_curves(notes, joined, habits, rng, syllable)
    samples = _sound(score, habits, rng, whistled=syllable == "whistle")
    if rate != RATE:
        samples = _resampled(samples, rate)
    return Take(samples.astype(np.float32), rate, notes)


def _perform(melody: Melody, habits: Habits, rng: np.random.Generator,
             syllable: str) -> tuple[tuple[SungNote, ...], list[bool]]:
    """The notes as performed, and for each whether it is joined to the one before."""
    beat_s = 60 / melody.bpm
    articulation = {"mm": 0.99, "whistle": 0.95, "ta": 0.85, "ah": 0.98}.get(syllable, 0.94)
    clock, tempo, sung, joined = 0.4, 1.0, [], []
    for i, note in enumerate(melody.notes):
        if i:
            tempo = float(np.clip(tempo + rng.normal(0, 0.008), 1 - habits.drift, 1 + habits.drift))
            clock += (note.onset_beats - melody.notes[i - 1].onset_beats) * beat_s * tempo
        onset = max(clock + rng.normal(0, habits.timing_s), sung[-1].offset_s if sung else 0.0)
        length = note.duration_beats * beat_s * tempo * articulation
        follows = i + 1 < len(melody.notes) and melody.notes[i + 1].onset_beats - note.end_beats < 0.01
        if not follows or note.duration_beats >= 2:  # a breath
            length -= min(0.15, 0.2 * length)
        pitch = note.pitch + habits.tuning + rng.normal(0, habits.intonation)
        joined.append(bool(sung) and onset - sung[-1].offset_s < 0.08)
        if joined[-1]:  # nothing but the consonant parts two joined notes
            gap = CONSONANTS[SYLLABLES[syllable][0].split(":")[0]][0] if syllable in ("ta",) else 0.0
            last = sung[-1]
            sung[-1] = SungNote(last.onset_s, max(onset - gap, last.onset_s + 0.05), last.pitch_midi)
        sung.append(SungNote(onset, onset + max(length, 0.08), pitch))
    return tuple(sung), joined


def _write_curves(notes: tuple[SungNote, ...], joined: list[bool], habits: Habits, rng: np.random.Generator,
                  syllable: str) -> _Score:
    step = HOP / RATE
    score = _Score(int((notes[-1].offset_s + 0.6) / step))
    for i, note in enumerate(notes):
        a, b = round(note.onset_s / step), round(note.offset_s / step)
        s = (np.arange(a, b) - a) * step
        kind = SYLLABLES[syllable][int(rng.integers(len(SYLLABLES[syllable])))]
        consonant, vowel = ("", "u") if kind == "whistle" else kind.split(":")
        before = notes[i - 1].pitch_midi if joined[i] else note.pitch_midi - abs(rng.normal(0, habits.scoop))
        settle = 1 / (1 + np.exp((s - 0.5 * habits.glide_s) / (habits.glide_s / 6)))
        vibrato = habits.vibrato * np.clip((s - 0.3) / 0.3, 0, 1) * np.sin(
            2 * np.pi * habits.vibrato_hz * s + rng.uniform(0, 6))
        wander = 0.05 * np.sin(2 * np.pi * rng.uniform(0.4, 1.2) * s + rng.uniform(0, 6))
        score.pitch[a:b] = note.pitch_midi + (before - note.pitch_midi) * settle + vibrato + wander

        length_s, voiced, hiss, hiss_hz = CONSONANTS[consonant]
        same = joined[i] and abs(notes[i - 1].pitch_midi - note.pitch_midi) < 0.7
        floor = min(voiced, 0.35) if same else voiced if consonant else 0.75
        if kind == "whistle":
            floor = 0.2 if same else 0.5
        elif kind == "m:m" and not same:
            floor = 0.85
        attack = np.clip(s / rng.uniform(0.02, 0.05), 0, 1)
        release = np.clip((note.offset_s - note.onset_s - s) / rng.uniform(0.02, 0.06), 0, 1)
        ahead = i + 1 < len(notes) and joined[i + 1] and consonant != "t"
        loud = (attack if not joined[i] else floor + (1 - floor) * attack) * (
            release if not ahead else floor + (1 - floor) * release)
        score.loud[a:b] = loud * rng.uniform(0.7, 1.0) * (1 - 0.15 * s / max(s[-1], 0.3))
        score.formants[a:b] = VOWELS[vowel]
        lead = max(a - int(length_s / step), 0)  # the consonant comes before the beat
        if hiss:
            score.noise[lead:a] += hiss * np.hanning(a - lead + 2)[1:-1]
            score.noise_hz[lead:a] = hiss_hz
        if consonant in ("m", "n", "l") and vowel != "m":
            score.formants[lead:a] = VOWELS["m"]
        gap_s = note.onset_s - (notes[i - 1].offset_s if i else 0.0)
        if gap_s > 0.25:  # breathe in before the phrase
            c, d = a - int(0.24 / step), a - int(0.06 / step)
            score.noise[c:d] += 0.05 * np.hanning(d - c)
            score.noise_hz[c:d] = 1800
    score.loud = np.convolve(score.loud, np.ones(3) / 3, "same")
    score.formants = np.stack([np.convolve(np.pad(f, 4, mode="edge"), np.ones(9) / 9, "valid")
                               for f in score.formants.T], 1)
    return score


def _sound(score: _Score, habits: Habits, rng: np.random.Generator, *, whistled: bool) -> np.ndarray:
    n = score.frames * HOP
    at, t = np.arange(score.frames) * HOP, np.arange(n)
    known = np.flatnonzero(~np.isnan(score.pitch))
    pitch = np.interp(t, at[known], score.pitch[known])
    jitter = np.interp(t, at, rng.normal(0, 0.03, score.frames))
    hz = 440 * 2 ** ((pitch + jitter - 69) / 12)
    loud = np.interp(t, at, score.loud) * (1 + np.interp(t, at, rng.normal(0, 0.03, score.frames)))
    if whistled:
        phase = 2 * np.pi * np.cumsum(hz) / RATE
        voice = np.sin(phase) + 0.01 * np.sin(2 * phase) * (hz < RATE / 4.2)
        air = _filtered(rng.normal(0, 1, n), lambda f: 1 / (1 + ((f - 2500) / 1500) ** 2), score.frames)
        mix = voice * loud + habits.breathiness * 0.5 * air * loud
    else:
        source = _glottal(hz) * loud + habits.breathiness * rng.normal(0, 1, n) * loud
        shape = score.formants * habits.tract

        def tract(f: np.ndarray) -> np.ndarray:
            centre, width = shape[:, :, None], np.array(BANDWIDTHS)[:, None]
            return np.prod(centre ** 2 / np.sqrt((centre ** 2 - f ** 2) ** 2 + (f * width) ** 2 + 1.0), 1)

        mix = _filtered(source, tract, score.frames)
        mix = mix / (np.abs(mix).max() + 1e-9)
    hiss = _filtered(rng.normal(0, 1, n), lambda f: 1 / (1 + ((f - score.noise_hz[:, None]) / 1500) ** 2),
                     score.frames)
    mix = mix / (np.abs(mix).max() + 1e-9) + hiss / hiss.std() * 0.35 * np.interp(t, at, score.noise)
    room = np.cumsum(rng.normal(0, 1, n))
    room = room - np.convolve(room, np.ones(161) / 161, "same") + rng.normal(0, 1, n)
    level = np.sqrt(np.mean(mix[loud > 0.3] ** 2))
    mix = mix + room / room.std() * level * 10 ** (-habits.snr_db / 20)
    return 0.5 * mix / np.abs(mix).max()


def _glottal(hz: np.ndarray) -> np.ndarray:
    """The derivative of Rosenberg's pulse (open for 60 % of the period), made at four times the rate."""
    over = 4
    fine = np.interp(np.arange(len(hz) * over) / over, np.arange(len(hz)), hz)
    phase = np.cumsum(fine) / (RATE * over) % 1
    rise, fall = 0.4, 0.2
    flow = np.where(phase < rise, 0.5 * (1 - np.cos(np.pi * phase / rise)),
                    np.where(phase < rise + fall, np.cos(np.pi / 2 * (phase - rise) / fall), 0))
    spectrum = np.fft.rfft(np.diff(flow, prepend=0))
    pulses = np.fft.irfft(spectrum[:len(hz) // 2 + 1], len(hz))
    return pulses / np.abs(pulses).max()


def _filtered(x: np.ndarray, gain, frames: int) -> np.ndarray:
    """Time-varying filter: overlap-add of Hann frames (20 ms); ``gain(hz)`` is (bins,) or (frames, bins)."""
    size = 4 * HOP
    padded = np.pad(x, (size // 2, 2 * size))
    cut = np.lib.stride_tricks.sliding_window_view(padded, size)[::HOP][:frames] * (np.hanning(size + 1)[:-1] / 2)
    parts = np.fft.irfft(np.fft.rfft(cut, 2 * size) * gain(np.fft.rfftfreq(2 * size, 1 / RATE)), 2 * size)
    out = np.zeros((frames + 8, HOP))
    for k in range(8):  # every frame spans eight hops
        out[k:k + frames] += parts[:, k * HOP:(k + 1) * HOP]
    return out.ravel()[size // 2:size // 2 + len(x)]


def _resampled(x: np.ndarray, rate: int) -> np.ndarray:
    n = int(len(x) * rate / RATE)
    spectrum = np.fft.rfft(x)
    out = np.zeros(n // 2 + 1, complex)
    keep = min(len(out), len(spectrum))
    out[:keep] = spectrum[:keep]
    return np.fft.irfft(out, n) * n / len(x)


def melody_of(text: str, bpm: float, key: str = "C major") -> Melody:
    """From words like ``"60:1 62:.5 r:1 64:2"``: MIDI pitch (or r) and beats."""
    notes, beat = [], 0.0
    for word in text.split():
        pitch, _, beats = word.partition(":")
        if pitch != "r":
            notes.append(Note(beat, float(beats), int(pitch)))
        beat += float(beats)
    return Melody(tuple(notes), bpm, Key.parse(key))


# Beethoven's Ode to Joy (1824), its first eight bars, in D major.
EXAMPLE = melody_of("66:1 66:1 67:1 69:1 69:1 67:1 66:1 64:1 62:1 62:1 64:1 66:1 66:1.5 64:.5 64:2 "
                    "66:1 66:1 67:1 69:1 69:1 67:1 66:1 64:1 62:1 62:1 64:1 66:1 64:1.5 62:.5 62:2",
                    132, "D major")


def main(path: str) -> None:
    """Sing EXAMPLE into an Ogg/Opus voice note like a phone's, and write its truth for the tests."""
    take = sing(EXAMPLE, seed=7, syllable="na", habits=Habits(tuning=0.12, snr_db=34, tract=1.08), rate=48_000)
    subprocess.run(["ffmpeg", "-nostdin", "-y", "-v", "error", "-f", "f32le", "-ar", "48000", "-ac", "1", "-i", "-",
                    "-c:a", "libopus", "-b:a", "32k", "-vbr", "constrained", "-application", "voip",
                    "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", path],
                   input=take.samples.tobytes(), check=True)
    truth = {"melody": EXAMPLE.to_json(),
             "sung": [[round(n.onset_s, 3), round(n.offset_s, 3), round(n.pitch_midi, 2)] for n in take.notes]}
    (Path(__file__).parent / "hum_truth.json").write_text(json.dumps(truth) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
