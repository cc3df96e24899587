"""A beat too many or too few between phrases does not move the bar lines."""

import numpy as np
import pytest

from core.music import SungNote
from core.understand import understand
from core.understand.barlines import BINS
from core.understand.phrases import without_waits

PHRASE = [(0, 1, 67), (1, 1, 64), (2, 1, 67), (3, 1, 64), (4, 1, 65), (5, 1, 64), (6, 2, 62),
          (8, 1, 65), (9, 1, 62), (10, 1, 65), (11, 1, 62), (12, 1, 64), (13, 1, 62), (14, 2, 60)]


def sung(wait_beats, bpm=96.0, phrases=4):
    beat, notes = 60 / bpm, []
    for phrase in range(phrases):
        start = 0.4 + phrase * (16 + wait_beats) * beat
        notes += [SungNote(start + on * beat, start + (on + 0.93 * dur) * beat, pitch) for on, dur, pitch in PHRASE]
    return notes


@pytest.mark.parametrize("wait_beats", [0.0, 0.3, 0.5])
def test_every_phrase_begins_at_the_same_place_in_the_bar(wait_beats):
    melody = understand(sung(wait_beats))
    bar = melody.meter.bar_beats
    places = {round(note.onset_beats % bar, 2) for note in melody.notes[::len(PHRASE)]}
    assert len(places) == 1
    assert melody.bpm == pytest.approx(96, rel=0.06)


def votes_for(places, strength=2.0):
    """(notes, 20) votes of notes in 4/4, each for coming so many half beats later in the bar."""
    votes = np.zeros((len(places), sum(BINS)))
    for note, place in enumerate(places):
        votes[note, place] = strength
    return votes


def test_a_beat_is_taken_out_where_all_notes_after_a_breath_say_so():
    notes = [SungNote(i * 0.5, i * 0.5 + (0.2 if i == 7 else 0.48), 60) for i in range(20)]
    ticks = np.arange(20) * 12 + 12 * (np.arange(20) > 7)
    moved = without_waits(ticks, notes, 120.0, votes_for([0] * 8 + [6] * 12), 0)
    assert np.diff(moved).tolist() == [12] * 19


def test_one_note_is_not_enough():
    notes = [SungNote(i * 0.5, i * 0.5 + 0.2, 60) for i in range(20)]
    ticks = np.arange(20) * 12
    assert without_waits(ticks, notes, 120.0, votes_for([0] * 10 + [6] + [0] * 9), 0).tolist() == ticks.tolist()
