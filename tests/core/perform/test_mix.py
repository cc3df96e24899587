"""The finished recording, measured the way a broadcaster would."""

from dataclasses import replace

import numpy as np
import pyloudnorm
import pytest
from scipy.signal import resample_poly

from core.errors import BadMusic
from core.music import Note
from core.perform.loudness import block_peaks, integrated_lufs, step_energies
from core.perform.master import CEILING_DBTP, TARGET_LUFS, master
from core.perform.mix import mix_down, perform, stems
from tests.core.perform.songs import demo_song


@pytest.fixture(scope="module")
def song():
    return demo_song(bars=8)


@pytest.fixture(scope="module")
def recording(song):
    return perform(song)


def true_peak_db(stereo):
    return 20 * np.log10(np.abs(resample_poly(stereo, 4, 1, axis=0)).max())


def test_loudness_and_true_peak_are_within_the_limits(recording):
    assert pyloudnorm.Meter(44_100).integrated_loudness(recording) == pytest.approx(-14.0, abs=0.25)
    assert true_peak_db(recording) <= -2.0


def test_the_same_song_gives_the_same_samples(song, recording):
    assert np.array_equal(recording, perform(song))


def test_no_silence_at_the_start_and_a_tail_that_dies_away(song, recording):
    assert np.abs(recording[:2_205]).max() > 0.01
    assert song.duration_s <= len(recording) / 44_100 <= song.duration_s + 3.6
    assert np.abs(recording[-441:]).max() < 1e-3


def test_stems_make_up_the_mix(song):
    twice = replace(song, tracks=(*song.tracks, replace(song.tracks[4], program=89)))
    parts = stems(twice)
    assert list(parts) == ["melody", "chords", "bass", "drums", "pad", "pad-2", "room"]
    assert all(np.abs(part).max() > 1e-3 for part in parts.values())
    assert np.abs(sum(parts.values()) - mix_down(twice).T).max() < 1e-4


@pytest.mark.parametrize("lead", ["alto sax", "music box", "overdriven guitar", "church organ"])
def test_the_tune_is_always_heard(lead):
    song = demo_song(bars=4, lead=lead)
    loud = replace(song, tracks=tuple(replace(t, volume_db=2.0) if t.role != "melody" else t for t in song.tracks))
    parts = stems(loud)
    melody = parts["melody"]
    for name, part in parts.items():
        if name not in ("melody", "room"):
            assert third_octave_margin_db(melody, part) >= 2.0, name


def third_octave_margin_db(lead, other):
    """The lead over the other in the lead's own strongest third of an octave, by half seconds: the median."""
    step, margins = 22_050, []
    edges = 200 * 2 ** (np.arange(14) / 3)
    frequency = np.fft.rfftfreq(step, 1 / 44_100)
    for start in range(0, len(lead) - step, step):
        one, two = (
            np.histogram(frequency, edges, weights=np.abs(np.fft.rfft(x[start : start + step].sum(axis=1))) ** 2)[0]
            for x in (lead, other)
        )
        if one.max() > 1e-3:
            margins.append(10 * np.log10(one.max() / (two[one.argmax()] + 1e-9)))
    return np.median(margins)


def test_silence_and_empty_songs_do_not_crash():
    with pytest.raises(BadMusic):
        perform(replace(demo_song(4), tracks=()))
    quiet = replace(demo_song(4), tracks=(replace(demo_song(4).tracks[0], notes=(Note(0.0, 0.1, 60, 1),)),))
    assert np.isfinite(perform(quiet)).all()
    assert np.array_equal(master(np.zeros((2, 44_100), np.float32)), np.zeros((44_100, 2)))


def test_nothing_hums_below_hearing(song):
    mix = mix_down(song)[0]  # the strings' samples are off centre by 0.002
    spectrum = np.abs(np.fft.rfft(mix)) ** 2
    low = np.fft.rfftfreq(len(mix), 1 / 44_100) < 15
    assert spectrum[low].sum() < 1e-5 * spectrum.sum()


def test_our_loudness_is_pyloudnorms(recording):
    rng = np.random.default_rng(1)
    for sound in (
        recording,
        (recording * np.linspace(0.01, 1, len(recording))[:, None]).astype(np.float32),
        rng.normal(0, 0.1, (88_200, 2)).astype(np.float32),
    ):
        ours = integrated_lufs(step_energies(np.ascontiguousarray(sound.T)))
        assert ours == pytest.approx(pyloudnorm.Meter(44_100).integrated_loudness(sound), abs=0.1)


def test_our_true_peak_is_that_of_a_resampler(recording):
    ours = 20 * np.log10(block_peaks(np.ascontiguousarray(recording.T)).max())
    assert ours == pytest.approx(true_peak_db(recording), abs=0.15)


def test_one_stroke_far_over_all_others_leaves_the_song_its_loudness():
    """The others' true peaks, 3 dB over their samples, are found late, and then only they are turned down."""
    at = np.arange(400)
    burst = 0.3 * np.hanning(400) * np.cos(np.pi / 2 * at + np.pi / 4)
    mix = (0.03 * np.random.default_rng(1).normal(size=(2, 44_100 * 8))).astype(np.float32)
    for start in range(22_050, 330_000, 22_050):
        mix[:, start:start + 400] += burst.astype(np.float32)
    mix[:, 300_000:300_002] += 1.0
    mastered = np.ascontiguousarray(master(mix).T)
    assert abs(integrated_lufs(step_energies(mastered)) - TARGET_LUFS) < 0.5
    assert block_peaks(mastered).max() <= 1.001 * 10 ** (CEILING_DBTP / 20)
