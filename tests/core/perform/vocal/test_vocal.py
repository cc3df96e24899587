"""A synthetic voice with known pitch and timing, set on another grid in another key."""

import numpy as np
import pytest
from scipy.signal import correlate

from core.perform.vocal.clean import denoised, polished
from core.perform.vocal.marks import RATE, pitch_marks
from core.perform.vocal.place import corrections, pitch_map, time_map
from core.perform.vocal.psola import sing
from core.perform.vocal.take import Placed, Recording
from core.perform.vocal.vocal import vocal

HOP_S = 0.016
SUNG = ((0.5, 1.0, 57.3), (1.1, 1.6, 59.2), (1.6, 2.6, 60.35), (3.0, 3.8, 57.25))
FORMANTS_HZ = (700.0, 1_200.0)


def hum():
    """Four notes of a buzz through two formants, 30 cents sharp, with a little vibrato; and its pitch track."""
    from scipy.signal import lfilter

    time_s = np.arange(round(4.2 * RATE)) / RATE
    midi, loud = np.full(len(time_s), np.nan), np.zeros(len(time_s))
    for onset, offset, pitch in SUNG:
        inside = (time_s >= onset) & (time_s < offset)
        midi[inside] = pitch + 0.15 * np.sin(2 * np.pi * 5.5 * time_s[inside])
        loud[inside] = np.minimum(1, np.minimum(time_s[inside] - onset, offset - time_s[inside]) / 0.03)
    hz = np.where(np.isfinite(midi), 440 * 2 ** ((midi - 69) / 12), 0.0)
    turns = np.cumsum(hz) / RATE
    sound = np.diff(np.floor(turns), prepend=0.0)  # one pulse a period
    for formant in FORMANTS_HZ:
        radius = np.exp(-np.pi * 90 / RATE)
        sound = lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2], sound)
    sound = sound * loud
    sound = 0.3 * sound / np.abs(sound).max() + 1e-4 * np.random.default_rng(1).standard_normal(len(sound))
    return Recording(sound.astype(np.float32), midi[:: round(HOP_S * RATE)], round(HOP_S * RATE) / RATE)


def placed(up=0):
    """The same notes in a song: half as fast again, from 2 s on, in whole semitones."""
    grid = ((2.0, 2.4), (2.4, 2.8), (2.8, 3.6), (4.0, 4.8))
    return [Placed(on, off, start, end, round(pitch) + up)
            for (on, off, pitch), (start, end) in zip(SUNG, grid, strict=True)]


@pytest.fixture(scope="module")
def recording():
    return hum()


def heard_hz(samples, start_s, end_s):
    """The fundamental, from the first strong peak of the autocorrelation."""
    cut = samples[round(start_s * RATE):round(end_s * RATE)].astype(float)
    likeness = np.correlate(cut, cut, "full")[len(cut):]
    low, high = round(RATE / 500), round(RATE / 90)
    return RATE / (low + 1 + likeness[low:high].argmax())


@pytest.mark.parametrize("up", [0, 4, -4])
def test_notes_come_out_in_tune_with_the_song_wherever_it_is_transposed(recording, up):
    voice = vocal(recording, [placed(up)], 6.0)
    for note in placed(up):
        middle = 0.5 * (note.onset_s + note.end_s)
        hz = heard_hz(voice.samples, middle - 0.1, middle + 0.1)
        assert 1200 * np.log2(hz / (440 * 2 ** ((note.pitch_midi - 69) / 12))) == pytest.approx(0, abs=15)


def test_notes_begin_on_the_grid(recording):
    voice = vocal(recording, [placed()], 6.0)
    power = np.convolve(voice.samples.astype(float) ** 2, np.ones(220) / 220, "same")
    for start in (2.0, 4.0):  # those that follow silence
        before = power[round((start - 0.3) * RATE):round((start + 0.3) * RATE)]
        risen = np.flatnonzero(before > 0.1 * before.max())[0] / RATE - 0.3
        assert abs(risen) < 0.03


def test_the_formants_stay_where_they_are(recording):
    up = vocal(recording, [placed(4)], 6.0).samples[round(3.0 * RATE):round(3.5 * RATE)]
    hz = np.fft.rfftfreq(8192, 1 / RATE)
    envelope = np.convolve(np.abs(np.fft.rfft(up[:8192] * np.hanning(8192))) ** 2, np.ones(60), "same")
    first = hz[np.argmax(np.where((hz > 350) & (hz < 1_000), envelope, 0))]
    assert abs(first - FORMANTS_HZ[0]) < 130


def test_the_vibrato_stays_a_vibrato(recording):
    at, ratio = pitch_map(recording, placed())
    inside = (at > 1.8) & (at < 2.4)
    moved = 12 * np.log2(ratio[inside])
    assert moved.mean() == pytest.approx(-0.35, abs=0.05)
    assert np.ptp(moved) < 0.1  # of the 0.3 that the voice waves


def test_the_singers_octave_is_kept(recording):
    here, there = corrections(recording, placed()), corrections(recording, placed(24))
    assert here == pytest.approx(there)
    assert np.abs(here).max() < 0.5


def test_unchanged_maps_give_the_recording_back(recording):
    marks = pitch_marks(recording)
    out = np.zeros_like(recording.samples)
    ends = np.array([0.2, 3.9])
    sing(recording.samples, marks, (ends, ends), (np.array([0.0, 5.0]), np.ones(2)), out)
    for start, end, _ in SUNG:  # alike but for a part of a period, by which a note may come late
        cut, slack = slice(round((start + 0.05) * RATE), round((end - 0.05) * RATE)), 400
        one, two = out[cut].astype(float), recording.samples[cut].astype(float)
        likeness = correlate(one, two[slack:-slack], "valid", method="fft").max()
        assert likeness > 0.97 * np.linalg.norm(two[slack:-slack]) ** 2


def test_time_runs_forward(recording):
    out_s, in_s = time_map(placed())
    assert (np.diff(out_s) > 0).all()
    assert (np.diff(in_s) >= 0).all()
    for note in placed():
        assert np.interp(note.onset_s, out_s, in_s) == pytest.approx(note.sung_onset_s)


def test_silence_where_nothing_is_told_and_the_same_samples_again(recording):
    one, two = (vocal(recording, [placed()], 6.0) for _ in range(2))
    assert np.array_equal(one.samples, two.samples)
    assert not one.samples[:round(1.7 * RATE)].any()
    assert np.abs(one.samples[round(5.1 * RATE):]).max() < 1e-3
    assert one.spans == ((2.0, 4.8),)


def test_noise_goes_and_the_voice_stays(recording):
    noise = 0.02 * np.random.default_rng(2).standard_normal(len(recording.samples)).astype(np.float32)
    clean = denoised(recording.samples + noise)
    quiet, loud = slice(0, round(0.4 * RATE)), slice(round(1.7 * RATE), round(2.4 * RATE))
    assert np.std(clean[quiet]) < 0.25 * np.std(noise[quiet])
    assert np.std(clean[loud]) == pytest.approx(np.std(recording.samples[loud]), rel=0.15)


def test_the_level_is_evened(recording):
    swells = recording.samples * np.linspace(0.2, 1.0, len(recording.samples), dtype=np.float32)
    first, last = (slice(round(at * RATE), round((at + 0.3) * RATE)) for at in (0.6, 3.2))

    def ratio(x):
        return np.std(x[last]) / np.std(x[first])

    assert ratio(polished(swells)) < 0.75 * ratio(swells)


def test_a_voice_without_a_pitch_is_still_heard(recording):
    dumb = Recording(recording.samples, np.full_like(recording.pitch_midi, np.nan), recording.hop_s)
    assert np.isfinite(vocal(dumb, [placed()], 6.0).samples).all()
