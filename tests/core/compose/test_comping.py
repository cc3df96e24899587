"""Chords: led by voice, in the key, out of the tune's way."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.band import movement, voicings
from core import theory
from core.compose.arrange import arrange
from core.compose.comping import candidates, tones
from core.music import GENRES, Key, Wish
from tests.core.compose import sheets


@pytest.mark.parametrize("genre", GENRES)
def test_voices_move_little(genre):
    moves = [m for seed in range(3) for m in movement(arrange(sheets.UPBEAT, Wish(seed=seed), genre=genre))]
    assert not moves or np.mean(moves) <= 2.5


@given(st.integers(0, 11), st.sampled_from(sorted(theory.CHORD_SHAPES)), st.sampled_from(["triad", "seventh", "ninth"]))
def test_a_voicing_has_the_chords_own_tones(root, quality, colour):
    symbol = theory.chord_symbol(root, quality)
    pcs = tones(symbol, Key(), colour)
    own = set(theory.chord_pitch_classes(symbol))
    assert len(own & set(pcs)) >= min(3, len(own)) if colour == "triad" else own & set(pcs)
    added = set(pcs) - own
    assert all((pc - root) % 12 in (2, 9, 10, 11) for pc in added)
    for voicing in candidates(pcs, 3, 50, 72):
        assert all(b > a for a, b in pairwise(voicing))
        assert {p % 12 for p in voicing} <= set(pcs)


def test_an_added_colour_keeps_off_a_held_melody_note():
    assert 11 in tones("C", Key(), "seventh")
    assert 11 not in tones("C", Key(), "seventh", frozenset({0}))


def test_a_power_chord_has_no_third():
    assert tones("Am", Key(), "power") == (9, 4)


@pytest.mark.parametrize("genre", ["pop", "rock", "jazz"])
def test_struck_chords_hold_the_chord_of_the_moment(genre):
    song = arrange(sheets.UPBEAT, Wish(seed=2), genre=genre)
    wrong = total = 0
    for onset, pitches in voicings(song.track("chords")):
        chord = next(c for c in reversed(song.chords) if c.onset_beats <= onset + 0.1)
        total += len(pitches)
        allowed = set(chord.pitch_classes) | {(chord.root_pc + k) % 12 for k in (2, 9, 10, 11)}
        wrong += sum(p % 12 not in allowed for p in pitches)
    assert total and wrong <= 0.02 * total
