"""The whole line from a hum with known truth to a song, and what the studio promises about its files."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import studio
from core.audio import Sound
from core.errors import BadMusic, Missing, NoMelody, NoVoice, TooLarge, TooLong
from core.hear.voice import hear_voice
from core.music import Key, LeadSheet, Melody, Note, Song, Wish

ROOT = Path(__file__).parents[2]
HUM = ROOT / "examples" / "hum.ogg"
TRUTH = Melody.from_json(json.loads((ROOT / "tests" / "hum_truth.json").read_text())["melody"])
ODE = [(64, 1), (64, 1), (65, 1), (67, 1), (67, 1), (65, 1), (64, 1), (62, 1), (60, 1), (60, 1), (62, 1), (64, 1),
       (64, 1.5), (62, 0.5), (62, 2)]


def tune(up=0):
    notes, onset = [], 0.0
    for pitch, beats in ODE:
        notes.append(Note(onset, beats, pitch + up))
        onset += beats
    return Melody(tuple(notes), 112.0, Key(up % 12))


@pytest.fixture(scope="module")
def heard():
    return studio.listen(HUM)


def test_a_hum_comes_back_as_the_tune_that_was_meant(heard):
    melody = heard.melody
    assert str(melody.key) == str(TRUTH.key) == "D major"
    assert str(melody.meter) == "4/4"
    assert melody.bpm == pytest.approx(TRUTH.bpm, rel=0.06)
    assert [n.pitch for n in melody.notes] == [n.pitch for n in TRUTH.notes]
    starts = [n.onset_beats for n in melody.notes]
    assert np.mean(np.abs(np.array(starts) - [n.onset_beats for n in TRUTH.notes]) < 0.13) > 0.9
    assert heard.warnings == ()


def test_its_chords_are_those_of_its_key(heard):
    chords = studio.lead_sheet(heard.melody, Wish(), "pop").chords
    assert chords[-1].root_pc == 2  # it comes home to D
    assert np.mean([c.root_pc in heard.melody.key.scale for c in chords]) > 0.9


@pytest.mark.parametrize("genre", ["rock", "jazz", "electronic"])
@pytest.mark.parametrize("up", [2, -4])
def test_a_tune_moved_by_whole_tones_gives_the_same_song_moved(genre, up):
    here, there = (studio.compose(t, Wish(genre, length_s=30)) for t in (tune(), tune(up)))
    assert here.track("drums").notes == there.track("drums").notes
    assert [(n.onset_beats, (n.pitch + up) % 12) for n in here.notes] == [
        (n.onset_beats, n.pitch % 12) for n in there.notes]
    assert [(c.root_pc + up) % 12 for c in here.chords] == [c.root_pc for c in there.chords]


def test_the_same_wish_gives_the_same_song_and_samples_and_another_seed_another():
    wish = Wish("jazz", length_s=15)
    one, two, other = (studio.compose(tune(), w) for w in (wish, wish, replace(wish, seed=2)))
    assert one == two
    assert one.tracks != other.tracks
    assert np.array_equal(studio.perform(one), studio.perform(two))


def test_a_stored_song_comes_back_with_its_lead_sheet(tmp_path):
    take = studio.make_song(tune(), Wish("rock", length_s=20), tmp_path, "a", title="Ode")
    stored = studio.listen(take.json)
    assert stored.song == Song.from_json(json.loads(take.json.read_text())) == take.song
    again = studio.compose(stored.lead_sheet, Wish("latin", length_s=20))
    assert again.lead_sheet.melody == take.song.lead_sheet.melody


def test_files_appear_together_or_not_at_all(tmp_path, monkeypatch):
    song = studio.compose(tune(), Wish("pop", length_s=12))

    def full_disk(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.audio.write_mp3", full_disk)
    with pytest.raises(OSError, match="No space"):
        studio.write_take(song, tmp_path, "a")
    assert list(tmp_path.iterdir()) == []


def test_progress_only_goes_forward(tmp_path):
    seen = []
    studio.make_song(HUM, Wish("folk", length_s=15), tmp_path, "a", progress=lambda stage, share: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_prior_turns_the_choice_of_genre():
    guess = {"rock": 0.5, "jazz": 0.3, "pop": 0.2}
    assert studio.choose_genre(guess) == "rock"
    assert studio.choose_genre(guess, {"jazz": 2.0}) == "jazz"


def test_what_i_heard_is_the_tune_alone():
    sheet = LeadSheet(replace(tune(), notes=(Note(7.0, 1.0, 60), Note(8.0, 4.0, 62))), ())
    alone = studio.melody_only(sheet)
    assert [(n.onset_beats, n.pitch) for n in alone.notes] == [(3.0, 60), (4.0, 62)]
    assert [track.role for track in alone.tracks] == ["melody"]
    assert alone.end_beats == 8.0


def test_a_tune_that_ends_after_ten_minutes_gets_no_band():
    ends_late = Melody((Note(0, 1, 60), Note(1, 1, 62), Note(2_000, 1, 64)), 120.0)
    with pytest.raises(TooLong):
        studio.compose(ends_late, Wish(genre="pop"))


def test_sources_that_are_no_music_are_refused(tmp_path):
    with pytest.raises(Missing):
        studio.listen(tmp_path / "nothing.ogg")
    with pytest.raises(BadMusic):
        studio.listen(b'{"notes": []}')
    with pytest.raises(TooLarge):
        studio.read_source(b"\0" * (studio.MAX_FILE_BYTES + 1))
    with pytest.raises(NoMelody):
        from core.audio import Sound
        from core.hear.voice import hear_voice

        hear_voice(Sound(np.random.default_rng(1).normal(0, 0.1, 48_000).astype(np.float32), 16_000))


def test_the_own_voice_lies_on_top_of_its_own_song_only(tmp_path, heard):
    song = studio.compose(heard.melody, Wish("folk", length_s=25))
    voice = studio.voice_on_top(HUM, song)
    assert voice.spans and np.abs(voice.samples).max() > 0.01
    both = slice(0, 600_000)
    assert np.abs(studio.perform(song)[both] - studio.perform(song, voice)[both]).max() > 0.01
    with pytest.raises(NoVoice):
        studio.voice_on_top(HUM, studio.compose(tune(), Wish("folk", length_s=25)))
    take = studio.write_take(song, tmp_path, "a")
    for no_voice in (take.midi, take.json):
        with pytest.raises(NoVoice):
            studio.make_song(no_voice, Wish("folk", length_s=25), tmp_path, "b", voice=True)
    assert not list(tmp_path.glob("b*"))


def test_the_voice_follows_into_another_key(heard):
    song = studio.compose(heard.melody, Wish("pop", key=Key(5), length_s=25))
    line = studio.hear(HUM)
    voice = studio.voice_on_top(HUM, song, line)
    sung = hear_voice(Sound(voice.samples, 44_100)).notes
    inside = [n.pitch_midi for n in sung if n.duration_s > 0.25]
    assert np.mean([min((p - pc) % 12, (pc - p) % 12) < 0.3 for p in inside for pc in [round(p)]]) > 0.9
    assert np.mean([round(p) % 12 in Key(5).scale for p in inside]) > 0.9
