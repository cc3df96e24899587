import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hear.decode import spans
from core.hear.network import Activations


def activations(notes, frames=400, repeat=()):
    """What a perfect network would answer: triangles at onsets and offsets, activity between."""
    at = np.arange(frames)
    onset, offset, active = np.full((3, frames), 0.01)
    for a, b in notes:
        onset = np.maximum(onset, 0.9 * np.clip(1 - np.abs(at - a) / 3, 0, 1))
        offset = np.maximum(offset, 0.9 * np.clip(1 - np.abs(at - b) / 3, 0, 1))
        active[(at >= a) & (at < b)] = 0.97
    return Activations(onset, offset, active)


def test_notes_come_back():
    notes = [(20, 60), (70, 120), (120, 180), (250, 300)]
    assert np.allclose(spans(activations(notes)), np.array(notes) / 100, atol=0.011)


def test_a_repeated_note_without_a_gap_is_two():
    heard = activations([(20, 60), (60, 100)])
    assert len(spans(heard)) == 2


def test_an_onset_without_activity_is_none():
    heard = activations([(20, 60)])
    heard.onset[200] = 0.3
    assert len(spans(heard)) == 1


def test_nothing_gives_nothing():
    assert spans(activations([])) == []


def test_a_note_that_never_ends_ends_with_the_sound():
    heard = activations([(20, 399)])
    assert spans(heard)[0][1] == pytest.approx(3.99, abs=0.02)


@given(st.lists(st.floats(0, 1), min_size=30, max_size=120), st.integers(0, 1 << 16))
def test_notes_are_ordered_and_apart_whatever_the_network_says(values, seed):
    rng = np.random.default_rng(seed)
    curve = np.array(values)
    found = spans(Activations(curve, rng.permutation(curve), rng.permutation(curve)))
    edges = [edge for span in found for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(values) / 100 + 1e-9 for edge in edges)
