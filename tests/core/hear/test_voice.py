import numpy as np
import pytest

from core.errors import NoMelody, TooQuiet
from core.hear.voice import hear_voice
from tests.singer import EXAMPLE, RATE, Take, sing


def test_the_example_comes_back_note_for_note():
    take = sing(EXAMPLE, seed=7, syllable="ta")
    heard = hear_voice(take).notes
    assert len(heard) == len(take.notes)
    for note, truth in zip(heard, take.notes, strict=True):
        assert note.onset_s == pytest.approx(truth.onset_s, abs=0.06)
        assert note.pitch_midi == pytest.approx(truth.pitch_midi, abs=0.3)


def test_silence_is_too_quiet():
    with pytest.raises(TooQuiet):
        hear_voice(Take(np.zeros(3 * RATE, np.float32), RATE, ()))


def test_noise_is_no_melody():
    noise = np.random.default_rng(0).normal(0, 0.1, 3 * RATE).astype(np.float32)
    with pytest.raises(NoMelody):
        hear_voice(Take(noise, RATE, ()))
