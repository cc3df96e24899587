from itertools import pairwise

import pytest

from core.errors import BadMusic, HumbandError, TooLarge, TooLong
from core.music import Key, Meter, Note
from core.perform.sheet.hands import split_hands
from core.perform.sheet.lyrics import split_word, syllables_of
from core.perform.sheet.naming import name_chords
from core.perform.sheet.piano import hands_of
from core.perform.sheet.pieces import is_keyboard, lead_and_chords, piece_from_midi, straight
from core.perform.sheet.quantize import Placed
from core.perform.sheet.texture import to_voices
from tests.core.perform.sheet.midis import block, midi_of, scale

TUNE = scale(60, 62, 64, 65, 67, 69, 71, 72)


def test_a_piece_has_its_players_signatures_and_tempo():
    piece = piece_from_midi(midi_of(TUNE, scale(48, 50), names=["Lead", "Bass"], programs=[0, 33], meter=(3, 4),
                                    key="Eb", bpm=90))
    assert [(p.name, p.program, len(p.notes)) for p in piece.players] == [("Lead", 0, 8), ("Bass", 33, 2)]
    (signature,) = piece.signatures
    assert (signature.meter, signature.key) == (Meter(3, 4), Key(3))
    assert piece.bpm == pytest.approx(90, abs=0.01)


def test_silent_bars_before_the_first_note_are_left_out_and_an_upbeat_stays_one():
    late = [(on + 19.0, length, pitch) for on, length, pitch in TUNE]
    piece = piece_from_midi(midi_of(late))
    assert piece.notes[0].onset_beats == 3.0


def test_a_short_first_bar_of_its_own_meter_is_an_upbeat():
    import io

    import mido

    midi = mido.MidiFile(file=io.BytesIO(midi_of(TUNE, meter=(1, 4))))
    midi.tracks[0].append(mido.MetaMessage("time_signature", numerator=3, denominator=4, time=480))
    file = io.BytesIO()
    midi.save(file=file)
    piece = piece_from_midi(file.getvalue())
    assert piece.signatures[0].meter == Meter(3, 4)
    assert piece.notes[0].onset_beats == 2.0


def test_lead_sheets_pianos_and_bands_are_told_apart():
    chords = block(0, 4, 48, 52, 55) + block(4, 4, 43, 47, 50, 53)
    lead = piece_from_midi(midi_of(TUNE, chords))
    tune, struck = lead_and_chords(lead)
    assert (len(tune.notes), len(struck.notes)) == (8, 7)
    piano = piece_from_midi(midi_of(TUNE + scale(36, 43, 36, 43, length=2)))
    assert lead_and_chords(piano) is None and is_keyboard(piano)
    band = piece_from_midi(midi_of(TUNE, scale(36, 43), scale(60, 64), programs=[73, 32, 24]))
    assert lead_and_chords(band) is None and not is_keyboard(band)


def hundred_thousand():
    """By hand: 5 ticks, note on, 5 ticks, note off; a hundred thousand times."""
    track = b"\x05\x90\x3c\x50\x05\x80\x3c\x40" * 100_000 + b"\x00\xff\x2f\x00"
    return b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk" + len(track).to_bytes(4, "big") + track


def too_many_to_read():
    return midi_of(scale(*[60 + i % 12 for i in range(13_000)], length=0.1), ticks=100)


def no_length():
    return midi_of([(i, 0.0, 60) for i in range(30)])


def nothing():
    return midi_of([])


def drums_alone():
    return midi_of(scale(36, 38, 36, 38), channels=[9])


def one_note_for_hours():
    return midi_of([(0, 20_000, 60)], ticks=24)


def a_second_of_a_million_beats():
    return midi_of(TUNE, bpm=60_000_000)


@pytest.mark.parametrize(("make", "error"), [
    (hundred_thousand, TooLarge), (too_many_to_read, BadMusic), (no_length, BadMusic), (nothing, BadMusic),
    (drums_alone, BadMusic), (one_note_for_hours, TooLong), (a_second_of_a_million_beats, BadMusic)])
def test_what_nobody_could_read_is_refused_in_a_sentence(make, error):
    with pytest.raises(error) as refused:
        piece_from_midi(make())
    assert isinstance(refused.value, HumbandError)
    assert str(refused.value).count(".") == len(str(refused.value).rstrip(".").split(". "))


def test_one_tick_a_beat_is_enough():
    assert [n.onset_beats for n in piece_from_midi(midi_of(TUNE, ticks=1)).notes] == list(range(8))


def test_swung_eighths_are_written_straight():
    swung = [Note(0.0, 0.66, 60), Note(0.66, 0.34, 62), Note(1.0, 1.0, 64)]
    assert [round(n.onset_beats, 3) for n in straight(swung, 0.66)] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(("pitches", "expected"), [
    ((48, 52, 55), "C"), ((45, 48, 52), "Am"), ((43, 47, 50, 53), "G7"), ((48, 52, 55, 59), "Cmaj7"),
    ((50, 53, 57, 60), "Dm7"), ((52, 55, 60), "C/E"), ((47, 50, 53, 57), "Bm7b5"), ((48, 53, 55), "Csus4"),
    ((48, 51, 54, 57), "Cdim7"), ((48, 55), "C5"),
])
def test_chords_are_named_by_what_is_struck(pitches, expected):
    (chord,) = name_chords([Note(0.0, 4.0, p) for p in pitches], Key())
    assert (chord.symbol, chord.onset_beats, chord.duration_beats) == (expected, 0.0, 4.0)


def test_a_chord_struck_again_is_one_and_single_notes_belong_to_it():
    notes = [Note(on, 1.0, p) for on in (0.0, 1.0, 2.0) for p in (48, 52, 55)] + [Note(3.0, 1.0, 62)]
    notes += [Note(4.0, 4.0, p) for p in (41, 45, 48)]
    assert [(c.onset_beats, c.symbol) for c in name_chords(notes, Key())] == [(0.0, "C"), (4.0, "F")]


def test_hands_keep_apart():
    bass = [Note(float(i), 1.0, 40 + i % 5) for i in range(16)]
    treble = [Note(i / 2, 0.5, 72 + i % 7) for i in range(32)]
    left, right = split_hands([*bass, *treble])
    assert {n.pitch for n in left} == {n.pitch for n in bass}
    assert {n.pitch for n in right} == {n.pitch for n in treble}


def test_hands_that_tracks_name_are_believed():
    piece = piece_from_midi(midi_of(scale(60, 62), scale(64, 65), scale(72, 74), names=[
        "Piano linke Hand", "Piano rechte Hand", "Piano rechte Hand"]))
    left, right = hands_of(piece.players)
    assert ([n.pitch for n in left], len(right)) == ([60, 62], 4)
    assert is_keyboard(piece)


def test_no_hand_reaches_further_than_it_can_where_the_other_is_free():
    left, right = split_hands([Note(0.0, 1.0, p) for p in (48, 52, 55, 64, 67, 72)])
    for hand in (left, right):
        assert max(n.pitch for n in hand) - min(n.pitch for n in hand) <= 14


def test_a_second_voice_opens_for_a_held_note_only():
    moving = [Placed(24 * i, 24 * i + 24, 72 + i) for i in range(4)]
    upper, lower = to_voices([*moving, Placed(0, 96, 60)])
    assert [b.pitches for b in lower] == [(60,)]
    assert [b.end for b in lower] == [96]
    assert len(upper) == 4
    short = to_voices([*moving, Placed(0, 30, 60)])
    assert short[1] == []
    assert short[0][0].pitches == (60, 72)


def test_no_voice_overlaps_itself():
    import random

    rng = random.Random(3)
    notes = sorted((Placed(on := 6 * rng.randrange(80), on + 6 * rng.randrange(1, 30), rng.randrange(50, 80))
                    for _ in range(200)), key=lambda n: (n.onset, n.pitch))
    for voice in to_voices(notes):
        assert all(a.end <= b.onset for a, b in pairwise(voice))
        assert all(block.end > block.onset for block in voice)


def test_words_are_laid_under_notes():
    assert syllables_of("Hal-le-lu-jah now", 9) == [
        ("Hal", "begin"), ("le", "middle"), ("lu", "middle"), ("jah", "end"), ("now", "single")]
    assert syllables_of("glo-_-ria", 9) == [("glo", "begin"), ("", "single"), ("ria", "end")]
    assert [s for s, _ in syllables_of("little butterfly", 5)] == ["lit", "tle", "but", "ter", "fly"]
    assert [s for s, _ in syllables_of("little butterfly", 2)] == ["little", "butterfly"]
    assert split_word("home") == ["home"]
    assert syllables_of("one two three", 2) == [("one", "single"), ("two", "single")]
