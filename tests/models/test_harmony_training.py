"""What the harmonizer learns from: symbols, parts, frames' labels, and tunes made of other tunes' bars."""

from pathlib import Path

import numpy as np
import pytest

from core.compose.harmony_frames import melody_frames
from core.music import Melody, Note
from models.training.harmony import hmm
from models.training.harmony.recombine import Donors
from models.training.harmony.sheets import Sheet, fill_signatures, frame_labels, openewld, parse_symbol, part_of

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


@pytest.mark.parametrize(("symbol", "root", "quality"), [
    ("C", 0, ""), ("F#m7", 6, "m7"), ("Bb7 add b9", 10, "7"), ("Abo7", 8, "dim7"), ("Gø7", 7, "m7b5"),
    ("Eb7+", 3, "aug"), ("DM9", 2, "maj9"), ("Dsus add 7 add 9", 2, "7sus4"), ("Am7/G", 9, "m7"), ("CM7", 0, "maj7"),
    ("E7#9", 4, "7"), ("BmM7", 11, "mmaj7"),
])
def test_symbols_of_the_collections_are_read(symbol, root, quality):
    assert parse_symbol(symbol) == (root, quality)


def test_what_is_no_symbol_is_none():
    assert parse_symbol("N.C.") is None and parse_symbol("/") is None


def test_versions_of_a_title_stay_in_one_part():
    assert part_of("Ain't She Sweet") == part_of("AINT SHE SWEET!")
    parts = [part_of(f"tune {i}") for i in range(1000)]
    assert 150 < parts.count("test") < 250 and 60 < parts.count("tune") < 140


def sheet(roots: list[int], pitches: list[int], signature: int | None = 0) -> Sheet:
    """One chord and four equal notes a bar."""
    notes = tuple(Note(i, 1, pitch) for i, pitch in enumerate(np.repeat(pitches, 4).tolist()))
    chords = tuple((4.0 * i, 4.0, root, "7" if root == 7 else "") for i, root in enumerate(roots))
    return Sheet("x", "x", "pop", Melody(notes, 100), chords, signature, False)


def test_labels_are_what_sounds_in_the_middle_of_a_frame():
    roots, _ = frame_labels(sheet([0, 7], [60, 62]), 0.0, 9)
    assert roots.tolist() == [0] * 4 + [7] * 4 + [-1]


def test_states_are_relative_to_the_signature():
    tune = sheet([2, 9], [62, 64], signature=2)
    assert hmm.relative_states(tune, melody_frames(tune.melody)).tolist() == [0] * 4 + [28] * 4


def test_signatures_are_told_by_the_chords():
    known = [sheet([0, 5, 7, 0], [60, 65, 67, 60])] * 5
    assert fill_signatures([*known, sheet([3, 8, 10, 3], [63, 68, 70, 63], None)])[-1].signature_pc == 3


def test_recombined_bars_keep_their_chords():
    donor = sheet([0, 7], [64, 71])
    frames = melody_frames(donor.melody)
    donors = Donors([(frames, hmm.relative_states(donor, frames), 0)])
    other = sheet([2, 9, 4], [62, 69, 66], signature=2)
    frames = melody_frames(other.melody)
    states = hmm.relative_states(other, frames)
    made, known = donors.recombine(frames, states, 2, np.random.default_rng(1), share=1.0)
    assert (known == states).all()
    assert (made.sounding[:4].argmax(1) == 6).all()  # E over C in C is F# over D in D
    assert (made.sounding[8:].argmax(1) == 6).all()  # no donor for this chord: as it was


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared")
def test_the_evergreens_are_read_whole():
    sheets = list(openewld(SHARED))
    assert len(sheets) == 399
    assert all(s.chords and s.melody.notes for s in sheets)
