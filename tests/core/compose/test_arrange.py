"""The band as a whole: repeatable, transposable, in range, as long as it should be."""

from dataclasses import replace
from statistics import stdev

import pytest

from core import theory
from core.compose.arrange import arrange
from core.compose.feel import leaned
from core.compose.instruments import limits
from core.compose.styles import load_styles
from core.errors import BadWish
from core.music import Key, Note, Song, Wish
from tests.core.compose import sheets

GENRES = sorted(load_styles())


def simple(song):
    return [(t.role, t.program, [(n.onset_beats, n.duration_beats, n.pitch, n.velocity) for n in t.notes])
            for t in song.tracks]


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("name", sheets.ALL)
def test_every_tune_becomes_a_whole_song(genre, name):
    sheet = sheets.ALL[name]
    song = arrange(sheet, Wish(seed=3), genre=genre, title="T")
    roles = {track.role for track in song.tracks}
    assert {"melody", "chords", "bass", "drums"} <= roles
    assert roles & {"pad", "counter"}
    assert len(song.tracks) >= 5
    assert 20 <= song.duration_s <= 120
    assert {"intro", "statement", "ending"} <= {section.name for section in song.sections}
    assert song.chords[0].onset_beats == 0
    for before, chord in zip(song.chords, song.chords[1:], strict=False):
        assert before.end_beats == pytest.approx(chord.onset_beats)
    assert song.chords[-1].end_beats == pytest.approx(song.end_beats)
    for track in song.tracks:
        low, high = limits(track.program) if not track.is_drum else (35, 82)
        latest = {}
        for note in track.notes:
            assert low <= note.pitch <= high, track.role
            assert 1 <= note.velocity <= 127
            assert note.onset_beats >= 0 and note.duration_beats > 0
            assert note.end_beats <= song.end_beats + 0.3
            assert latest.get(note.pitch, -1.0) <= note.onset_beats + 1e-6 or track.is_drum
            latest[note.pitch] = note.end_beats


def test_same_wish_same_song_and_another_seed_another_take():
    one, again, other = (arrange(sheets.UPBEAT, Wish(seed=s), genre="rock") for s in (7, 7, 8))
    assert simple(one) == simple(again)
    assert simple(one) != simple(other)


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("up", [-2, 2, 4, 6])
def test_a_transposed_tune_gives_the_transposed_song(genre, up):
    song = arrange(sheets.UPBEAT, Wish(seed=5), genre=genre)
    moved = arrange(sheets.UPBEAT.transposed(up), Wish(seed=5), genre=genre)
    assert [t.role for t in song.tracks] == [t.role for t in moved.tracks]
    for track, other in zip(song.tracks, moved.tracks, strict=True):
        assert [n.onset_beats for n in track.notes] == [n.onset_beats for n in other.notes]
        steps = {n.pitch - m.pitch for n, m in zip(other.notes, track.notes, strict=True)}
        if track.is_drum:
            assert steps == {0}
        else:
            assert {step % 12 for step in steps} == {up % 12}
    assert [theory.transpose_chord(c.symbol, up, flats=moved.key.flats) for c in song.chords] == [
        c.symbol for c in moved.chords]


@pytest.mark.parametrize("length_s", [20, 25, 40, 60, 90])
@pytest.mark.parametrize("name", sheets.ALL)
def test_the_length_wished_for_is_met_within_a_bar(name, length_s):
    sheet = sheets.ALL[name]
    song = arrange(sheet, Wish(length_s=length_s), genre="jazz")
    bar_s = song.meter.bar_beats * 60 / song.bpm
    assert abs(song.duration_s - length_s) <= bar_s + 1e-6


def test_a_wish_for_tempo_and_key_is_honoured():
    song = arrange(sheets.WALTZ, Wish(bpm=151, key=Key.parse("C minor")), genre="rock")
    assert song.bpm == 151
    assert str(song.key) == "C minor" and str(song.lead_sheet.melody.key) == "C minor"
    assert song.lead_sheet.chords[0].symbol == "Cm"


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("bpm", [52, 75, 100, 130, 180])
def test_the_tempo_that_was_sung_stays(genre, bpm):
    sheet = replace(sheets.UPBEAT, melody=replace(sheets.UPBEAT.melody, bpm=bpm))
    assert bpm / 1.13 < arrange(sheet, Wish(), genre=genre).bpm < bpm * 1.13


@pytest.mark.parametrize("genre", GENRES)
def test_the_whole_tune_is_played(genre):
    song = arrange(sheets.UPBEAT, Wish(seed=2), genre=genre)
    first = next(s for s in song.sections if s.name == "statement")
    start = first.onset_beats - 4.0  # the sheet's bar 0 holds the upbeat only
    heard = {(round(n.onset_beats - start, 3), n.pitch % 12) for n in song.notes}
    assert {(n.onset_beats, n.pitch % 12) for n in sheets.UPBEAT.melody.notes} <= heard


def test_a_song_survives_json():
    song = arrange(sheets.JIG, Wish(seed=2), genre="jazz")
    assert Song.from_json(song.to_json()).to_json() == song.to_json()


def test_an_unknown_genre_is_the_persons_mistake():
    with pytest.raises(BadWish):
        arrange(sheets.UPBEAT, Wish(), genre="polka")
    with pytest.raises(BadWish):
        arrange(sheets.UPBEAT, Wish(feel="drunk"), genre="rock")


def test_an_accompaniment_leans_on_the_bar_line_and_breathes():
    flat = [Note(i * 0.5, 0.4, 60, 80) for i in range(32)]
    leant = leaned(flat, 4.0)
    velocities = [note.velocity for note in leant]
    assert [(n.onset_beats, n.pitch) for n in leant] == [(n.onset_beats, n.pitch) for n in flat]
    assert velocities[8] > velocities[9] and velocities[8] > velocities[10]
    assert velocities[16] > velocities[0]  # the middle of four bars is fuller than their start
    assert stdev(velocities) > 3


@pytest.mark.parametrize("genre", ["pop", "jazz", "folk", "reggae"])
def test_no_chair_plays_at_one_force(genre):
    song = arrange(sheets.UPBEAT, Wish(seed=2), genre=genre)
    assert all(stdev(note.velocity for note in song.track(role).notes) > 5 for role in ("chords", "bass"))


def test_the_band_holds_its_breath_before_the_last_statement_in_some_takes():
    silent = 0
    for seed in range(12):
        song = arrange(sheets.UPBEAT, Wish(seed=seed, length_s=45), genre="pop")
        start = [s for s in song.sections if s.name == "statement"][-1].onset_beats
        band = [n for t in song.tracks if t.role not in ("melody", "counter", "drums") for n in t.notes]
        silent += not any(n.onset_beats < start - 0.3 < n.end_beats for n in band)
    assert 3 <= silent <= 11
    assert [s.name for s in song.sections].count("statement") == 2


@pytest.mark.parametrize("bpm", [50, 70, 100, 160])
def test_who_sent_a_tune_does_not_wait_for_it(bpm):
    for seed in range(6):
        song = arrange(sheets.WALTZ, Wish(seed=seed, bpm=bpm), genre="folk")
        intro = song.sections[0]
        assert intro.name != "intro" or song.seconds(intro.duration_beats) <= 10.5


@pytest.mark.parametrize("genre", GENRES)
def test_the_second_voice_stays_under_the_tune(genre):
    song = arrange(sheets.UPBEAT, Wish(seed=3), genre=genre)
    tune = song.track("melody").notes
    over = [note.pitch > lead.pitch for track in song.tracks if track.role == "counter" for note in track.notes
            for lead in tune if lead.onset_beats <= note.onset_beats + 0.1 and lead.end_beats > note.onset_beats + 0.3]
    assert sum(over) <= 0.15 * len(over)


def test_in_a_long_tune_told_once_the_second_voice_waits_and_the_band_grows():
    song = arrange(sheets.LONG, Wish(genre="pop"), genre="pop")
    stages = [s for s in song.sections if s.name == "statement"]
    chords, counter = (next(t for t in song.tracks if t.role == role) for role in ("chords", "counter"))

    def within(track, stage):
        count = sum(stage.onset_beats <= note.onset_beats < stage.end_beats for note in track.notes)
        return count / stage.duration_beats

    assert within(counter, stages[0]) < 0.3 < within(counter, stages[-1])
    assert within(chords, stages[-1]) > within(chords, stages[0])
