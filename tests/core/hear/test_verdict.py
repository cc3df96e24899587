import subprocess

import numpy as np
import pytest

from core.errors import NoMelody, TooQuiet
from core.hear.pitch import RATE, track_pitch
from core.hear.verdict import judge, weigh
from tests.singer import EXAMPLE, melody_of, sing


def verdict(samples):
    samples = np.asarray(samples, np.float32)
    return judge(weigh(samples, track_pitch(samples)))


@pytest.fixture(scope="module")
def singing():
    return sing(EXAMPLE, seed=2, syllable="la").samples


def test_singing_passes_without_a_warning(singing):
    assert verdict(singing) == ()


def test_fast_singing_is_not_talk():
    run = "60:.25 62:.25 64:.25 65:.25 67:.25 69:.25 71:.25 72:.25 71:.25 69:.25 67:.25 65:.25 64:.25 62:.25 "
    verdict(sing(melody_of(3 * run + "60:1", 150), seed=3, syllable="mm").samples)


def test_a_short_low_hum_that_falls_is_not_talk():
    verdict(sing(melody_of("47:1 45:1 43:1 40:2", 90), seed=4, syllable="mm").samples)


def test_silence_is_too_quiet():
    with pytest.raises(TooQuiet):
        verdict(np.zeros(2 * RATE))


@pytest.mark.parametrize("colour", [0.0, 0.5, 1.0])
def test_noise_is_no_melody(colour):
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(0, 1, 3 * RATE))
    spectrum /= np.maximum(np.arange(len(spectrum)), 20) ** colour
    noise = np.fft.irfft(spectrum)
    with pytest.raises(NoMelody):
        verdict(0.1 * noise / noise.std())


def test_chords_are_several_voices():
    t = np.arange(RATE) / RATE
    chord = sum(np.exp(-2 * t) * np.sin(2 * np.pi * hz * h * t) / h ** 1.2
                for hz in (262, 330, 392, 523) for h in range(1, 8))
    with pytest.raises(NoMelody):
        verdict(0.1 * np.tile(chord, 4))


@pytest.mark.parametrize("gain", [1.0, 0.6])
def test_two_singers_are_several_voices(singing, gain):
    other = sing(EXAMPLE.transposed(-7), seed=9, syllable="ah").samples
    length = min(len(singing), len(other))
    with pytest.raises(NoMelody, match="several"):
        verdict(0.5 * singing[:length] + 0.5 * gain * np.roll(other[:length], 3_000))


def test_rumble_under_a_voice_is_not_another_voice(singing):
    rng = np.random.default_rng(6)
    spectrum = np.fft.rfft(rng.normal(0, 1, len(singing)))
    hz = np.fft.rfftfreq(len(singing), 1 / RATE)
    rumble = np.fft.irfft(spectrum * ((hz > 90) & (hz < 220)), len(singing))
    level = np.sqrt(np.mean(singing ** 2)) / rumble.std()
    assert "several" not in verdict(singing + 0.3 * level * rumble)


def test_clipping_is_a_warning(singing):
    top = np.quantile(np.abs(singing), 0.9)
    assert "clipped" in verdict(np.clip(singing, -top, top) / top * 0.9)


@pytest.mark.parametrize("voice", [("en", "160"), ("en", "110"), ("en", "85"), ("en+m4", "130"), ("it", "140")])
def test_talk_is_no_melody(voice):
    name, speed = voice
    wav = subprocess.run(["espeak-ng", "-v", name, "-s", speed, "--stdout",
                          "The train to the coast leaves at nine and arrives shortly before noon, they told me."],
                         capture_output=True, check=True).stdout
    pcm = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", "-", "-f", "f32le", "-ar", str(RATE), "-ac",
                          "1", "-"], input=wav, capture_output=True, check=True).stdout
    with pytest.raises(NoMelody, match="talking"):
        verdict(np.frombuffer(pcm, np.float32))
