"""Taps with a known beat come back as its tempo; what keeps no time is refused."""

import io
import wave
from contextlib import suppress

import numpy as np
import pytest

from core import studio
from core.errors import NoBeat, TooLong, TooQuiet
from core.music import Meter
from core.understand.tapped import count_in, tapped_bpm

RATE = 16_000


def recording(times, seconds, *, noise=0.002, sound="clap", seed=1):
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, noise, round(seconds * RATE))
    for time in times:
        if sound == "clap":
            hit = rng.normal(0, 1, RATE // 20) * np.exp(-np.arange(RATE // 20) / (RATE * 0.008))
        elif sound == "knock":
            t = np.arange(RATE // 10) / RATE
            hit = np.sin(2 * np.pi * 180 * t) * np.exp(-t / 0.03)
        else:  # a spoken "ta": a soft onset, a tone that lasts
            t = np.arange(RATE // 5) / RATE
            hit = sum(np.sin(2 * np.pi * f * t) for f in (140, 280, 700, 1200)) / 3 * np.minimum(t / 0.02, 1) \
                * np.exp(-t / 0.06) * np.minimum((t[-1] - t) / 0.05, 1)
        start = round(time * RATE)
        hit = hit[:len(samples) - start] * rng.uniform(0.15, 0.5)
        samples[start:start + len(hit)] += hit
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32_000).astype("<i2").tobytes())
    return data.getvalue()


def taps(bpm, count, *, jitter=0.015, missing=(), seed=1):
    rng = np.random.default_rng(seed)
    times = 0.4 + np.arange(count) * 60 / bpm + rng.normal(0, jitter, count)
    return [float(t) for i, t in enumerate(times) if i not in missing]


@pytest.mark.parametrize("sound", ["clap", "knock", "word"])
@pytest.mark.parametrize("bpm", [52, 75, 96, 120, 168, 210])
def test_the_tempo_of_taps(sound, bpm):
    for seed in range(3):
        times = taps(bpm, 8, seed=seed)
        found = studio.tapped_tempo(recording(times, times[-1] + 1, sound=sound, seed=seed), Meter())
        assert found == pytest.approx(bpm, rel=0.03)


def test_noise_and_a_missing_tap_do_no_harm():
    times = taps(100, 9, missing=(3,))
    assert studio.tapped_tempo(recording(times, 7, noise=0.02), Meter()) == pytest.approx(100, rel=0.03)


def test_six_eight_is_tapped_in_dotted_quarters():
    times = taps(80, 8)
    assert studio.tapped_tempo(recording(times, 8), Meter(6, 8)) == pytest.approx(120, rel=0.03)


def test_what_keeps_no_time_is_refused():
    uneven = [np.cumsum(np.random.default_rng(seed).uniform(0.25, 1.4, 10)).tolist() for seed in range(12)]
    refused = 0
    for times in uneven:
        with suppress(NoBeat):
            tapped_bpm(times)
            continue
        refused += 1
    assert refused >= 11, "chance may look like a beat now and then"
    for times in (taps(100, 3), []):
        with pytest.raises(NoBeat):
            studio.tapped_tempo(recording(times, 16), Meter())
    with pytest.raises(TooQuiet):
        studio.tapped_tempo(recording([], 4, noise=0), Meter())
    with pytest.raises(TooLong):
        studio.tapped_tempo(recording([], 62, noise=0.01), Meter())


def sung_after(times, notes, *, rate=RATE, seed=1):
    """Claps at ``times``, then a tune of (onset, offset, MIDI pitch) with a voice's overtones."""
    length = notes[-1][1] + 0.6
    with wave.open(io.BytesIO(recording(times, length, noise=0.001, seed=seed))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_768
    samples = samples.copy()
    for onset, offset, pitch in notes:
        t = np.arange(round((offset - onset) * rate)) / rate
        tone = sum(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * h * t) / h for h in (1, 2, 3, 4))
        tone *= np.minimum(t / 0.02, 1) * np.minimum((t[-1] - t) / 0.04, 1) * 0.25
        samples[round(onset * rate):round(onset * rate) + len(tone)] += tone
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32_000).astype("<i2").tobytes())
    return data.getvalue()


def test_four_claps_count_a_tune_in():
    beat, scale = 60 / 90, (60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65)
    claps = [0.3 + i * beat for i in range(4)]
    start = claps[-1] + 2 * beat  # the tune begins on the second beat of its bar
    notes = [(start + i * beat, start + (i + 0.95) * beat, pitch) for i, pitch in enumerate(scale)]
    melody = studio.listen(sung_after(claps, notes)).melody
    assert melody.bpm == pytest.approx(90, rel=0.03)
    assert melody.notes[0].onset_beats % melody.meter.bar_beats == pytest.approx(1.0)


@pytest.mark.parametrize(("taps_s", "first_note_s"), [
    ([0.5, 1.0, 1.5, 2.0], 8.0),    # long before
    ([0.5, 1.0, 1.9, 2.0], 2.5),    # uneven
    ([0.5, 1.0], 1.5),              # two are no count
    ([0.5, 1.0, 1.5, 2.0, 2.5], 3.0),
])
def test_other_sounds_before_a_tune_are_no_count_in(taps_s, first_note_s):
    assert count_in(taps_s, first_note_s) is None


def test_a_count_in_says_where_the_bar_begins():
    found = count_in([1.0, 1.51, 1.99, 2.5], 2.8)
    assert found is not None
    assert found.bpm == pytest.approx(120, rel=0.02)
    assert found.bar_line_s == pytest.approx(3.0, abs=0.03)
