"""MIDI out and in: what other programs read, and what strangers send."""

import io
import itertools
import time
from dataclasses import replace

import mido
import pretty_midi
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import BadMusic, HumbandError, TooLarge, TooLong, Unreadable
from core.music import Key, Meter, Note, Track
from core.perform.midi import melody_from_midi, playable, skyline, song_to_midi
from tests.core.perform.songs import TUNE, demo_song

NOTES = st.builds(
    Note,
    st.floats(-2, 60, allow_nan=False),
    st.floats(1e-4, 9, allow_nan=False),
    st.integers(0, 127),
    st.integers(1, 127),
)


def tune(*notes, name="melody", tempo=500_000, ticks=480, extra=()):
    """A MIDI file of one track: notes as (onset, length, pitch) in ticks."""
    midi = mido.MidiFile(ticks_per_beat=ticks)
    track = mido.MidiTrack(
        [mido.MetaMessage("track_name", name=name), mido.MetaMessage("set_tempo", tempo=tempo), *extra]
    )
    events = sorted((at, kind, pitch) for on, length, pitch in notes for at, kind in ((on, 1), (on + length, 0)))
    now = 0
    for at, kind, pitch in events:
        track.append(mido.Message("note_on", note=pitch, velocity=90 * kind, time=at - now))
        now = at
    midi.tracks.append(track)
    file = io.BytesIO()
    midi.save(file=file)
    return file.getvalue()


def test_other_programs_read_the_song():
    song = replace(demo_song(bars=8, bpm=97.0), key=Key(6, "minor"), meter=Meter(4, 4))
    data = song_to_midi(song)
    midi = pretty_midi.PrettyMIDI(io.BytesIO(data))
    assert [player.name for player in midi.instruments] == ["melody", "chords", "bass", "drums", "pad"]
    assert [player.is_drum for player in midi.instruments] == [False, False, False, True, False]
    assert [player.program for player in midi.instruments] == [track.program for track in song.tracks]
    assert midi.get_tempo_changes()[1] == pytest.approx([97.0], abs=0.01)
    assert [(m.numerator, m.denominator) for m in midi.time_signature_changes] == [(4, 4)]
    assert [key.key_number for key in midi.key_signature_changes] == [12 + 6]
    chords = {control.number: control.value for control in midi.instruments[1].control_changes}
    assert chords == {7: 100, 10: 45, 91: 32}
    for player, track in zip(midi.instruments, song.tracks, strict=True):
        assert len(player.notes) == len(track.notes)
    raw = mido.MidiFile(file=io.BytesIO(data))
    found = [{m.channel for m in track if m.type == "note_on"} for track in raw.tracks[1:]]
    assert found == [{0}, {1}, {2}, {9}, {4}]


def test_the_same_song_gives_the_same_bytes():
    assert song_to_midi(demo_song()) == song_to_midi(demo_song())


@settings(max_examples=40, deadline=None)
@given(st.lists(NOTES, max_size=30), st.floats(30, 300))
def test_no_note_is_stuck_doubled_or_early(notes, bpm):
    song = replace(demo_song(4, bpm), tracks=(Track("melody", 0, tuple(notes)),))
    data = song_to_midi(song)
    sounding, tick, count = set(), 0, 0
    for message in [m for track in mido.MidiFile(file=io.BytesIO(data)).tracks for m in track]:
        tick += message.time
        if message.type == "note_on" and message.velocity:
            assert message.note not in sounding
            sounding.add(message.note)
            count += 1
        elif message.type in ("note_on", "note_off"):
            sounding.remove(message.note)
    assert not sounding
    assert count == len(playable(notes)) <= len(notes)


@settings(max_examples=60)
@example([Note(1 / 480, 9.0, 60), Note(3 / 480, 1.0, 60)])  # 3 / 480 - 1 / 480 is not 2 / 480
@given(st.lists(NOTES, max_size=30))
def test_playable_is_stable_and_ordered(notes):
    once = playable(notes)
    assert playable(once) == once
    assert all(note.onset_beats >= 0 and note.duration_beats >= 1 / 481 for note in once)
    assert [note.onset_beats for note in once] == sorted(note.onset_beats for note in once)
    assert {note.pitch for note in once} == {note.pitch for note in notes}


@pytest.mark.parametrize(
    ("bpm", "key", "meter"), [(120, "C major", "4/4"), (71.3, "F# minor", "3/4"), (180, "Bb major", "6/8")]
)
def test_a_song_of_ours_gives_its_melody_back(bpm, key, meter):
    song = replace(demo_song(bars=8, bpm=bpm), key=Key.parse(key), meter=Meter.parse(meter))
    melody = melody_from_midi(song_to_midi(song))
    assert melody.bpm == pytest.approx(bpm, abs=0.01)
    assert (str(melody.key), str(melody.meter)) == (key, meter)
    expected = song.track("melody").notes
    assert [note.pitch for note in melody.notes] == [note.pitch for note in expected]
    for note, true in zip(melody.notes, expected, strict=True):
        assert note.onset_beats == pytest.approx(true.onset_beats, abs=0.005)
        assert note.duration_beats == pytest.approx(true.duration_beats, abs=0.005)


def test_the_tune_is_found_without_names():
    tracks = tuple(replace(track, role="") for track in demo_song(bars=8).tracks)
    for order in (tracks, tracks[::-1]):
        melody = melody_from_midi(song_to_midi(replace(demo_song(bars=8), tracks=order)))
        assert [note.pitch for note in melody.notes[:11]] == [pitch for _, _, pitch in TUNE]


def test_channels_of_a_single_track_file_are_told_apart():
    song = mido.MidiFile(file=io.BytesIO(song_to_midi(demo_song(bars=4))))
    merged = mido.MidiFile(type=0, ticks_per_beat=song.ticks_per_beat)
    merged.tracks.append(mido.merge_tracks(song.tracks))
    file = io.BytesIO()
    merged.save(file=file)
    assert [note.pitch for note in melody_from_midi(file.getvalue()).notes] == [pitch for _, _, pitch in TUNE]


def test_a_pianists_right_hand_is_the_tune():
    top = [(480 * beat, 460, pitch) for beat, pitch in enumerate((72, 74, 76, 77, 79, 77, 76, 74))]
    below = [(480 * beat, 460, pitch) for beat in range(8) for pitch in (48, 52, 55)]
    assert [note.pitch for note in melody_from_midi(tune(*top, *below, name="piano")).notes] == [n[2] for n in top]


def test_a_tune_late_in_the_file_starts_at_its_bar_line():
    melody = melody_from_midi(tune(*[(1920 * 9 + 960 + 480 * i, 400, 60 + i) for i in range(5)]))
    assert melody.notes[0].onset_beats == pytest.approx(2.0)


@given(st.lists(NOTES, min_size=1, max_size=40))
def test_a_skyline_is_one_line(notes):
    line = skyline(notes)
    assert line
    for before, after in itertools.pairwise(line):
        assert before.end_beats <= after.onset_beats + 1e-6
    assert all(note.duration_beats > 0 for note in line)


def test_the_tempo_of_a_map_that_follows_a_player_is_the_middle_one():
    notes = [(480 * beat, 400, 60 + beat) for beat in range(12)]
    following = [mido.MetaMessage("set_tempo", tempo=600_000 + 3_000 * beat, time=480 * (4 if beat == 0 else 1))
                 for beat in range(9)]
    midi = mido.MidiFile(file=io.BytesIO(tune(*notes)))
    midi.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=140_000), *following]))
    file = io.BytesIO()
    midi.save(file=file)
    assert melody_from_midi(file.getvalue()).bpm == pytest.approx(99, abs=2)


def test_tempos_beyond_playing_are_folded_or_refused():
    notes = [(480 * beat, 400, 60 + beat) for beat in range(8)]
    assert melody_from_midi(tune(*notes, tempo=60_000_000 // 400)).bpm == pytest.approx(200, abs=0.1)
    assert melody_from_midi(tune(*notes, tempo=60_000_000 // 20)).bpm == pytest.approx(40, abs=0.1)
    for tempo in (1, 1_000, 16_000_000):
        with pytest.raises(BadMusic, match="tempo"):
            melody_from_midi(tune(*notes, tempo=tempo))


def test_one_tick_a_beat_still_plays():
    assert melody_from_midi(tune((0, 1, 60), (1, 1, 62), (2, 2, 64), ticks=1)).end_beats == pytest.approx(4)


BOMBS = {
    "no bytes": (b"", Unreadable),
    "text": (b"dear all" * 9, Unreadable),
    "header only": (b"MThd\0\0\0\6\0\1\0\2\1\xe0", Unreadable),
    "no track": (b"MThd\0\0\0\6\0\1\0\0\1\xe0", BadMusic),
    "no time": (b"MThd\0\0\0\6\0\0\0\1\0\0MTrk\0\0\0\4\0\xff\x2f\0", BadMusic),
    "film frames": (b"MThd\0\0\0\6\0\0\0\1\xe7\x28MTrk\0\0\0\4\0\xff\x2f\0", BadMusic),
    "huge chunk": (b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk\x7f\xff\xff\xff\0\xff\x2f\0", Unreadable),
    "huge sysex": (b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk\0\0\0\6\0\xf0\xff\xff\xff\x7f", Unreadable),
    "no length": (
        b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk\0\0\0\x0c\0\x90\x3c\x50\0\x80\x3c\0\0\xff\x2f\0",
        BadMusic,
    ),
    "only drums": (song_to_midi(replace(demo_song(4), tracks=demo_song(4).tracks[3:4])), BadMusic),
    "a year long": (tune((0, 480, 60), (480 * 250_000, 480, 62)), TooLong),
    "100,000 notes": (tune(*[(240 * n, 200, 40 + n % 40) for n in range(100_000)]), TooLarge),
    "cut": (song_to_midi(demo_song(8))[:700], Unreadable),
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_bombs_are_refused_at_once(name):
    data, error = BOMBS[name]
    start = time.process_time()
    with pytest.raises(error) as caught:
        melody_from_midi(data)
    assert time.process_time() - start < 1.0
    assert str(caught.value).endswith(".") and "{" not in str(caught.value)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_damaged_files_never_surprise(data):
    whole = bytearray(song_to_midi(replace(demo_song(4), tracks=demo_song(4).tracks[:1])))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        melody = melody_from_midi(bytes(whole))
    except HumbandError:
        return
    assert melody.notes and all(note.duration_beats > 0 for note in melody.notes)
