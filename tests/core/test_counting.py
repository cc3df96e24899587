"""Half and double time: the beat changes, the sound does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import studio
from core.music import Chord, LeadSheet, Melody, Meter, Note, Wish


def seconds(melody):
    first = melody.notes[0].onset_beats
    return [((n.onset_beats - first) * 60 / melody.bpm, n.duration_beats * 60 / melody.bpm, n.pitch)
            for n in melody.notes]


def sheet(first=0.0, meter="4/4", bpm=120.0, chord_beats=4.0):
    notes = tuple(Note(first + i, 1.0, 60 + i % 5) for i in range(12))
    chords = tuple(Chord(i * chord_beats, chord_beats, "C") for i in range(int(12 // chord_beats)))
    return LeadSheet(Melody(notes, bpm, meter=Meter.parse(meter)), chords)


@given(st.sampled_from([0.5, 2.0]), st.sampled_from(["4/4", "3/4", "6/8"]), st.integers(0, 5))
def test_it_sounds_as_before(factor, meter, eighths):
    before = sheet(eighths / 2, meter)
    after = studio.count_in(before, factor)
    assert after.melody.bpm == 120 * factor
    for old, new in zip(seconds(before.melody), seconds(after.melody), strict=True):
        assert new == pytest.approx(old)
    assert 0 <= after.melody.notes[0].onset_beats < after.melody.meter.bar_beats


def test_an_upbeat_stays_an_upbeat():
    half, double = (studio.count_in(sheet(3.0), factor).melody for factor in (0.5, 2.0))
    assert [n.onset_beats for n in half.notes[:3]] == [3.5, 4.0, 4.5]
    assert [n.onset_beats for n in double.notes[:3]] == [2.0, 4.0, 6.0]


def test_chords_stay_over_their_notes_unless_they_would_come_faster_than_the_beat():
    half = studio.count_in(sheet(), 0.5)
    assert [(c.onset_beats, c.duration_beats) for c in half.chords] == [(0.0, 2.0), (2.0, 2.0), (4.0, 2.0)]
    assert studio.count_in(sheet(chord_beats=1.0), 0.5).chords == ()
    assert studio.count_in(studio.count_in(sheet(3.0), 0.5), 2.0) == sheet(3.0)


def test_a_band_plays_it_and_too_slow_or_fast_is_refused():
    song = studio.compose(studio.count_in(sheet(), 0.5), Wish(genre="pop", bpm=60.0, length_s=20))
    assert song.bpm == 60 and song.lead_sheet.melody.notes[1].onset_beats == 0.5
    for factor in (0.1, 4.0):
        with pytest.raises(ValueError, match="bpm"):
            studio.count_in(sheet(), factor)
