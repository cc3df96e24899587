import math
import time
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.music import GENRES, Key, Melody, Meter, Note
from core.understand.genre import GENRE_TABLE, MODEL, guess_genre, measure_traits, suits
from core.understand.genre_features import feature_names, measure, top_line, windows

notes = st.lists(st.tuples(st.integers(0, 64), st.integers(1, 16), st.integers(40, 90)), max_size=60).map(
    lambda rows: tuple(Note(on / 4, dur / 4, pitch) for on, dur, pitch in rows)
)


@settings(max_examples=40, deadline=None)
@given(notes, st.floats(40, 220), st.sampled_from(["4/4", "3/4", "6/8"]), st.floats(0.5, 0.7))
def test_guess_is_a_distribution_over_the_twelve_genres(tune, bpm, meter, swing):
    guess = guess_genre(Melody(tune, bpm, meter=Meter.parse(meter), swing=swing))
    assert set(guess) == set(GENRES) == set(GENRE_TABLE)
    assert math.isclose(sum(guess.values()), 1.0, rel_tol=1e-9)
    assert all(share >= 0 for share in guess.values())
    assert list(guess.values()) == sorted(guess.values(), reverse=True)


def _line(durations, bpm, pitches=(60, 62, 64, 65, 67), times=4, **kwargs):
    onset, tune = 0.0, []
    for i, duration in enumerate(durations * times):
        tune.append(Note(onset, duration, pitches[i % len(pitches)]))
        onset += duration
    return Melody(tuple(tune), bpm, **kwargs)


JIG = _line([0.5] * 6, 150, (74, 71, 67, 69, 71, 72, 74, 76, 74, 71, 69, 67), times=8, meter=Meter(6, 8))
BEBOP = _line([0.5] * 7 + [1.5], 180, (67, 71, 74, 77, 76, 73, 70, 74, 72, 69, 65, 68, 66, 61, 64, 63, 60), times=6)
RIFF = _line([0.5, 0.5, 0.5, 0.5], 130, (57, 57, 64, 57, 62, 57, 60, 57), times=12)


def test_a_reel_of_eighths_is_folk_and_a_chromatic_line_jazz():
    assert next(iter(guess_genre(JIG))) == "folk"
    assert next(iter(guess_genre(BEBOP))) == "jazz"


def test_a_repeating_riff_is_neither_folk_nor_jazz_but_dance_music():
    guess = guess_genre(RIFF)
    assert guess["electronic"] > 2 * max(guess["folk"], guess["jazz"], guess["classical"])


def test_what_a_collection_would_give_away_changes_nothing():
    """Key, octave, tempo, beat unit, touch, meter and swing are not in the features."""
    line = top_line(BEBOP.notes)[:40]
    rows = measure(line)
    for changed in (
        [replace(n, pitch=n.pitch + 5) for n in line],
        [replace(n, pitch=n.pitch - 24) for n in line],
        [Note(2 * n.onset_beats, 2 * n.duration_beats, n.pitch) for n in line],
        [Note(0.5 * n.onset_beats + 3, 0.5 * n.duration_beats, n.pitch) for n in line],
        [replace(n, duration_beats=0.9 * n.duration_beats) for n in line],
    ):
        assert np.allclose(measure(changed), rows, atol=1e-5)


def test_a_tune_and_its_transposition_are_guessed_alike():
    one, other = guess_genre(RIFF), guess_genre(RIFF.transposed(-3))
    assert all(math.isclose(one[genre], other[genre], abs_tol=1e-4) for genre in GENRES)


@settings(max_examples=60, deadline=None)
@given(notes)
def test_features_are_finite_and_of_one_length(tune):
    line = top_line(tune)
    if len(line) >= 4:
        row = measure(line)
        assert row.shape == (len(feature_names()),)
        assert np.isfinite(row).all()
        assert np.abs(row).max() <= 3


def test_windows_cover_a_long_tune_with_forty_notes_each():
    line = _line([1.0], 100, times=130).notes
    found = windows(line)
    assert all(len(window) == 40 for window in found)
    assert found[0][0] == line[0]
    assert found[-1][-1].onset_beats >= line[-1].onset_beats - 20
    assert windows(line[:7]) == [line[:7]]


def test_swing_and_waltz_lean_the_guess():
    straight = suits(_line([0.5] * 8, 120))
    swung = suits(_line([0.5] * 8, 120, swing=0.66))
    waltz = suits(_line([1.0] * 6, 120, meter=Meter(3, 4)))
    assert swung["jazz"] / swung["rock"] > 2 * straight["jazz"] / straight["rock"]
    assert waltz["electronic"] < 0.5 * straight["electronic"]
    assert math.isclose(math.prod(straight.values()), 1.0, rel_tol=1e-6)


def test_an_empty_tune_has_traits_and_a_guess():
    assert measure_traits(Melody((), 100))["syncopated"] == 0
    assert math.isclose(sum(guess_genre(Melody((), 100)).values()), 1.0)


def test_blue_notes_over_swing_reach_blues():
    blues = _line([0.5] * 8, 85, (60, 63, 65, 66, 67, 70, 67, 63), times=6, swing=0.66, key=Key(0))
    assert guess_genre(blues)["blues"] > guess_genre(JIG)["blues"]


def test_the_model_is_small_and_quick():
    assert MODEL.stat().st_size < 2_000_000
    tune = BEBOP.notes[:40]
    guess_genre(Melody(tune, 120))
    spent = []
    for _ in range(15):
        started = time.process_time()
        guess_genre(Melody(tune, 120))
        spent.append(time.process_time() - started)
    assert min(spent) < 0.010
