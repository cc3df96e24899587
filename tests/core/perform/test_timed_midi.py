import io

import mido
import numpy as np
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music import Key, Meter, Note, Track
from core.perform.timed_midi import timed_midi


def read(data):
    return pretty_midi.PrettyMIDI(io.BytesIO(data))


@given(st.lists(st.floats(0.2, 1.5), min_size=4, max_size=30), st.lists(st.floats(0, 30), min_size=1, max_size=20))
def test_notes_sound_when_their_beats_do(gaps, onsets):
    beats_s = [0.0, *np.cumsum(gaps).tolist()]
    notes = tuple(Note(onset, 0.5, 40 + i, 80) for i, onset in enumerate(onsets))
    midi = read(timed_midi([Track("right hand", 0, notes)], beats_s, Meter(3, 4), Key(), bpm=100))
    last = len(beats_s) - 1

    def seconds(beat):
        return np.interp(beat, np.arange(len(beats_s)), beats_s) + max(0, beat - last) * 0.6

    played = {n.pitch: n for n in midi.instruments[0].notes}
    for note in notes:
        assert played[note.pitch].start == pytest.approx(seconds(note.onset_beats), abs=3e-3)
        assert played[note.pitch].end == pytest.approx(seconds(note.end_beats), abs=3e-3)


def test_a_steady_tempo_is_stated_once_and_the_bars_are_its_own():
    data = timed_midi([Track("left hand", 0, (Note(0, 1, 60),))], [0.0, 0.5, 1.0, 1.5], Meter(3, 4), Key(2), bpm=120,
                      end_s=6.0)
    file = mido.MidiFile(file=io.BytesIO(data))
    metas = [m for m in file.tracks[0] if m.is_meta]
    assert [m.tempo for m in metas if m.type == "set_tempo"] == [500_000]
    assert [(m.numerator, m.denominator) for m in metas if m.type == "time_signature"] == [(3, 4)]
    assert [m.key for m in metas if m.type == "key_signature"] == ["D"]
    assert file.length == pytest.approx(6.0, abs=0.01)
    assert read(data).instruments[0].name == "left hand"


def test_the_pedal_goes_down_and_up_where_it_is_pressed():
    data = timed_midi([Track("melody", 0, (Note(0, 4, 60),))], [0.0, 0.5], Meter(), Key(), bpm=120, pedal=[(0.5, 2.0)])
    changes = [(c.time, c.value) for c in read(data).instruments[0].control_changes if c.number == 64]
    assert changes == [(pytest.approx(0.25), 127), (pytest.approx(1.0), 0)]


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_every_key_has_a_signature(mode):
    for tonic in range(12):
        data = timed_midi([], [0.0, 0.5], Meter(), Key(tonic, mode), bpm=120)
        key = read(data).key_signature_changes[0].key_number
        assert key == tonic + 12 * (mode == "minor")


def test_a_meter_that_changes_is_written_where_it_does():
    data = timed_midi([Track("right hand", 0, (Note(0, 1, 60),))], [0.0, 0.5, 1.1, 1.7], Meter(3, 4), Key(), bpm=120,
                      changes=[(3.0, Meter(2, 4)), (5.0, Meter(3, 4))])
    signs = read(data).time_signature_changes
    assert [(s.numerator, round(s.time, 3)) for s in signs] == [(3, 0.0), (2, 1.7), (3, 2.7)]
