from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music import Key, Meter, Note
from core.perform.sheet.bars import Signature, lay_bars
from core.perform.sheet.lead import one_line
from core.perform.sheet.quantize import quantize
from core.perform.sheet.score import TICKS, BarLine, Pitch, Value
from core.perform.sheet.values import KINDS, cut_note, cut_rest
from core.perform.sheet.voices import Sounding, write_voice

C4 = (Pitch("C", 0, 4),)
METERS = ["4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "2/2", "5/4", "7/8", "3/8", "5/8"]


def bar(meter="4/4", upbeat_ticks=0):
    full = round(Meter.parse(meter).bar_beats * TICKS)
    length = upbeat_ticks or full
    return BarLine(full - length, length, Meter.parse(meter), Key(), 0 if upbeat_ticks else 1)


def written(spans, meter="4/4", **named):
    """Values of notes at (onset, end) ticks, as letters: q quarter, e eighth ...; dots, ties and rests marked."""
    letters = {1: "w", 2: "h", 4: "q", 8: "e", 16: "s", 32: "t"}
    line = write_voice(bar(meter), [Sounding(a, b, C4) for a, b in spans], **named)
    return " ".join(("r" if v.is_rest else "") + letters[v.kind] + "." * v.dots
                    + ("3" if v.tuplet else "") + ("~" if v.heads and v.heads[0].tie_from else "") for v in line)


def sounding_ticks(value: Value) -> Fraction:
    """How long a value lasts by its own sign, whatever ``duration`` says."""
    ticks = Fraction(4 * TICKS, value.kind) * (2 - Fraction(1, 2**value.dots))
    return ticks * Fraction(value.tuplet.normal, value.tuplet.actual) if value.tuplet else ticks


@pytest.mark.parametrize(("spans", "expected"), [
    ([(0, 96)], "w"),
    ([(0, 24), (24, 96)], "q h."),
    ([(0, 36), (36, 48), (48, 96)], "q. e h"),
    ([(0, 12), (12, 36), (36, 96)], "e q e~ h"),           # the middle of the bar shows
    ([(0, 12), (12, 24), (24, 60), (60, 96)], "e e q~ e q."),
    ([(0, 24), (24, 72), (72, 96)], "q h q"),              # the plainest syncopation hides it
    ([(0, 18), (18, 30), (30, 48), (48, 96)], "e. s~ s e. h"),
    ([(0, 24)], "q rq rh"),
    ([(24, 36)], "rq e re rh"),
    ([(0, 8), (8, 16), (16, 24), (24, 96)], "e3 e3 e3 h."),
    ([(0, 16), (16, 24), (24, 96)], "q3 e3 h."),
    ([(0, 16), (16, 32), (32, 48), (48, 96)], "q3 q3 q3 h"),
    ([(0, 4), (4, 8), (8, 12), (12, 24), (24, 96)], "s3 s3 s3 e h."),
])
def test_values_in_four_four(spans, expected):
    assert written(spans) == expected


@pytest.mark.parametrize(("meter", "spans", "expected"), [
    ("6/8", [(0, 24), (24, 36), (36, 72)], "q e q."),
    ("6/8", [(0, 12), (12, 48), (48, 72)], "e q~ e q"),    # no note hides the second pulse
    ("6/8", [(0, 36)], "q. rq."),
    ("6/8", [(36, 48)], "rq. e re re"),
    ("3/4", [(0, 72)], "h."),
    ("3/4", [(24, 72)], "rq h"),
    ("3/4", [(0, 24)], "q rq rq"),
    ("3/4", [(12, 60), (60, 72)], "re e~ q. e"),
    ("2/2", [(0, 24), (24, 72), (72, 96)], "q h q"),
])
def test_values_in_other_meters(meter, spans, expected):
    assert written(spans, meter) == expected


def test_an_empty_bar_is_one_rest_and_a_second_voice_hides_it():
    (rest,) = write_voice(bar("3/4"), [])
    assert (rest.whole_bar, rest.duration, rest.hidden) == (True, 72, False)
    (hidden,) = write_voice(bar("3/4"), [], hide_rests=True)
    assert hidden.hidden


def test_an_upbeat_is_cut_as_the_end_of_its_bar():
    values = write_voice(bar("4/4", upbeat_ticks=36), [Sounding(60, 72, C4), Sounding(72, 96, C4)])
    assert [(v.onset, v.kind) for v in values] == [(0, 8), (12, 4)]


def test_a_note_over_the_bar_line_is_tied():
    long = [Sounding(72, 120, C4)]
    first = BarLine(0, 96, Meter(), Key(), 1)
    last = BarLine(96, 96, Meter(), Key(), 2, is_last=True)
    assert write_voice(first, long)[-1].heads[0].tie_from
    head = write_voice(last, long)[0].heads[0]
    assert head.tie_to and not head.tie_from


def test_beams_follow_the_beats_and_halves():
    def beams(spans, meter="4/4"):
        return [v.beams for v in write_voice(bar(meter), [Sounding(a, b, C4) for a, b in spans])]

    eighths = [(i, i + 12) for i in range(0, 96, 12)]
    assert [b[0] for b in beams(eighths)] == ["begin", "continue", "continue", "end"] * 2
    mixed = beams([(0, 18), (18, 24), (24, 36), (36, 48), (48, 96)])
    assert mixed == [("begin",), ("end", "backward hook"), ("begin",), ("end",), ()]
    assert [b[0] for b in beams([(i, i + 12) for i in range(0, 72, 12)], "6/8")] == ["begin", "continue", "end"] * 2
    assert beams([(0, 12), (24, 36), (48, 96)])[0] == ()  # a lone eighth has a flag


notes = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 120), st.integers(40, 90)), min_size=1, max_size=40)


@given(notes, st.sampled_from(METERS), st.sampled_from([4, 24, 50]))
def test_every_bar_is_exactly_full_and_nothing_is_lost(rows, meter, grid):
    """Whatever is played, the signs on the page last as long as the bar, and each note begins once."""
    signatures = [Signature(0.0, Meter.parse(meter), Key())]
    played = [Note(onset / grid, duration / grid, pitch) for onset, duration, pitch in rows]
    line = one_line(quantize(played, signatures, written=False))
    bars = lay_bars(signatures, line[0].onset, max(n.end for n in line))
    sounding = [Sounding(n.onset, n.end, C4) for n in line]
    begun = 0
    for one in bars:
        values = write_voice(one, sounding)
        assert sum(v.duration for v in values) == one.length
        assert [v.onset for v in values[1:]] == [v.end for v in values[:-1]]
        for value in values:
            assert value.whole_bar or sounding_ticks(value) == value.duration
            begun += bool(value.heads) and not value.heads[0].tie_to
        open_tuplets = sum((v.tuplet_edge == "start") - (v.tuplet_edge == "stop") for v in values)
        assert open_tuplets == 0
    assert begun == len(line)


@given(st.sampled_from(METERS), st.integers(0, 40), st.integers(1, 40))
def test_pieces_of_notes_and_rests_last_as_long_as_they_say(meter, onset, steps):
    full = round(Meter.parse(meter).bar_beats * TICKS)
    start, end = 3 * onset, 3 * (onset + steps)
    if end <= full:
        for cut in (cut_note, cut_rest):
            pieces = cut(Meter.parse(meter), start, end)
            assert pieces[0].onset == start and pieces[-1].end == end
            ticks = {kind: ticks for ticks, kind in KINDS.items()}
            assert all(p.end - p.onset == ticks[p.kind] * 3 // 2 if p.dots else p.end - p.onset == ticks[p.kind]
                       for p in pieces)
