import numpy as np
import pytest

from core.audio import Sound
from core.errors import HumbandError
from core.hear.dominant import hear_lead, is_mix, lead_of, possible_leads
from core.music import SungNote
from tests.singer import EXAMPLE, sing

RATE = 16_000


def band(duration_s):
    """Chords of a few partials, one a second, and a bass: no voice, no silence."""
    t = np.arange(round(duration_s * RATE)) / RATE
    out = np.zeros(len(t))
    for second in range(int(duration_s) + 1):
        here = np.clip(1 - (t - second), 0, 1) * (t >= second)
        for pitch in ((38, 57, 62, 66), (43, 59, 62, 67), (45, 57, 61, 64))[second % 3]:
            hz = 440 * 2 ** ((pitch - 69) / 12)
            out += here * sum(np.sin(2 * np.pi * hz * k * t) / k for k in (1, 2, 3))
    return out / out.std()


@pytest.fixture(scope="module")
def take():
    return sing(EXAMPLE, seed=3)


@pytest.fixture(scope="module")
def mix(take):
    voice = take.sound.at(RATE).samples
    both = voice / voice.std() * 1.6 + band(len(voice) / RATE)[:len(voice)]
    return Sound((both / np.abs(both).max() * 0.7).astype(np.float32), RATE)


def test_a_voice_alone_is_no_mix_and_a_voice_in_a_band_is(take, mix):
    assert not is_mix(take.sound)
    assert is_mix(mix)


def test_the_voice_is_followed_through_the_band(take, mix):
    lead = hear_lead(mix)
    hits = sum(any(abs(n.onset_s - m.onset_s) < 0.06 and abs(n.pitch_midi - m.pitch_midi) < 0.6 for m in lead)
               for n in take.notes)
    assert 2 * hits / (len(lead) + len(take.notes)) > 0.6


def test_the_lead_among_notes_is_the_loud_upper_line():
    tune = [SungNote(0.5 * i, 0.5 * i + 0.45, 70.0 + i % 5, 0.9, -12.0) for i in range(20)]
    chords = [SungNote(1.0 * i, 1.0 * i + 0.9, p, 0.9, -24.0) for i in range(10) for p in (48.0, 55.0, 60.0)]
    line = lead_of(tune + chords)
    assert sum(n in tune for n in line) >= 18
    assert sum(n not in tune for n in line) <= 2
    assert lead_of([]) == ()


@pytest.mark.parametrize("hear", [hear_lead, possible_leads])
def test_silence_has_no_lead(hear):
    with pytest.raises(HumbandError):
        hear(Sound(np.zeros(3 * RATE, np.float32), RATE))


def test_the_voice_is_among_the_lines_that_may_lead(mix):
    lines = possible_leads(mix)
    assert len(lines) > 1
    assert hear_lead(mix) in lines
