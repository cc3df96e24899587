"""What a chat, a phone and a room do to a voice, and what another singer would have been."""

import subprocess
from dataclasses import dataclass

import numpy as np

RATE = 16_000


@dataclass(frozen=True)
class Clip:
    """Mono float32 at 16 kHz with its notes (n, 3): onset_s, offset_s, pitch_midi."""

    samples: np.ndarray
    notes: np.ndarray


def another_take(clip: Clip, rng: np.random.Generator, babble: np.ndarray) -> Clip:
    """The clip as another voice, room, microphone and messenger would have it."""
    if rng.random() < 0.7:
        clip = resung(clip, 2 ** rng.uniform(-0.33, 0.33))
    x = clip.samples
    if rng.random() < 0.35:
        x = closed_mouth(x, rng.uniform(350, 1500), rng.uniform(0.5, 1.5))
    elif rng.random() < 0.5:
        x = tilted(x, rng.uniform(-4, 4))
    if rng.random() < 0.4:
        x = in_a_room(x, rng.uniform(0.1, 0.5), rng.uniform(-22, -6), rng)
    if rng.random() < 0.6:
        x = with_noise(x, rng.uniform(5, 32), rng, babble)
    if rng.random() < 0.25:
        x = band_passed(x, rng.uniform(120, 350), rng.uniform(2800, 4000))
    if rng.random() < 0.15:
        x = np.clip(x, -1, 1) if rng.random() < 0.2 else clipped(x, rng.uniform(0.02, 0.2))
    if rng.random() < 0.5:
        x = through_opus(x, int(rng.choice([12, 16, 24, 32])))
    x = x / (np.abs(x).max() + 1e-9) * 10 ** rng.uniform(-2, 0)
    return Clip(x.astype(np.float32), clip.notes)


def resung(clip: Clip, ratio: float) -> Clip:
    """Pitch, formants and tempo all times ``ratio``: a smaller or larger singer."""
    import soxr

    samples = soxr.resample(clip.samples, RATE * ratio, RATE)
    notes = clip.notes.copy()
    notes[:, :2] /= ratio
    notes[:, 2] += 12 * np.log2(ratio)
    return Clip(samples.astype(np.float32), notes)


def _filtered(x: np.ndarray, gain_of) -> np.ndarray:
    n = 1 << int(np.ceil(np.log2(len(x) + 1)))
    spectrum = np.fft.rfft(x, n)
    return np.fft.irfft(spectrum * gain_of(np.fft.rfftfreq(n, 1 / RATE)), n)[:len(x)]


def closed_mouth(x: np.ndarray, corner_hz: float, order: float) -> np.ndarray:
    return _filtered(x, lambda f: (1 + (f / corner_hz) ** 2) ** -order)


def tilted(x: np.ndarray, db_per_octave: float) -> np.ndarray:
    return _filtered(x, lambda f: 10 ** (db_per_octave * np.log2(np.maximum(f, 50) / 500) / 20))


def band_passed(x: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    return _filtered(x, lambda f: 1 / (1 + (low_hz / np.maximum(f, 1)) ** 6) ** .5 / (1 + (f / high_hz) ** 8) ** .5)


def in_a_room(x: np.ndarray, rt60_s: float, wet_db: float, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(int(rt60_s * RATE)) / RATE
    tail = rng.normal(0, 1, len(t)) * 10 ** (-3 * t / rt60_s)
    tail *= 10 ** (wet_db / 20) / np.sqrt(np.sum(tail ** 2))
    n = 1 << int(np.ceil(np.log2(len(x) + len(t))))
    return x + np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(tail, n), n)[:len(x)]


def clipped(x: np.ndarray, share: float) -> np.ndarray:
    top = np.quantile(np.abs(x), 1 - share)
    return np.clip(x, -top, top)


def with_noise(x: np.ndarray, snr_db: float, rng: np.random.Generator, babble: np.ndarray) -> np.ndarray:
    """White, pink, brown (street), a fan, or people talking, ``snr_db`` under the sung parts."""
    kind = rng.choice(["white", "pink", "brown", "fan", "babble", "babble"])
    if kind == "babble":
        start = int(rng.integers(len(babble)))
        noise = np.resize(np.roll(babble, -start), len(x))
    else:
        power = {"white": 0.0, "pink": 0.5, "brown": 1.0, "fan": 0.8}[kind]
        noise = _filtered(rng.normal(0, 1, len(x)), lambda f: np.maximum(f, 40) ** -power)
        noise = noise / noise.std()
        if kind == "fan":
            t = np.arange(len(x)) / RATE
            base = rng.uniform(45, 130)
            noise = noise + sum(rng.uniform(0, 0.8) * np.sin(2 * np.pi * base * h * t) for h in range(1, 5))
    power = np.square(x)
    loud = np.sqrt(np.mean(power[power > np.quantile(power, 0.6)]))
    return x + noise / (noise.std() + 1e-9) * loud * 10 ** (-snr_db / 20)


def through_opus(x: np.ndarray, kbps: int) -> np.ndarray:
    """As a messenger sends it. ffmpeg takes the coder's delay out again."""
    scale = np.abs(x).max() + 1e-9
    raw = (x / scale * 0.9).astype("<f4").tobytes()
    form = ["-f", "f32le", "-ar", str(RATE), "-ac", "1"]
    quiet = ["ffmpeg", "-nostdin", "-v", "error"]
    coded = subprocess.run([*quiet, *form, "-i", "-", "-c:a", "libopus", "-b:a", f"{kbps}k", "-application", "voip",
                            "-compression_level", "3", "-f", "ogg", "-"], input=raw, capture_output=True, check=True)
    heard = subprocess.run([*quiet, "-f", "ogg", "-i", "-", *form, "-"], input=coded.stdout, capture_output=True,
                           check=True)
    out = np.frombuffer(heard.stdout, "<f4")[:len(x)]
    return np.pad(out, (0, len(x) - len(out))) * scale / 0.9


SENTENCES = ("The train to the coast leaves at nine and arrives shortly before noon.",
             "I told him we would bring the bread, the cheese and a bottle of water.",
             "Nobody knows why the lights went out, but they came back on by themselves.",
             "Could you turn the radio down a little, I am trying to read my letter.",
             "Three of the windows were open and the rain had ruined the carpet.")


def babble(rng: np.random.Generator, seconds: float = 60.0) -> np.ndarray:
    """Five espeak-ng voices talking at once."""
    out = np.zeros(int(seconds * RATE))
    for voice in ("en", "en+f3", "en+m4", "en+f5", "en+m7"):
        text = " ".join(rng.permutation(SENTENCES))
        speed, pitch = str(int(rng.integers(130, 190))), str(int(rng.integers(30, 70)))
        wav = subprocess.run(["espeak-ng", "-v", voice, "-s", speed, "-p", pitch, "--stdout", text],
                             capture_output=True, check=True).stdout
        pcm = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", "-", "-f", "f32le", "-ar", str(RATE),
                              "-ac", "1", "-"], input=wav, capture_output=True, check=True).stdout
        speech = np.frombuffer(pcm, "<f4")
        out += np.roll(np.resize(speech / speech.std(), len(out)), int(rng.integers(len(out))))
    return out / out.std()
