"""Slow instruments are heard on time; quick ones and drums are left alone."""

import numpy as np
import pytest

from core.music import PITCH_BEND, Control, Note, Track
from core.perform.attack import LONGEST_MS, spoken_in_time
from core.perform.part import part_to_midi
from core.perform.synth import band
from core.theory import program_of

NOTES = (Note(0.0, 1.0, 64, 85), Note(2.0, 1.0, 67, 85))


@pytest.mark.parametrize(("role", "name", "late_s"), [
    ("melody", "violin", 0.05), ("melody", "flute", 0.05), ("pad", "string ensemble 1", 0.035),
    ("melody", "acoustic grand piano", 0.02), ("melody", "trumpet", 0.035)])
def test_half_of_a_notes_level_is_there_soon_after_its_time(role, name, late_s):
    track = spoken_in_time(Track(role, program_of(name), NOTES), 60.0)
    sound = band().render(part_to_midi(track, 60.0), 3.0)
    level = np.sqrt(np.convolve(np.square(sound).sum(axis=0), np.ones(441) / 441, "same"))[round(1.8 * 44_100):]
    heard_s = 1.8 + np.argmax(level > 0.5 * level.max()) / 44_100
    assert heard_s == pytest.approx(2.0, abs=late_s)


def test_a_lines_notes_keep_their_lengths_and_take_their_bends_along():
    bends = (Control(2.0, PITCH_BEND, -4096),)
    line = spoken_in_time(Track("melody", program_of("flute"), NOTES, controls=bends), 60.0)
    assert line.notes[1].duration_beats == pytest.approx(NOTES[1].duration_beats)
    assert line.controls[0].onset_beats == pytest.approx(line.notes[1].onset_beats)


def test_ends_stay_nothing_starts_before_the_song_and_drums_are_left_alone():
    slow = spoken_in_time(Track("pad", program_of("warm pad"), NOTES), 120.0)
    assert [note.end_beats for note in slow.notes] == pytest.approx([note.end_beats for note in NOTES])
    assert slow.notes[0].onset_beats == 0.0
    assert NOTES[1].onset_beats - slow.notes[1].onset_beats == pytest.approx(LONGEST_MS * 120 / 60_000)
    drums = Track("drums", 40, NOTES, is_drum=True)
    assert spoken_in_time(drums, 120.0) is drums
