"""Harmonies of small tunes with known answers, and what must hold for every melody."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import theory
from core.compose.harmony import find_key_and_chords, harmonize
from core.compose.harmony_quality import COLOURS
from core.errors import BadWish
from core.music import GENRES, Key, Melody, Meter, Note

METERS = [Meter(4, 4), Meter(3, 4), Meter(2, 4), Meter(6, 8), Meter(5, 4), Meter(2, 2), Meter(7, 8), Meter(12, 8)]


def tune(pitches: str, *, beats: float = 1.0, key: str = "C major", meter: str = "4/4") -> Melody:
    """Equal notes from a string of MIDI pitches, 0 a rest."""
    notes = tuple(Note(i * beats, beats, int(p)) for i, p in enumerate(pitches.split()) if p != "0")
    return Melody(notes, 120, Key.parse(key), Meter.parse(meter))


TWINKLE = tune("60 60 67 67 69 69 67 0 65 65 64 64 62 62 60 0 67 67 65 65 64 64 62 0 67 67 65 65 64 64 62 0 "
               "60 60 67 67 69 69 67 0 65 65 64 64 62 62 60 0")


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


def test_other_harmonies_differ_in_a_third_of_the_bars():
    harmonies = harmonize(TWINKLE, count=3)

    def by_bar(chords):
        return [tuple(c.symbol for c in chords if c.onset_beats < 4 * bar + 4 and c.end_beats > 4 * bar)
                for bar in range(TWINKLE.bars)]

    bars = [by_bar(chords) for chords in harmonies]
    for i, one in enumerate(bars):
        for other in bars[i + 1:]:
            assert sum(a != b for a, b in zip(one, other, strict=True)) >= TWINKLE.bars / 3
