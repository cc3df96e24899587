"""The synth's own files say what the people's files say."""

import io

import mido
import pytest

from core.perform.midi import song_to_midi
from core.perform.part import part_to_midi
from core.perform.synth import band
from tests.core.perform.songs import demo_song

SONG = demo_song(bars=8)


def events(track):
    """(tick, what, values) of everything that sounds."""
    tick, found = 0, []
    for message in track:
        tick += message.time
        if message.type == "note_off" or (message.type == "note_on" and not message.velocity):
            found.append((tick, "off", message.channel, message.note))
        elif message.type == "note_on":
            found.append((tick, "on", message.channel, message.note, message.velocity))
        elif message.type in ("program_change", "control_change"):
            found.append((tick, *message.bytes()))
    return sorted(found, key=str)


@pytest.mark.parametrize("index", range(len(SONG.tracks)))
def test_a_part_is_the_songs_own_track(index):
    whole = mido.MidiFile(file=io.BytesIO(song_to_midi(SONG)))
    part = mido.MidiFile(file=io.BytesIO(part_to_midi(SONG.tracks[index], SONG.bpm)))
    assert part.ticks_per_beat == whole.ticks_per_beat
    theirs = [[event[:2] + event[3:] if event[1] in ("on", "off") else (event[0], event[1] & 0xF0, *event[2:])
               for event in events(track)] for track in (whole.tracks[index + 1], part.tracks[0])]
    assert sorted(theirs[0], key=str) == sorted(theirs[1], key=str)


def test_quick_drums_sound_like_the_others():
    import numpy as np

    midi = part_to_midi(SONG.track("drums"), SONG.bpm)
    exact = band().render(midi, 16.0)
    quick = np.empty_like(exact)
    band().render_into(midi, quick, drums=True)
    assert np.square(quick - exact).sum() < 1e-3 * np.square(exact).sum()
