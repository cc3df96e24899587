import io
import math
import time

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import studio
from core.errors import HumbandError
from core.music import GENRES, Note
from core.perform.midi_drums import drums_from_midi
from core.understand.drum_features import measure, windows
from core.understand.drum_genre import MODEL, guess_drum_genre

KICK, SNARE, HAT, OPEN, RIDE, PEDAL = 36, 38, 42, 46, 51, 44


def play(pattern, bars=8):
    """{key: onsets in one bar of four beats} as hits."""
    hits = [Note(4.0 * bar + onset, 0.25, key, 95)
            for bar in range(bars) for key, row in pattern.items() for onset in row]
    return sorted(hits, key=lambda hit: hit.onset_beats)


EIGHTHS = [i / 2 for i in range(8)]
ROCK = play({KICK: [0, 2, 2.5], SNARE: [1, 3], HAT: EIGHTHS})
HOUSE = play({KICK: [0, 1, 2, 3], 39: [1, 3], OPEN: [0.5, 1.5, 2.5, 3.5], HAT: [i / 4 for i in range(16)]})
SWING = play({RIDE: [0, 1, 1 + 2 / 3, 2, 3, 3 + 2 / 3], PEDAL: [1, 3], SNARE: [2 + 2 / 3], KICK: [0]})


def to_midi(hits, bpm=120, melody=()):
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))])
    events = [(round(h.onset_beats * 480), 9, h.pitch) for h in hits] + [
        (round(n.onset_beats * 480), 0, n.pitch) for n in melody]
    clock = 0
    for tick, kind, channel, pitch in sorted(
        [(t, "note_on", c, p) for t, c, p in events] + [(t + 100, "note_off", c, p) for t, c, p in events]
    ):
        track.append(mido.Message(kind, note=pitch, velocity=90, channel=channel, time=tick - clock))
        clock = tick
    file = io.BytesIO()
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(file=file)
    return file.getvalue()


@pytest.mark.parametrize(("hits", "bpm", "genre"), [(ROCK, 120, "rock"), (HOUSE, 126, "electronic"),
                                                    (SWING, 150, "jazz")])
def test_textbook_beats(hits, bpm, genre):
    guess = guess_drum_genre(hits, bpm)
    assert max(("rock", "jazz", "electronic"), key=guess.__getitem__) == genre


hits_of_any_kind = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 127), st.integers(1, 127)), max_size=80).map(
    lambda rows: [Note(at / 12, 0.25, key, loud) for at, key, loud in rows])


@settings(max_examples=40, deadline=None)
@given(hits_of_any_kind, st.floats(20, 400))
def test_guess_is_a_distribution_over_the_twelve_genres(hits, bpm):
    guess = guess_drum_genre(hits, bpm)
    assert set(guess) == set(GENRES)
    assert math.isclose(sum(guess.values()), 1.0, rel_tol=1e-9)
    assert all(share >= 0 for share in guess.values())


@settings(max_examples=40, deadline=None)
@given(hits_of_any_kind)
def test_features_are_finite_whatever_is_struck(hits):
    for window in windows(hits):
        assert np.isfinite(measure(window, 100)).all()


def test_four_bars_later_and_twice_as_loud_is_the_same_beat():
    quiet = [Note(h.onset_beats + 16, h.duration_beats, h.pitch, 45) for h in ROCK]
    assert np.allclose(measure(windows(quiet)[0], 120), measure(windows(ROCK)[0], 120), atol=1e-6)


def test_nothing_struck_says_nothing():
    assert set(guess_drum_genre([], 100).values()) == {1 / 12}


def test_drums_are_read_out_of_midi_with_their_tempo():
    part = drums_from_midi(to_midi(ROCK, 96))
    assert [h.pitch for h in part.hits] == [h.pitch for h in sorted(ROCK, key=lambda h: (h.onset_beats, h.pitch))]
    assert part.hits[3].onset_beats == pytest.approx(sorted(h.onset_beats for h in ROCK)[3], abs=0.01)
    assert part.bpm == pytest.approx(96, abs=0.01)


def test_the_studio_guesses_both_parts_of_a_midi_file():
    tune = [Note(i * 0.5, 0.4, 60 + (i * 2) % 7) for i in range(32)]
    both = studio.genre_of(to_midi(HOUSE, 126, tune))
    assert set(both["melody"]) == set(both["drums"]) == set(GENRES)
    assert studio.genre_of(to_midi([], 126, tune))["drums"] is None


def test_a_file_of_drums_alone_has_no_melody_and_an_empty_one_is_refused():
    only = studio.genre_of(to_midi(HOUSE, 126))
    assert only["melody"] is None
    assert only["drums"] == guess_drum_genre(drums_from_midi(to_midi(HOUSE, 126)).hits, 126.0000126)
    with pytest.raises(HumbandError):
        studio.genre_of(to_midi([], 120))


def test_the_model_is_small_and_quick():
    assert MODEL.stat().st_size < 2_000_000
    guess_drum_genre(ROCK[:50], 120)
    spent = []
    for _ in range(15):
        started = time.process_time()
        guess_drum_genre(ROCK[:50], 120)
        spent.append(time.process_time() - started)
    assert min(spent) < 0.010
