from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.music import Meter, SungNote
from core.understand.pulse import Pulse, find_pulse


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


def jig(beat, bars=12):
    """Two beats of three in a bar: a bass on each, chords on the last third of each, a tune of quarters and eighths."""
    rows = []
    for bar in range(bars):
        root = (43, 43, 48, 38)[bar % 4]
        for k in range(2):
            at = (2 * bar + k) * beat
            rows.append((at, at + 0.6 * beat, root + 7 * k - 12 * (k and root > 43), -12.0))
            rows += [(at + 2 / 3 * beat, at + 0.95 * beat, root + up, -24.0) for up in (12, 16, 19)]
            third = beat / 3
            steps = (0, 1, 2) if (bar + k) % 3 else (0, 2)
            rows += [(at + j * third, at + (j + 0.9) * third, 67 + (2 * bar + 3 * j + k) % 9, -15.0 - j) for j in steps]
    return rows


@pytest.mark.parametrize("beat", [0.5, 0.65])
def test_a_jig_is_in_threes(beat):
    pulse = find_pulse(notes_at(jig(beat), jitter=0.005))
    assert pulse.meter.is_compound
    assert pulse.bpm == pytest.approx(1.5 * 60 / beat, rel=0.02)


def test_a_bar_that_lost_two_beats_moves_no_later_bar_line():
    beat = 0.55
    until = 7 * 4 * beat - 2 * beat - 0.05
    rows = [row for row in oompah(60 / beat, 4, bars=7) if row[0] < until]
    rows += [(a + 26 * beat, b + 26 * beat, p, db) for a, b, p, db in oompah(60 / beat, 4, bars=8)]
    pulse = find_pulse(notes_at(rows, jitter=0.004))
    assert Meter(2, 4) in [meter for _, meter in pulse.changes]
    late = 26 * beat + 4 * beat * np.arange(8)
    assert all(np.abs(pulse.bars_s - t).min() < 0.05 for t in late)


def test_bar_lines_follow_the_changes_of_meter():
    pulse = Pulse(tuple(np.arange(15) * 0.5), Meter(4, 4), 120.0, ((4.0, Meter(2, 4)), (6.0, Meter(4, 4))))
    assert pulse.bars_s.tolist() == [0.0, 2.0, 3.0, 5.0, 7.0]


def test_a_tempo_that_slows_down_is_followed():
    gaps = np.linspace(0.45, 0.6, 48)
    at = np.cumsum(gaps)
    rows = [(t, t + 0.4, 60 + (i * 5) % 12, -15.0 if i % 4 else -9.0) for i, t in enumerate(at)]
    beats = np.array(find_pulse(notes_at(rows)).beats_s)
    inside = beats[(beats > at[0] - 0.1) & (beats < at[-1] + 0.1)]
    assert len(inside) >= 23  # a beat a note, or every second note
    assert np.mean([np.abs(at - b).min() < 0.05 for b in inside]) > 0.9


@settings(max_examples=12)
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
