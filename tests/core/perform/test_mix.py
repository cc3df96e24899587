"""The finished recording, measured the way a broadcaster would."""

import numpy as np
import pyloudnorm
import pytest
from scipy.signal import resample_poly

from core.perform.loudness import block_peaks, integrated_lufs, step_energies
from core.perform.mix import perform, stems
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
    assert pyloudnorm.Meter(44_100).integrated_loudness(recording) == pytest.approx(-14.0, abs=0.3)
    assert true_peak_db(recording) <= -1.5


def test_the_same_song_gives_the_same_samples(song, recording):
    assert np.array_equal(recording, perform(song))


def test_no_silence_at_the_start_and_a_tail_that_dies_away(song, recording):
    assert np.abs(recording[:2_205]).max() > 0.01
    assert song.duration_s <= len(recording) / 44_100 <= song.duration_s + 3.6
    assert np.abs(recording[-441:]).max() < 1e-3


def test_stems_make_up_the_mix(song):
    parts = stems(song)
    assert list(parts) == ["melody", "chords", "bass", "drums", "pad", "room"]
    assert all(np.abs(part).max() > 1e-4 for part in parts.values())
    assert len({part.shape for part in parts.values()}) == 1


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
