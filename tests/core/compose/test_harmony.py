"""Harmonies of small tunes with known answers, and what must hold for every melody."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import theory
from core.compose.harmony import find_key_and_chords, harmonize
from core.compose.harmony_frames import FEATURES, features, first_full_bar, melody_frames
from core.compose.harmony_quality import COLOURS
from core.compose.harmony_rules import CLASH_LIMIT, strong_clash_share
from core.errors import BadWish
from core.music import GENRES, Chord, Key, Melody, Meter, Note

METERS = [Meter(4, 4), Meter(3, 4), Meter(2, 4), Meter(6, 8), Meter(5, 4), Meter(2, 2), Meter(7, 8), Meter(12, 8)]


def tune(pitches: str, *, beats: float = 1.0, key: str = "C major", meter: str = "4/4") -> Melody:
    """Equal notes from a string of MIDI pitches, 0 a rest."""
    notes = tuple(Note(i * beats, beats, int(p)) for i, p in enumerate(pitches.split()) if p != "0")
    return Melody(notes, 120, Key.parse(key), Meter.parse(meter))


TWINKLE = tune("60 60 67 67 69 69 67 0 65 65 64 64 62 62 60 0 67 67 65 65 64 64 62 0 67 67 65 65 64 64 62 0 "
               "60 60 67 67 69 69 67 0 65 65 64 64 62 62 60 0")

ODE = tune("64 64 65 67 67 65 64 62 60 60 62 64 64 62 62 0 64 64 65 67 67 65 64 62 60 60 62 64 62 60 60 0 "
           "62 62 64 60 62 64 64 60 62 64 64 62 60 62 55 0 64 64 65 67 67 65 64 62 60 60 62 64 62 60 60 0")
LAMENT = tune("69 69 71 72 71 69 68 64 69 69 71 72 74 72 71 0 72 74 76 76 74 72 71 69 68 69 71 68 69 69 69 0",
              key="A minor")


@st.composite
def melodies(draw):
    meter = draw(st.sampled_from(METERS))
    at, notes = draw(st.sampled_from([0.0, 0.5, 1.0, 3.0, 9.0])), []
    for _ in range(draw(st.integers(1, 40))):
        at += draw(st.sampled_from([0, 0, 0, 0.5, 1, 7]))
        duration = draw(st.sampled_from([0.25, 1 / 3, 0.5, 1.0, 1.5, 2.0, 4.0]))
        notes.append(Note(at, duration, draw(st.integers(48, 84))))
        at += duration
    return Melody(tuple(notes), 100, Key(draw(st.integers(0, 11)), draw(st.sampled_from(sorted(theory.MODES)))), meter)


def assert_covers(chords, melody):
    at = 0.0
    for chord in chords:
        theory.parse_chord(chord.symbol)
        assert chord.onset_beats == pytest.approx(at) and chord.duration_beats > 0
        at = chord.end_beats
    assert at == pytest.approx(melody.bars * melody.meter.bar_beats)


@settings(deadline=None, max_examples=40)
@given(melodies(), st.booleans())
def test_chords_cover_every_bar_without_gaps(melody, key_known):
    assert_covers(harmonize(melody, key_known=key_known)[0], melody)


@settings(deadline=None, max_examples=25)
@given(melodies(), st.integers(-5, 6), st.booleans())
def test_a_transposed_melody_gets_its_chords_transposed(melody, semitones, key_known):
    plain = harmonize(melody, key_known=key_known)[0]
    moved = harmonize(melody.transposed(semitones), key_known=key_known)[0]
    assert [((a.root_pc + semitones) % 12, theory.parse_chord(a.symbol)[1]) for a in plain] == \
           [(b.root_pc, theory.parse_chord(b.symbol)[1]) for b in moved]


def test_a_nursery_tune_gets_its_key_and_cadence():
    key, chords = find_key_and_chords(TWINKLE)
    assert key == Key(0, "major")
    assert chords[0].root_pc == 0 and chords[-1].symbol[0] == "C"
    assert {5, 7} <= {chord.root_pc for chord in chords}


def test_the_key_field_is_not_looked_at_when_the_key_is_unknown():
    lying = tune("62 62 69 69 71 71 69 0 67 67 66 66 64 64 62 0", key="Ab major")
    key, chords = find_key_and_chords(lying)
    assert key.tonic_pc == 2
    assert harmonize(lying, key_known=False) == [chords]


def test_an_upbeat_is_covered_too():
    upbeat = Melody((Note(3, 1, 67), Note(4, 4, 72), Note(8, 4, 71), Note(12, 4, 72)), 100)
    assert_covers(harmonize(upbeat)[0], upbeat)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("genre", [None, *GENRES])
def test_every_genre_and_colour_has_chords(genre, colour):
    assert_covers(harmonize(TWINKLE, genre=genre, colour=colour)[0], TWINKLE)


def test_genres_differ_in_their_shapes():
    shapes = {genre: {theory.parse_chord(c.symbol)[1] for c in harmonize(TWINKLE, genre=genre)[0]}
              for genre in ("rock", "jazz", "blues")}
    assert shapes["rock"] <= {"", "m", "7", "sus4", "5"}
    assert shapes["jazz"] & {"maj7", "6", "m7", "9", "13"}
    assert "7" in shapes["blues"] and "maj7" not in shapes["blues"]


def test_what_cannot_be_done_is_said():
    with pytest.raises(BadWish, match="purple"):
        harmonize(TWINKLE, colour="purple")
    with pytest.raises(BadWish, match="polka"):
        harmonize(TWINKLE, genre="polka")


def by_bar(chords, melody):
    """The symbols that sound in each bar."""
    bar = melody.meter.bar_beats
    return [tuple(c.symbol for c in chords if c.onset_beats < bar * (i + 1) and c.end_beats > bar * i)
            for i in range(melody.bars)]


@pytest.mark.parametrize("melody", [TWINKLE, ODE, LAMENT], ids=["major", "long", "minor"])
def test_three_harmonies_differ_in_a_third_of_the_bars_and_none_clashes(melody):
    harmonies = harmonize(melody, count=3, key_known=False)
    assert len(harmonies) == 3
    for i, one in enumerate(harmonies):
        assert_covers(one, melody)
        assert strong_clash_share(melody, one) <= CLASH_LIMIT
        for other in harmonies[i + 1:]:
            pairs = zip(by_bar(one, melody), by_bar(other, melody), strict=True)
            assert sum(a != b for a, b in pairs) >= melody.bars / 3


@settings(deadline=None, max_examples=25)
@given(melodies())
def test_random_tunes_hardly_ever_clash_on_strong_beats(melody):
    # Notes at random in one bar can leave no chord without a clash; tunes of steps and repeats never do.
    assert strong_clash_share(melody, harmonize(melody)[0]) <= 0.34


def test_the_clash_rule_counts_semitones_above_chord_tones_on_strong_beats():
    melody = tune("65 64 60 60")
    assert strong_clash_share(melody, (Chord(0, 4, "C"),)) == pytest.approx(0.25)
    assert strong_clash_share(melody, (Chord(0, 4, "F"),)) == 0
    assert strong_clash_share(tune("64 65 60 60"), (Chord(0, 4, "C"),)) == 0  # a passing note
    assert strong_clash_share(melody, (Chord(0, 2, "F"), Chord(2, 2, "Cmaj7"))) == pytest.approx(0.25)


def test_a_phrase_that_returns_gets_the_same_chords():
    bars = by_bar(harmonize(ODE)[0], ODE)
    assert bars[0:3] == bars[4:7] == bars[12:15]


def test_minor_tunes_are_found_and_end_at_home():
    key, chords = find_key_and_chords(LAMENT)
    assert key == Key(9, "minor")
    assert chords[-1].symbol.startswith("Am")
    assert any(chord.symbol.startswith("E") for chord in chords)


def test_one_note_and_a_hundred_and_eighty_bars():
    for melody in (Melody((Note(0, 1, 60),), 100), Melody((Note(40, 1, 60),), 100),
                   Melody(tuple(Note(i, 1, 60 + i * 7 % 12) for i in range(720)), 100)):
        assert_covers(harmonize(melody, key_known=False)[0], melody)


def test_frames_hold_what_sounds_where():
    melody = Melody((Note(3, 1, 67), Note(4, 1.5, 72), Note(5.5, 0.5, 71)), 100)
    frames = melody_frames(melody)
    assert len(frames) == 8 and frames.per_bar == 4 and first_full_bar(frames) == 1
    assert frames.sounding[5, 0] == frames.sounding[5, 11] == pytest.approx(0.5)
    assert frames.attacked[5, 0] == 0 and frames.attacked[5, 11] == pytest.approx(0.5)
    assert list(frames.strength) == [2, 0, 1, 0] * 2
    assert features(frames, 0, 0.0).shape == (8, FEATURES)
    assert len(melody_frames(tune("60 62 64 65 67 69", beats=0.5, meter="6/8"))) == 2


def test_features_do_not_know_the_key():
    for semitones in (1, 5, 11):
        one = features(melody_frames(TWINKLE), 0, 0.0)
        other = features(melody_frames(TWINKLE.transposed(semitones)), semitones, 0.0)
        assert one == pytest.approx(other, abs=1e-6)


def test_chords_are_spelt_for_the_key():
    blue = tune("60 64 67 64 58 62 65 62 60 64 67 64 58 62 65 62 65 69 72 69 58 62 65 62 60 64 67 67 60 60 60 60")
    chords = harmonize(blue, genre="rock")[0]
    assert any(chord.root_pc == 10 for chord in chords)
    assert not any(chord.symbol.startswith(("A#", "D#", "G#")) for chord in chords)
    in_b_flat = harmonize(TWINKLE.transposed(-2))[0]
    assert not any("#" in chord.symbol for chord in in_b_flat)


def test_a_mode_gets_the_chords_that_hold_its_own_degree():
    steps = "62 69 69 71 72 71 69 67 69 71 72 71 69 67 65 64 62 69 71 72 74 72 71 69 67 69 65 64 62 62 62 0"
    dorian = harmonize(tune(steps, key="D dorian"))[0]
    classes = {pc for chord in dorian for pc in chord.pitch_classes}
    assert 11 in classes  # B natural, of the G chord
    assert "Bb" not in {chord.symbol for chord in dorian}


def test_a_tune_that_modulates_is_harmonized_in_both_keys():
    verse = ODE.notes[:30]
    again = tuple(Note(note.onset_beats + 32, note.duration_beats, note.pitch + 1) for note in verse)
    both = Melody(verse + again, 120, Key(0), Meter(), modulations=((32.0, Key(1)),))
    chords = harmonize(both)[0]
    roots = [[chord.root_pc for chord in chords if chord.onset_beats <= beat < chord.end_beats] for beat in range(64)]
    same = [(first[0] + 1) % 12 == second[0] for first, second in zip(roots[:28], roots[32:60], strict=True)]
    assert sum(same) >= 20
    assert chords[-1].root_pc == 1
