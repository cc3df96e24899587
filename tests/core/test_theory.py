import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import theory
from tests.strategies import chord_symbols, pitch_classes

modes = st.sampled_from(sorted(theory.MODES))


@given(pitch_classes, st.booleans())
def test_names_and_pitch_classes_are_inverse(pc, flats):
    assert theory.pitch_class(theory.name_of(pc, flats)) == pc


@given(chord_symbols)
def test_a_chord_survives_parsing(symbol):
    root, quality, bass = theory.parse_chord(symbol)
    again = theory.chord_symbol(root, quality, bass_pc=bass, flats="b" in re.sub("m7b5", "m7", symbol))
    assert theory.parse_chord(again) == (root, quality, bass)


@given(chord_symbols, st.integers(-24, 24))
def test_transposing_a_chord_moves_every_tone(symbol, semitones):
    moved = theory.transpose_chord(symbol, semitones)
    assert [(pc + semitones) % 12 for pc in theory.chord_pitch_classes(symbol)] == [*theory.chord_pitch_classes(moved)]
    assert theory.transpose_chord(moved, -semitones, flats=True) in {
        theory.transpose_chord(symbol, 0, flats=True),
        symbol,
    }


@pytest.mark.parametrize("symbol", ["", "H", "Cmaj13", "C/", "c", "Cm/H", "N.C.", "C E"])
def test_other_chord_spellings_are_refused(symbol):
    with pytest.raises(ValueError, match="chord symbol"):
        theory.parse_chord(symbol)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("F# minor", (6, "minor")),
        ("Bb major", (10, "major")),
        ("am", (9, "minor")),
        ("D dorian", (2, "dorian")),
        ("E♭ major", (3, "major")),
        ("G", (7, "major")),
    ],
)
def test_keys_are_read(text, expected):
    assert theory.parse_key(text) == expected


@pytest.mark.parametrize("text", ["", "X minor", "C sideways", "C## minor !"])
def test_other_keys_are_refused(text):
    with pytest.raises(ValueError, match="key"):
        theory.parse_key(text)


@given(pitch_classes, modes)
def test_a_mode_shares_its_tones_with_its_signature(tonic, mode):
    major = theory.major_signature(tonic, mode)
    assert set(theory.scale_pitch_classes(tonic, mode)) == set(theory.scale_pitch_classes(major, "major"))


@pytest.mark.parametrize(
    ("tonic", "mode", "expected"),
    [
        (0, "major", 0),
        (7, "major", 1),
        (5, "major", -1),
        (9, "minor", 0),
        (4, "minor", 1),
        (2, "minor", -1),
        (2, "dorian", 0),
        (6, "major", 6),
        (1, "major", -5),
    ],
)
def test_key_signatures(tonic, mode, expected):
    assert theory.fifths(tonic, mode) == expected


@given(pitch_classes, st.floats(20, 100))
def test_nearest_pitch_is_within_a_tritone(pc, target):
    pitch = theory.nearest_pitch(pc, target)
    assert pitch % 12 == pc
    assert abs(pitch - target) <= 6


def test_nearest_pitch_keeps_to_the_range():
    assert theory.nearest_pitch(0, 90, low=40, high=64) == 60
    with pytest.raises(ValueError, match="empty"):
        theory.nearest_pitch(1, 60, low=60, high=60)


def test_general_midi_has_128_programs():
    assert len(theory.GM_PROGRAMS) == len(set(theory.GM_PROGRAMS)) == 128
    assert theory.program_of("finger bass") == 33
    assert theory.program_of("violin") == 40
    assert theory.program_of("gunshot") == 127
