from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music import SungNote
from core.understand.pulse import find_pulse


def notes_at(rows, jitter=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return [SungNote(a + rng.normal(0, jitter), b, p, 1.0, db) for a, b, p, db in rows]


def oompah(bpm, meter, bars=12, start=0.0):
    """A bass note on one, chords after it, a tune of a note a beat above."""
    beat, rows = 60 / bpm, []
    for bar in range(bars):
        root = (36, 41, 43, 36)[bar % 4]
        for k in range(meter):
            at = start + (bar * meter + k) * beat
            if k == 0:
                rows.append((at, at + 2 * beat, root, -12.0))
            else:
                rows += [(at, at + 0.4 * beat, root + up, -22.0) for up in (12, 16, 19)]
            rows.append((at, at + beat * (2 if k == 0 else 0.9), 72 + (root + 2 * k) % 7, -15.0))
    return rows


@pytest.mark.parametrize(("bpm", "meter"), [(120, 4), (96, 3), (130, 3), (150, 3), (80, 4)])
def test_beats_and_bars_of_a_dance(bpm, meter):
    pulse = find_pulse(notes_at(oompah(bpm, meter, start=1.7), jitter=0.006))
    assert pulse.meter.numerator == meter
    assert pulse.bpm == pytest.approx(bpm, rel=0.02)
    bars = np.array(pulse.beats_s)[::meter]
    truth = 1.7 + np.arange(12) * meter * 60 / bpm
    assert all(np.abs(bars - t).min() < 0.04 for t in truth)


def test_a_tempo_that_slows_down_is_followed():
    gaps = np.linspace(0.45, 0.6, 48)
    at = np.cumsum(gaps)
    rows = [(t, t + 0.4, 60 + (i * 5) % 12, -15.0 if i % 4 else -9.0) for i, t in enumerate(at)]
    beats = np.array(find_pulse(notes_at(rows)).beats_s)
    inside = beats[(beats > at[0] - 0.1) & (beats < at[-1] + 0.1)]
    assert len(inside) >= 23  # a beat a note, or every second note
    assert np.mean([np.abs(at - b).min() < 0.05 for b in inside]) > 0.9


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0.05, 3), st.integers(21, 108), st.floats(-60, 0)), max_size=60))
def test_any_notes_have_beats_that_go_forward_from_the_start(rows):
    pulse = find_pulse([SungNote(a, a + d, float(p), 1.0, db) for a, d, p, db in rows])
    assert pulse.beats_s[0] == 0.0
    assert len(pulse.beats_s) >= 2
    assert all(b > a for a, b in pairwise(pulse.beats_s))
    at = pulse.beats_at(np.linspace(0, 40, 50))
    assert np.isfinite(at).all()
    assert (np.diff(at) > 0).all()


def test_a_free_performance_is_followed_and_an_upbeat_stays_before_its_bar():
    beats = np.cumsum(0.6 * (1 + 0.12 * np.sin(np.arange(64) / 5)))
    rows = [(beats[0] - 0.3, beats[0], 67, -16.0)]
    for k, at in enumerate(beats):
        rows += [(at, at + 0.5, 72 + k * 5 % 7, -14.0), (at + 0.3, at + 0.55, 76, -18.0)]
        if k % 4 == 0:
            rows += [(at, at + 2, 36 + k % 8, -10.0), (at, at + 1, 60, -14.0)]
    pulse = find_pulse(notes_at(rows))
    found = np.array(pulse.beats_s)
    assert np.mean([np.abs(found - t).min() < 0.05 for t in beats]) > 0.9
