import numpy as np
import pytest

from core.audio import Sound
from core.errors import NoMelody, TooQuiet
from core.hear.voice import hear_voice, without_intruders
from core.music import SungNote
from core.understand.clean import clean
from tests.singer import EXAMPLE, RATE, Habits, melody_of, sing


def right(heard, truth, onset_s=0.05, semitones=0.5):
    """How many of the true notes are among the heard ones."""
    return sum(any(abs(h.onset_s - t.onset_s) <= onset_s and abs(h.pitch_midi - t.pitch_midi) <= semitones
                   for h in heard) for t in truth)


@pytest.mark.parametrize(("syllable", "shift"), [("la", 0), ("mm", -12), ("ta", 3), ("solfege", -7), ("whistle", 22)])
def test_a_tune_comes_back_note_for_note(syllable, shift):
    take = sing(EXAMPLE.transposed(shift), seed=11, syllable=syllable)
    heard = hear_voice(take.sound).notes
    assert right(heard, take.notes) >= 0.9 * len(take.notes)
    assert len(heard) <= 1.1 * len(take.notes)


def test_what_was_meant_is_the_tune_itself():
    take = sing(EXAMPLE, seed=12, syllable="la", habits=Habits(tuning=0.3, intonation=0.12))
    meant = clean(hear_voice(take.sound).notes)
    tune = [note.pitch for note in EXAMPLE.notes]
    assert [n.pitch_midi for n in meant] == [float(p) for p in tune]


def test_three_notes_are_enough():
    take = sing(melody_of("60:1 64:1 67:2", 90), seed=1, syllable="la")
    assert right(hear_voice(take.sound).notes, take.notes) == 3


@pytest.mark.parametrize("gain", [0.01, 1.9])
def test_the_level_does_not_matter(gain):
    take = sing(EXAMPLE, seed=13, syllable="la")
    notes = hear_voice(take.sound).notes
    other = hear_voice(Sound(take.samples * np.float32(gain), RATE)).notes
    assert right(other, notes, 0.02, 0.1) >= 0.95 * len(notes)


def test_another_rate_is_the_same_sound():
    take = sing(EXAMPLE, seed=14, syllable="la", rate=44_100)
    assert right(hear_voice(take.sound).notes, take.notes) >= 0.9 * len(take.notes)


def test_the_same_sound_gives_the_same_notes():
    take = sing(EXAMPLE, seed=15, syllable="mm")
    assert hear_voice(take.sound).notes == hear_voice(take.sound).notes


def test_a_beep_before_the_tune_is_not_sung():
    take = sing(EXAMPLE, seed=4)
    beep = 0.2 * np.sin(2 * np.pi * 2_489.0 * np.arange(int(0.7 * RATE)) / RATE)
    sound = Sound(np.concatenate([beep, np.zeros(RATE // 2), take.sound.samples]).astype(np.float32), RATE)
    assert max(note.pitch_midi for note in hear_voice(sound).notes) < 80


@pytest.mark.parametrize(("pitches", "left"), [
    ([60, 62, 64, 62, 60, 99], 5), ([40, 60, 62, 64, 62, 60], 5), ([60, 72, 84, 96, 60, 62], 6), ([60, 62, 99, 98], 4),
    ([60, 62, 64, 60, 98, 99], 6)])
def test_only_what_stands_alone_is_left_out(pitches, left):
    notes = [SungNote(i, i + 0.5, float(pitch)) for i, pitch in enumerate(pitches)]
    assert len(without_intruders(notes)) == left


def test_silence_is_too_quiet():
    with pytest.raises(TooQuiet):
        hear_voice(Sound(np.zeros(3 * RATE, np.float32), RATE))


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.ones(100, np.float32),
                                     np.full(RATE, np.nan, np.float32)])
def test_no_sound_is_no_melody(samples):
    with pytest.raises(NoMelody):
        hear_voice(Sound(samples, RATE))


def test_one_tone_is_no_melody():
    t = np.arange(2 * RATE) / RATE
    with pytest.raises(NoMelody):
        hear_voice(Sound((0.2 * np.sin(2 * np.pi * 220 * t)).astype(np.float32), RATE))
