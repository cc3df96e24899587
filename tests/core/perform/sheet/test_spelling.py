import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import theory
from core.music import Key, Meter
from core.perform.sheet.score import BarLine, Head, Pitch, Value
from core.perform.sheet.spelling import Unspelt, name_at, place_of, signature_of, spell, spell_chord
from core.perform.sheet.voices import with_accidentals

KEYS = st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(theory.MODES)))


def names(key, pitches, chord=None):
    line = [Unspelt(float(i), p, Key.parse(key), chord, pitches[i - 1] if i else None,
                    pitches[i + 1] if i + 1 < len(pitches) else None) for i, p in enumerate(pitches)]
    return [p.step + "#" * p.alter + "b" * -p.alter for p in spell(line)]


@pytest.mark.parametrize(("key", "pitches", "expected"), [
    ("F# major", [66, 65, 66], ["F#", "E#", "F#"]),
    ("Gb major", [66], ["F#"]),                       # six sharps are written, not six flats
    ("C major", [67, 68, 69], ["G", "G#", "A"]),      # up: raised
    ("C major", [69, 68, 67], ["A", "Ab", "G"]),      # down: lowered
    ("C major", [67, 66, 67], ["G", "F#", "G"]),
    ("C major", [72, 70, 69], ["C", "Bb", "A"]),
    ("A minor", [69, 68, 69], ["A", "G#", "A"]),      # the leading note
    ("D minor", [62, 61, 62, 70], ["D", "C#", "D", "Bb"]),
    ("Eb major", [63, 66, 65], ["Eb", "Gb", "F"]),
    ("G minor", [67, 66, 67, 63], ["G", "F#", "G", "Eb"]),
])
def test_notes_are_spelt_by_key_and_line(key, pitches, expected):
    assert names(key, pitches) == expected


def test_a_note_of_the_chord_is_spelt_as_the_chord():
    assert names("C major", [68], chord="E7") == ["G#"]
    assert names("C major", [68], chord="Fm") == ["Ab"]
    assert names("C major", [63], chord="B7") == ["D#"]


def test_a_note_that_comes_again_keeps_its_name():
    assert len(set(names("G major", [62, 63, 63, 62, 63]))) == 2


@pytest.mark.parametrize(("symbol", "key", "expected"), [
    ("A#7", "C major", "Bb7"), ("D#", "C major", "Eb"), ("Abdim7", "A minor", "G#dim7"),
    ("C#m7", "E major", "C#m7"), ("A#/D", "F major", "Bb/D"), ("Gb7", "B minor", "F#7"),
    ("C/A#", "C major", "C/Bb"), ("E/Ab", "A major", "E/G#"),
])
def test_chords_are_spelt_by_their_key(symbol, key, expected):
    assert spell_chord(symbol, Key.parse(key)) == expected


@given(KEYS, st.lists(st.integers(30, 96), min_size=1, max_size=30))
def test_what_is_spelt_sounds_the_same_and_scale_notes_need_no_accidental(key, pitches):
    signature = signature_of(theory.fifths(key.tonic_pc, key.mode))
    line = [Unspelt(i / 2, p, key) for i, p in enumerate(pitches)]
    for pitch, written in zip(pitches, spell(line), strict=True):
        assert written.midi == pitch
        assert abs(written.alter) <= 2
        if pitch % 12 in theory.scale_pitch_classes(theory.major_signature(key.tonic_pc, key.mode), "major"):
            assert written.alter == signature.get(written.step, 0)


@given(KEYS, st.integers(0, 11), st.sampled_from(sorted(theory.CHORD_SHAPES)), st.integers(0, 11))
def test_spelling_a_chord_changes_its_letters_only(key, root, quality, bass):
    symbol = theory.chord_symbol(root, quality, bass_pc=bass)
    assert theory.parse_chord(spell_chord(symbol, key)) == theory.parse_chord(symbol)


@given(st.integers(-9, 15))
def test_places_on_the_line_of_fifths_have_names(place):
    assert place_of(name_at(place)) == place


def test_accidentals_hold_for_their_bar_and_are_taken_back():
    def bar_of(*pitches):
        return (tuple(Value(24 * i, 24, 4, heads=(Head(p),)) for i, p in enumerate(pitches)),)

    sharp, plain = Pitch("F", 1, 4), Pitch("F", 0, 4)
    bars = [BarLine(96 * i, 96, Meter(), Key(), i + 1) for i in range(3)]
    done = with_accidentals(bars, [bar_of(sharp, sharp, plain, plain), bar_of(sharp), bar_of(plain)],
                            [signature_of(0)] * 3)
    shown = [[value.heads[0].accidental for value in bar[0]] for bar in done]
    assert shown == [[1, None, 0, None], [1], [0]]


def test_a_tie_over_the_bar_line_needs_no_accidental_but_the_next_note_does():
    sharp = Pitch("F", 1, 4)
    tied = (Value(0, 48, 2, heads=(Head(sharp, tie_to=True),)), Value(48, 48, 2, heads=(Head(sharp),)))
    first = (Value(0, 96, 1, heads=(Head(sharp, tie_from=True),)),)
    bars = [BarLine(96 * i, 96, Meter(), Key(), i + 1) for i in range(2)]
    done = with_accidentals(bars, [(first,), (tied,)], [signature_of(0)] * 2)
    assert [v.heads[0].accidental for v in done[1][0]] == [None, 1]
