from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music import Chord, Key, Meter, Note, SungNote, Track
from core.perform.pianist import HIGHEST, LOWEST, play_line, render_piano
from core.perform.synth import SAMPLE_RATE
from core.perform.timed_midi import timed_midi

LINE = [SungNote(0.5 + 0.5 * i, 0.95 + 0.5 * i, 60.0 + (0, 0, 2, 4, 5, 5)[i], 1.0, -20.0 + 3 * i) for i in range(6)]


def test_louder_notes_are_struck_harder_and_a_repeated_key_comes_up_first():
    right = play_line(LINE).right
    assert [s.velocity for s in right] == sorted(s.velocity for s in right)
    assert right[-1].velocity - right[0].velocity > 20
    assert right[0].offset_s < right[1].onset_s
    assert right[1].offset_s == pytest.approx(right[2].onset_s)  # legato


def test_it_starts_and_ends_with_the_voice():
    part = play_line(LINE, [Chord(0, 4, "C"), Chord(4, 8, "F")], [0.5 * i for i in range(12)])
    assert part.left
    strokes = part.right + part.left
    assert min(s.onset_s for s in strokes) == LINE[0].onset_s
    assert max(s.offset_s for s in strokes) == LINE[-1].offset_s
    assert max(s.velocity for s in part.left) < min(s.velocity for s in part.right) + 10
    assert max(s.pitch for s in part.left) < min(s.pitch for s in part.right)


def test_the_pedal_is_up_between_phrases():
    phrases = [*LINE, *(SungNote(n.onset_s + 6, n.offset_s + 6, n.pitch_midi) for n in LINE)]
    pedal = play_line(phrases).pedal
    assert pedal
    assert all(up <= LINE[-1].offset_s or down >= 6.5 for down, up in pedal)
    assert all(b[0] > a[1] for a, b in pairwise(pedal))


@given(st.integers(0, 127))
def test_any_pitch_finds_its_key(pitch):
    right = play_line([SungNote(0, 1, float(pitch))]).right
    assert LOWEST <= right[0].pitch <= HIGHEST
    assert (right[0].pitch - pitch) % 12 == 0


def test_the_sound_is_as_long_as_asked_to_the_sample_and_silent_at_its_end():
    part = play_line(LINE)
    track = Track("melody", 0, tuple(Note(2 * s.onset_s, 2 * (s.offset_s - s.onset_s), s.pitch, s.velocity)
                                     for s in part.right))
    midi = timed_midi([track], [0.0, 0.5], Meter(), Key(), bpm=120)
    for duration_s in (3.3333, 5.0):
        sound = render_piano(midi, duration_s, part)
        assert sound.shape == (round(duration_s * SAMPLE_RATE), 2)
        assert np.abs(sound).max() <= 0.86
        assert np.abs(sound[:round(0.45 * SAMPLE_RATE)]).max() < 1e-3  # before the voice begins
        assert np.abs(sound[-20:]).max() < 1e-3
        assert np.abs(sound).max() > 0.05
