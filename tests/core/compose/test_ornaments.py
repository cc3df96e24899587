"""Ornaments are sparse, leave the tune's notes alone and the wheel at rest; pads breathe; endings slow down."""

import io

import numpy as np
import pretty_midi
import pytest

from core.compose.arrange import arrange
from core.compose.ornaments import EXPRESSION, adorned, swelling
from core.music import PITCH_BEND, Key, Note, Song, Wish
from core.perform.midi import song_to_midi
from core.theory import program_of
from tests.core.compose import sheets

LINE = tuple(Note(2.0 * i, 1.6, 60 + (i * 5) % 12, 90) for i in range(48))


def ornate(program, *kinds, seed=1):
    return adorned(LINE, kinds, program_of(program), Key(), 100.0, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", ["scoop", "grace", "mordent", "trill"])
def test_who_can_bend_ornaments_inside_the_note(kind):
    part = ornate("flute", kind)
    assert part.notes == LINE
    bends = [c for c in part.controls if c.number == PITCH_BEND]
    assert 1 <= len(bends)
    for note, following in zip(LINE, LINE[1:], strict=False):
        inside = [c for c in bends if note.onset_beats <= c.onset_beats < following.onset_beats]
        assert not inside or inside[-1].value == 0
    assert all(-8192 <= c.value <= 8191 for c in bends)
    adorned_notes = {max(n.onset_beats for n in LINE if n.onset_beats <= c.onset_beats) for c in bends}
    assert len(adorned_notes) < len(LINE) / 2


def test_keys_strike_their_grace_notes_before_the_beat():
    part = ornate("acoustic grand piano", "scoop", "grace", "fall")
    added = [n for n in part.notes if n.duration_beats < 0.2]
    assert 1 <= len(added) <= len(LINE) / 3
    assert not part.controls
    assert [n.pitch for n in part.notes if n.duration_beats >= 0.2] == [n.pitch for n in LINE]
    for before, note in zip(part.notes, part.notes[1:], strict=False):
        assert before.end_beats <= note.onset_beats + 1e-6


def test_chance_repeats_itself():
    assert ornate("flute", "scoop") == ornate("flute", "scoop")
    assert ornate("flute", "scoop") != ornate("flute", "scoop", seed=2)


def test_held_chords_swell_and_plucked_ones_cannot():
    chords = [Note(4.0 * i, 4.0, pitch) for i in range(8) for pitch in (60, 64, 67)]
    values = [c.value for c in swelling(chords, program_of("string ensemble 1"), 4.0)]
    assert max(values) - min(values) >= 15
    assert all(0 <= value <= 127 for value in values)
    assert swelling(chords, program_of("steel guitar"), 4.0) == ()


def test_a_classical_ending_slows_down_and_the_file_says_so():
    song = arrange(sheets.UPBEAT, Wish(seed=1), genre="classical")
    assert song.slowing
    assert song.seconds(song.end_beats) > song.end_beats * 60 / song.bpm + 0.1
    assert song.seconds(song.slowing[0][0]) == pytest.approx(song.slowing[0][0] * 60 / song.bpm)
    midi = pretty_midi.PrettyMIDI(io.BytesIO(song_to_midi(song)))
    assert len(midi.get_tempo_changes()[1]) == 1 + len(song.slowing)
    last = max(song.track("melody").notes, key=lambda n: n.onset_beats)
    player = next(i for i in midi.instruments if i.name == "melody")
    assert player.notes[-1].start == pytest.approx(song.seconds(last.onset_beats), abs=0.01)
    assert Song.from_json(song.to_json()).slowing == song.slowing


def test_bends_and_swells_are_kept_with_the_song():
    song = arrange(sheets.UPBEAT, Wish(seed=1), genre="blues")
    stored = Song.from_json(song.to_json())
    assert any(c.number == PITCH_BEND for c in stored.track("melody").controls)
    pads = [t for t in arrange(sheets.UPBEAT, Wish(seed=1), genre="classical").tracks if t.role == "pad"]
    assert any(c.number == EXPRESSION for pad in pads for c in pad.controls)
