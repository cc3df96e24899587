import math

from hypothesis import given
from hypothesis import strategies as st

from core.music import GENRES, Key, Melody, Meter, Note
from core.understand.genre import GENRE_TABLE, guess_genre, measure_traits

notes = st.lists(st.tuples(st.integers(0, 64), st.integers(1, 16), st.integers(40, 90)), max_size=20).map(
    lambda rows: tuple(Note(on / 4, dur / 4, pitch) for on, dur, pitch in rows))


@given(notes, st.floats(40, 220), st.sampled_from(["4/4", "3/4", "6/8"]), st.floats(0.5, 0.7))
def test_guess_is_a_distribution_over_the_twelve_genres(tune, bpm, meter, swing):
    guess = guess_genre(Melody(tune, bpm, meter=Meter.parse(meter), swing=swing))
    assert set(guess) == set(GENRES) == set(GENRE_TABLE)
    assert math.isclose(sum(guess.values()), 1.0)
    assert list(guess.values()) == sorted(guess.values(), reverse=True)


def _line(durations, bpm, pitches=(60, 62, 64, 65, 67), **kwargs):
    onset, tune = 0.0, []
    for i, duration in enumerate(durations * 4):
        tune.append(Note(onset, duration, pitches[i % len(pitches)]))
        onset += duration
    return Melody(tuple(tune), bpm, **kwargs)


def test_swung_chromatic_line_is_jazz():
    assert next(iter(guess_genre(_line([0.5] * 8, 150, (60, 61, 64, 66, 67), swing=0.66)))) == "jazz"


def test_a_jig_is_folk():
    assert next(iter(guess_genre(_line([0.5] * 6, 150, meter=Meter(6, 8))))) == "folk"


def test_steady_minor_line_at_125_prefers_electronic_to_a_waltz():
    straight = guess_genre(_line([0.5, 0.5, 1, 0.5, 0.5, 1], 125, (60, 60, 63, 63, 67), key=Key(0, "minor")))
    waltz = guess_genre(_line([1, 1, 1], 125, (60, 60, 63), key=Key(0, "minor"), meter=Meter(3, 4)))
    assert straight["electronic"] > 3 * waltz["electronic"]


def test_transposition_changes_nothing():
    tune = _line([1, 0.5, 0.5, 1], 100, key=Key(0))
    assert guess_genre(tune) == guess_genre(tune.transposed(2))


def test_an_empty_tune_has_traits():
    assert measure_traits(Melody((), 100))["syncopated"] == 0
