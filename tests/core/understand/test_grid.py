import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.music import SungNote
from core.understand.grid import lay_on_grid
from core.understand.quantize import PLACES, TICKS

BARS = [  # rhythms of one bar of 4/4, in beats
    (1, 1, 1, 1), (2, 1, 1), (1, 1, 2), (0.5, 0.5, 1, 2), (1, 0.5, 0.5, 1, 1), (1.5, 0.5, 1, 1), (1.5, 0.5, 2),
    (0.5, 0.5, 0.5, 0.5, 2), (1, 1, 0.5, 0.5, 1),
]
FEW = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def sing(rows, bpm, start=0.5, legato=0.95):
    """An exact performance of [(onset_beats, duration_beats, pitch)]."""
    beat = 60 / bpm
    return [SungNote(start + on * beat, start + (on + dur * legato) * beat, float(p)) for on, dur, p in rows]


def rows_of(melody):
    return [(note.onset_beats, note.duration_beats, note.pitch) for note in melody.notes]


@st.composite
def tunes(draw):
    """A tune of four bars in phrases AABA, scale steps, ending on a long note."""
    one, two = draw(st.sampled_from(BARS)), draw(st.sampled_from(BARS))
    rows, on, pitch = [], 0.0, 64
    for bar in (one, two, one, (4,)):
        for dur in bar:
            pitch = min(max(pitch + draw(st.integers(-3, 3)), 52), 76)
            rows.append((on, float(dur), pitch))
            on += dur
    return rows


@FEW
@given(tunes(), st.integers(70, 160))
def test_an_exact_performance_gives_the_steps_back(rows, bpm):
    melody = lay_on_grid(sing(rows, bpm), bpm=bpm)
    assert melody.bpm == pytest.approx(bpm, rel=0.02)
    steps = np.diff([row[0] for row in rows])
    assert np.allclose(np.diff([note.onset_beats for note in melody.notes]), steps)


@FEW
@given(tunes(), st.integers(70, 160), st.floats(0, 30))
def test_when_the_singing_starts_does_not_matter(rows, bpm, later):
    now, then = lay_on_grid(sing(rows, bpm)), lay_on_grid(sing(rows, bpm, start=0.5 + later))
    assert rows_of(now) == rows_of(then)
    assert now.meter == then.meter
    assert now.bpm == pytest.approx(then.bpm, rel=1e-6)


@FEW
@given(tunes(), st.integers(70, 160), st.integers(-12, 12))
def test_where_the_singing_lies_does_not_matter(rows, bpm, shift):
    low = lay_on_grid(sing(rows, bpm))
    high = lay_on_grid(sing([(a, d, p + shift) for a, d, p in rows], bpm))
    assert high == low.transposed(shift) or rows_of(high) == rows_of(low.transposed(shift))


@FEW
@given(tunes(), st.integers(70, 150))
def test_the_values_lie_on_the_grid_and_never_overlap(rows, bpm):
    rng = np.random.default_rng(bpm)
    sung = [SungNote(n.onset_s + rng.normal(0, 0.02), n.offset_s, n.pitch_midi + rng.normal(0, 0.2))
            for n in sing(rows, bpm)]
    melody = lay_on_grid(sung)
    ticks = np.array([note.onset_beats for note in melody.notes]) * TICKS
    assert np.allclose(ticks, np.round(ticks))
    assert np.isin(np.round(ticks).astype(int) % TICKS, [*PLACES, *(PLACES + 6) % TICKS]).all()
    assert all(note.duration_beats > 0 for note in melody.notes)
    assert all(a.end_beats <= b.onset_beats + 1e-9
               for a, b in zip(melody.notes, melody.notes[1:], strict=False))
    assert 0 <= melody.notes[0].onset_beats < melody.meter.bar_beats


@FEW
@given(tunes(), st.integers(70, 150))
def test_what_is_on_the_grid_stays_there(rows, bpm):
    once = lay_on_grid(sing(rows, bpm))
    again = lay_on_grid(sing(rows_of(once), once.bpm), bpm=once.bpm)
    assert rows_of(again) == rows_of(once)
    assert again.meter == once.meter


@pytest.mark.parametrize("bpm", [63, 84, 112, 150])
def test_a_waltz_is_in_three(bpm):
    rows, on = [], 0.0
    for pitches in ((60, 64, 64), (62, 65, 65), (59, 62, 62), (60,), (60, 64, 64), (62, 65, 65), (59, 62, 62), (60,)):
        for p in pitches:
            rows.append((on, 3.0 / len(pitches), p))
            on += 3.0 / len(pitches)
    melody = lay_on_grid(sing(rows, bpm))
    assert melody.meter.bar_beats == 3.0


def test_a_tempo_that_drifts_is_followed():
    rng = np.random.default_rng(5)
    clock, sung, beat, rows = 0.5, [], 0.55, []
    for bar in range(6):
        for place, dur in enumerate((1, 1, 0.5, 0.5, 1)):
            rows.append((dur, 60 + (bar * 3 + place * 2) % 9))
            sung.append(SungNote(clock, clock + 0.9 * dur * beat, rows[-1][1]))
            beat *= 1 + rng.normal(0.004, 0.008)
            clock += dur * beat
    melody = lay_on_grid(sung)
    steps = np.diff([note.onset_beats for note in melody.notes])
    assert np.allclose(steps, [row[0] for row in rows[:-1]])


def test_a_breath_is_no_rest_but_silence_is():
    rows = [(0, 1, 60), (1, 1, 62), (2, 2, 64), (4, 1, 65), (5, 1, 67), (6, 1, 64), (8, 1, 60), (9, 1, 62), (10, 2, 60)]
    sung = sing(rows, 96)
    sung[2] = SungNote(sung[2].onset_s, sung[2].offset_s - 0.1, 64)
    melody = lay_on_grid(sung, bpm=96)
    assert [note.duration_beats for note in melody.notes] == [1, 1, 2, 1, 1, 1, 1, 1, 2]


@pytest.mark.parametrize("swing", [0.58, 0.62, 2 / 3])
def test_swung_eighths_are_written_straight(swing):
    rows = [(4.0 * bar + on, 60 + (5 * bar + 2 * i) % 9)
            for bar in range(4) for i, on in enumerate((0, 1, 1.5, 2, 2.5, 3) if bar % 2 == 0 else (0, 0.5, 1, 1.5, 2))]
    beat = 60 / 120
    swung = [np.floor(a) + (swing if a % 1 else 0) for a, _ in rows]
    ends = [*swung[1:], swung[-1] + 2]
    sung = [SungNote(0.5 + a * beat, 0.5 + (a + 0.93 * (b - a)) * beat, p)
            for a, b, (_, p) in zip(swung, ends, rows, strict=True)]
    melody = lay_on_grid(sung)
    assert melody.swing == pytest.approx(swing, abs=0.03)
    assert np.allclose(np.diff([n.onset_beats for n in melody.notes]), np.diff([a for a, _ in rows]))


def test_straight_eighths_do_not_swing():
    rows = [(i * 0.5, 0.5, 60 + i % 5) for i in range(24)]
    assert lay_on_grid(sing(rows, 110)).swing == 0.5


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_notes_make_sense(count):
    melody = lay_on_grid(sing([(i, 1, 60 + 2 * i) for i in range(count)], 100))
    assert len(melody.notes) == count
    assert 40 <= melody.bpm <= 240


def test_notes_at_one_time_make_one():
    sung = [SungNote(0.5, 1.0, 60), SungNote(0.5, 0.9, 64), SungNote(1.0, 1.5, 62), SungNote(1.5, 2.0, 60)]
    assert len(lay_on_grid(sung).notes) == 3


@pytest.mark.long
def test_three_minutes_take_less_than_three_seconds():
    rows = [(i * 0.5, 0.5, 60 + (i * 5) % 12) for i in range(600)]
    sung = sing(rows, 100)
    lay_on_grid(sung[:20])
    started = time.process_time()
    assert len(lay_on_grid(sung).notes) == 600
    assert time.process_time() - started < 3
