import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music import SungNote
from core.understand.clean import clean

TUNE = (60, 62, 64, 65, 67, 65, 64, 62, 60)


def line(pitches, length_s=0.4):
    return [SungNote(i * 0.5, i * 0.5 + length_s, float(p)) for i, p in enumerate(pitches)]


@given(st.floats(-0.5, 0.5), st.integers(-12, 12))
def test_a_tune_sung_off_concert_pitch_keeps_its_intervals(offset, shift):
    meant = [note.pitch_midi for note in clean(line([p + offset + shift for p in TUNE]))]
    assert [b - a for a, b in itertools.pairwise(meant)] == [
        b - a for a, b in itertools.pairwise(TUNE)]
    assert all(pitch == round(pitch) for pitch in meant)


def test_a_ghost_is_dropped():
    notes = line(TUNE)
    ghost = SungNote(0.42, 0.47, 71.0, confidence=0.4, loudness_db=-45)
    assert len(clean([*notes, ghost])) == len(TUNE)


def test_a_scoop_becomes_part_of_its_note():
    notes = line(TUNE)
    notes[3] = replace(notes[3], onset_s=1.58)
    scoop = SungNote(1.5, 1.58, 63.8)
    meant = clean([*notes, scoop])
    assert len(meant) == len(TUNE)
    assert meant[3].onset_s == pytest.approx(1.5)
    assert meant[3].pitch_midi == 65


def test_an_octave_slip_is_straightened():
    pitches = list(TUNE)
    pitches[4] += 12
    assert [note.pitch_midi for note in clean(line(pitches))] == list(TUNE)


def test_a_true_octave_leap_at_the_end_stays():
    assert [n.pitch_midi for n in clean(line([*TUNE, 72]))][-1] == 72


def test_no_notes_stay_no_notes():
    assert clean([]) == ()
