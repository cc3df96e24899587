"""Where a song tells its tune, whatever the genre made of it."""

from dataclasses import replace

import pytest

from core.compose.arrange import arrange
from core.compose.retold import retold
from core.compose.tune import take_tune
from core.music import GENRES, Chord, Key, LeadSheet, Melody, Note, Song, Wish


def sheet(bars=8, upbeat=False):
    notes = [Note(4.0 * bar + beat, length, 60 + (bar * 2 + int(beat)) % 7)
             for bar in range(1, bars + 1) for beat, length in ((0, 1), (1, 1), (2, 0.5), (2.5, 0.5), (3, 0.5))]
    notes = ([Note(3.0, 1.0, 67)] if upbeat else []) + notes
    melody = Melody(tuple(notes), 100.0, Key())
    return LeadSheet(melody, tuple(Chord(4.0 * bar, 4.0, "C" if bar % 2 else "G") for bar in range(bars + 1)))


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("upbeat", [False, True])
def test_every_statement_is_told_note_by_note(genre, upbeat):
    lead = sheet(upbeat=upbeat)
    song = arrange(lead, Wish(genre, key=Key(3)), genre=genre)
    told = retold(song)
    stated_beats = sum(s.duration_beats for s in song.sections if s.name == "statement")
    times = stated_beats / take_tune(song.lead_sheet).beats  # each in one stage, or in several
    assert times >= 1 and times % 1 == 0
    notes = song.lead_sheet.melody.notes
    assert len(told) >= times
    for telling in told[:int(times)]:
        assert [note.index for note in telling] == list(range(len(notes)))
    for telling in told:
        for note in telling:
            assert (note.pitch - notes[note.index].pitch) % 12 == 0
    melody = set(song.track("melody").notes)
    assert all(any(n.onset_beats == t.onset_beats and n.pitch == t.pitch for n in melody) for t in told[0])


def test_a_stored_song_is_told_alike():
    song = arrange(sheet(), Wish(seed=3), genre="jazz")
    stored = Song.from_json(song.to_json())
    one, two = retold(stored), retold(Song.from_json(stored.to_json()))
    assert one == two and one


def test_a_two_bar_tune_is_told_four_times_within_itself():
    song = arrange(sheet(bars=2), Wish(), genre="pop")
    first = retold(song)[0]
    assert [n.index for n in first] == 4 * list(range(10))


def test_a_song_of_another_tune_tells_nothing():
    song = arrange(sheet(), Wish(), genre="folk")
    other = replace(song, lead_sheet=song.lead_sheet.transposed(1))
    assert retold(other) == ()
