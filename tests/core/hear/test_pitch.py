import numpy as np
import pytest

from core.hear.pitch import RATE, track_pitch
from core.hear.refine import refined
from core.hear.voice import stable_pitch


def tone(hz: float, harmonics: int, seconds: float = 0.6) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * hz * h * t) / h for h in range(1, harmonics + 1) if hz * h < 7_500)
    noise = np.random.default_rng(0).normal(0, 0.002, len(t))
    return (0.2 * wave + noise).astype(np.float32)


@pytest.mark.parametrize("hz", [80, 110, 147, 196, 262, 330, 392, 523, 659, 784, 988, 1175, 1319, 1500])
@pytest.mark.parametrize("harmonics", [1, 12])
def test_the_pitch_is_true_to_two_cents(hz, harmonics):
    samples = tone(hz, harmonics)
    track = refined(samples, track_pitch(samples))
    heard = stable_pitch(track.pitch_midi[6:-6])
    assert heard == pytest.approx(69 + 12 * np.log2(hz / 440), abs=0.02)


@pytest.mark.parametrize("hz", [1_800, 2_300, 3_100])
def test_whistles_above_the_trackers_range_are_heard_at_half_speed(hz):
    samples = tone(hz, 1)
    track = refined(samples, track_pitch(samples))
    assert np.median(track.confidence[6:-6]) > 0.5
    assert np.median(track.pitch_midi[6:-6]) == pytest.approx(69 + 12 * np.log2(hz / 440), abs=0.05)


def test_frames_are_centred_on_their_times():
    """A step of pitch half-way through lies half-way through the track."""
    samples = np.concatenate([tone(220, 6, 0.8), tone(330, 6, 0.8)])
    track = track_pitch(samples)
    step = int(np.argmax(track.pitch_midi > 69 + 12 * np.log2(275 / 440)))
    assert step * track.hop_s == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("scoop_frames", [0, 3, 7])
def test_a_note_is_where_it_dwells_not_where_it_slides(scoop_frames):
    scoop = np.linspace(57, 60, scoop_frames, endpoint=False)
    dwelling = 60 + 0.3 * np.sin(np.arange(24) * 2 * np.pi / 12)  # two turns of vibrato
    stray = np.array([48.0, 72.0])
    assert stable_pitch(np.concatenate([scoop, dwelling, stray])) == pytest.approx(60, abs=0.06)


def test_a_note_of_minutes_costs_no_memory():
    assert stable_pitch(np.full(11_000, 64.25)) == pytest.approx(64.25)
