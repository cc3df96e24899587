"""The form: whole bars, upbeats with something to lean on, lengths as wished, sections that grow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compose.form import choose_shape, plan_form
from core.compose.stages import stage_bars
from core.compose.tune import take_tune
from core.music import Key, Meter
from tests.core.compose import sheets


def plan(sheet, seed=1, **options):
    return plan_form(sheet, bpm=sheet.melody.bpm, length_s=None, intro_kind="loop", ending_kind="tag",
                     rng=np.random.default_rng(seed), **options)


def test_an_upbeat_lies_before_the_first_bar():
    tune = take_tune(sheets.UPBEAT)
    assert tune.bars == 8 and tune.upbeat_beats == 1.0
    assert tune.notes[0].onset_beats == -1.0
    assert tune.notes[-1].end_beats <= 31.0  # the last bar leaves room for the upbeat of a repeat
    assert [c.symbol for c in tune.chords][:3] == ["C", "F", "D7"]


def test_a_bar_grows_into_a_period():
    tune = take_tune(sheets.THREE_NOTES)
    assert tune.bars == 4
    assert [c.symbol for c in tune.chords] == ["C", "F", "C"]
    third = [n.pitch for n in tune.notes if 8 <= n.onset_beats < 12]
    assert third == [65, 69, 72]  # C E G, four steps of the scale higher


@pytest.mark.parametrize("name", sheets.ALL)
def test_sections_chords_and_melody_fit_together(name):
    sheet = sheets.ALL[name]
    form = plan(sheet)
    at = 0.0
    for section in form.sections:
        assert section.onset_beats == pytest.approx(at)
        assert 0 < section.intensity <= 1
        at = section.end_beats
    assert form.chords[-1].end_beats == pytest.approx(at)
    assert all(before.end_beats <= note.onset_beats + 1e-6
               for before, note in zip(form.notes, form.notes[1:], strict=False))
    statements = [s for s in form.sections if s.name == "statement"]
    assert [s.intensity for s in statements] == sorted(s.intensity for s in statements)
    assert form.chords[-1].root_pc == sheet.melody.key.tonic_pc


def test_the_upbeat_is_heard_in_the_intro():
    form = plan(sheets.UPBEAT)
    intro, statement = form.sections[0], form.sections[1]
    assert intro.name == "intro"
    assert form.notes[0].onset_beats == statement.onset_beats - 1


@given(bars=st.integers(4, 40), bar_s=st.floats(0.9, 5), length_s=st.floats(20, 150), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_any_length_is_met_within_a_bar(bars, bar_s, length_s, seed):
    shape = choose_shape(bars, bar_s, length_s, np.random.default_rng(seed))
    assert abs(shape.bars * bar_s - max(length_s, 3 * bar_s)) <= 1.01 * bar_s


@given(bars=st.integers(4, 30), bar_s=st.floats(0.9, 4), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_without_a_wish_the_tune_is_whole_and_the_song_not_too_long(bars, bar_s, seed):
    shape = choose_shape(bars, bar_s, None, np.random.default_rng(seed))
    assert shape.body == bars and shape.statements >= 1
    assert 20 <= shape.bars * bar_s <= max(120, (bars + 5) * bar_s)


def test_a_tune_without_chords_stands_on_its_tonic():
    bare = sheets.sheet([(0, 2, 62), (2, 2, 65)], [], key="D minor")
    assert {c.symbol for c in take_tune(bare).chords} <= {"Dm", "Gm"}
    assert take_tune(bare).meter == Meter(4, 4) and bare.melody.key == Key(2, "minor")


def test_a_long_tune_is_told_in_stages_that_grow():
    form = plan(sheets.LONG)
    first, after = form.tellings[-1]
    stages = form.sections[first:after]
    assert len(form.tellings) == 1 and len(stages) == 4
    assert all(stage.duration_beats % 16 == 0 for stage in stages[:-1])
    assert sum(stage.duration_beats for stage in stages) == form.tune.beats
    assert stages[-1].intensity - stages[0].intensity > 0.2


@given(bars=st.integers(1, 60), bar_s=st.floats(0.9, 5))
@settings(max_examples=40, deadline=None)
def test_stages_fill_the_statement_with_whole_phrases(bars, bar_s):
    lengths = stage_bars(take_tune(sheets.LONG), bars, bar_s)
    assert sum(lengths) == bars
    assert all(length % 4 == 0 for length in lengths[:-1]) and all(length >= 4 for length in lengths[1:])
    assert len(lengths) == 1 or bars * bar_s >= 24
