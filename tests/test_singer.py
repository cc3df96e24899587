import numpy as np

from tests.singer import EXAMPLE, RATE, Habits, sing


def test_the_same_seed_sings_the_same_samples():
    first, second = sing(EXAMPLE, seed=3), sing(EXAMPLE, seed=3)
    assert np.array_equal(first.samples, second.samples)
    assert not np.array_equal(first.samples, sing(EXAMPLE, seed=4).samples)


def test_the_truth_is_in_the_sound():
    """The strongest partials of every long note are multiples of its true pitch."""
    take = sing(EXAMPLE, seed=5, syllable="ah", habits=Habits(vibrato=0, intonation=0.2, snr_db=60))
    for note in take.notes:
        if note.duration_s < 0.3:
            continue
        a, b = int((note.onset_s + 0.12) * RATE), int((note.offset_s - 0.08) * RATE)
        spectrum = np.abs(np.fft.rfft(take.samples[a:b] * np.hanning(b - a), 1 << 16))
        peak_hz = spectrum.argmax() * RATE / (1 << 16)
        midi = 69 + 12 * np.log2(peak_hz / 440)
        off = min(abs(midi - note.pitch_midi - 12 * np.log2(h)) for h in range(1, 6))
        assert off < 0.15
