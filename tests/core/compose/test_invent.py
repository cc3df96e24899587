"""Inventing: events and back, what no draft may do, variations, walks; with the shipped network."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compose.invent import blend, decode, ear, follow, fresh, reshape, runs, style, tokens, vary
from core.compose.invent.names import KINDS, MANNERS, STYLES
from core.music import GENRES, Key, Melody, Meter, Note
from tests.strategies import tunes

# A made-up phrase of eight bars
ROWS = [(0, 1, 67), (1, 0.5, 69), (1.5, 0.5, 71), (2, 1, 72), (3, 1, 67), (4, 1.5, 76), (5.5, 0.5, 74), (6, 2, 72),
        (8, 1, 74), (9, 0.5, 72), (9.5, 0.5, 71), (10, 1, 69), (11, 1, 71), (12, 4, 67)]
PHRASE = Melody(tuple(Note(float(on), float(length), pitch) for on, length, pitch in ROWS), 96.0, Key(0), Meter())
OTHER = Melody(tuple(Note(i * 1.0, 1.0, p) for i, p in enumerate((69, 72, 76, 74, 72, 71, 69, 68, 69, 64, 72, 69))),
               120.0, Key(9, "minor"), Meter(3, 4))


@given(tunes(min_notes=3, low=55, high=78))
@settings(max_examples=60, deadline=None)
def test_events_hold_pitches_and_onsets(melody):
    frame = tokens.frame_of(melody)
    if max(n.pitch for n in melody.notes) - min(n.pitch for n in melody.notes) > 14:
        return  # folded by octaves, as the vocabulary has it
    back = tokens.to_notes(tokens.to_events(melody, frame), frame)
    assert [(n.pitch, n.onset_beats) for n in back] == [(n.pitch, pytest.approx(n.onset_beats, abs=1 / 24))
                                                        for n in melody.notes]


def test_what_the_network_is_told():
    frame = tokens.frame_of(PHRASE, style=2)
    rows = tokens.read(tokens.to_events(PHRASE, frame), frame)
    assert rows[0, tokens.PITCH] == tokens.NONE
    assert rows[5, tokens.PLACE] == 0 and rows[5, tokens.BAR] == 1 and rows[5, tokens.LEFT] == 3
    assert rows[5, tokens.LAG_PITCH] == 67 - frame.tonic - tokens.LOWEST, "a bar ago there was the first note"
    assert rows[5, tokens.LAG_PITCH + 1] == tokens.NONE, "two bars ago there was nothing"
    assert (rows[:, tokens.STYLE] == 2).all()


def test_runs_know_a_tune_in_any_key_and_tempo_and_no_other():
    own = runs.note_runs(PHRASE.notes)
    assert len(own) == len(ROWS) - runs.NOTES + 1
    halved = tuple(Note(n.onset_beats / 2, n.duration_beats / 2, n.pitch + 5) for n in PHRASE.notes)
    assert runs.note_runs(halved) == own
    changed = tuple(Note(n.onset_beats, n.duration_beats, n.pitch + (i == 7)) for i, n in enumerate(PHRASE.notes))
    assert not runs.note_runs(changed) & own, "the eighth note is in every run"
    known = runs.Filter.of(own)
    assert all(run in known for run in own)
    strangers = np.random.default_rng(1).integers(0, 2**62, 2000)
    crowd = runs.Filter.of(frozenset(map(int, strangers[:1000])))
    assert np.mean([int(stranger) in crowd for stranger in strangers[1000:]]) < 0.05


@pytest.mark.parametrize("name", STYLES)
def test_a_tune_in_every_style(name):
    melody = fresh.fresh(name, bars=8, seed=3)
    assert melody.bars == 8
    assert (melody.notes[-1].pitch - melody.key.tonic_pc) % 12 in tokens.tonic_tones(melody.key)
    pitches = [n.pitch for n in melody.notes]
    assert max(pitches) - min(pitches) <= 24 and min(pitches) >= 40 and max(pitches) <= 96
    assert all(a.end_beats <= b.onset_beats + 1e-6 for a, b in pairwise(melody.notes))
    assert runs.copied(melody.notes) == 0
    frame = tokens.frame_of(melody)
    assert style.longest_repeat(tokens.to_events(melody, frame)) <= style.style_of(name).most_repeats
    assert MANNERS[name][0] in GENRES


def test_the_same_seed_the_same_tune_another_another():
    assert fresh.fresh("folk", bars=4, seed=5) == fresh.fresh("folk", bars=4, seed=5)
    assert fresh.fresh("folk", bars=4, seed=5) != fresh.fresh("folk", bars=4, seed=6)


def test_what_is_asked_for_is_kept():
    melody = fresh.fresh("mozart", bars=4, seed=1, key=Key.parse("F# minor"), meter=Meter(6, 8), bpm=77)
    assert (str(melody.key), str(melody.meter), melody.bpm, melody.bars) == ("F# minor", "6/8", 77, 4)


def test_a_phrase_comes_again_and_the_end_is_prepared():
    usual = style.style_of("folk")
    forms = [fresh.form_of(16, usual, np.random.default_rng(seed)) for seed in range(200)]
    returns = np.mean([any(bar >= 12 for bar in form.tunes) for form in forms])
    assert 0.6 < returns < 0.95, "the last phrase begins as an earlier one did, more often than not"
    assert all(lag in (4, 8, 12) and lag <= bar < 15 for form in forms for bar, lag in form.tunes.items())
    assert all(bar % 4 != 3 for form in forms for bar in form.tunes), "how a phrase ends is new"
    frame = tokens.Frame(Key(0), Meter(4, 4), 4)
    lean = fresh.form_leaning(fresh.Form({}, {}, frozenset()), frame)
    reader = tokens.Reader(frame)
    for bar in range(4):
        reader.take(tokens.Event(bar * 48, 2 - tokens.LOWEST, tokens.DURATIONS.index(36 if bar == 2 else 48)))
        if bar == 2:
            before = lean(reader)  # the last beat before the last bar
            assert before[7 - tokens.LOWEST].max() > before[5 - tokens.LOWEST].max(), "the dominant leads to the end"
            reader.take(tokens.Event(reader.onset, 7 - tokens.LOWEST, tokens.DURATIONS.index(12)))
            last = lean(reader)
            assert np.unravel_index(last.argmax(), last.shape) == (12 - tokens.LOWEST, tokens.DURATIONS.index(48))
            break


def test_even_textures_are_told_from_uneven_ones():
    events = tokens.to_events(PHRASE, tokens.frame_of(PHRASE))
    assert style.unevenness(events, 2 * 48) == pytest.approx(np.log2(8 / 6)), "eight notes, then six"


def test_the_ear_tells_a_hymn_from_running_sixteenths():
    steps = [0, 2, 4, 5, 7, 9, 7, 5, 4, 2, 0, 2, 4, 2, 0, -1]
    hymn = Melody(tuple(Note(float(i), 1.0, 60 + step) for i, step in enumerate([*steps, *steps])), 90.0, Key(0))
    running = Melody(tuple(Note(i / 4, 0.25, 60 + step) for i, step in enumerate(steps * 8)), 90.0, Key(0))
    heard = [ear.heard_as(tokens.to_events(tune, tokens.frame_of(tune)), False, 48) for tune in (hymn, running)]
    assert [np.exp(one).sum() for one in heard] == [pytest.approx(1.0)] * 2
    like_hymn = [one[STYLES.index("hymn")] - one[STYLES.index("bach")] for one in heard]
    assert like_hymn[0] > like_hymn[1] + 1, "even quarters are more like a hymn, running sixteenths like Bach"


def test_moves_are_shared_in_any_order_and_key():
    events = tokens.to_events(PHRASE, tokens.frame_of(PHRASE))
    higher = tokens.to_events(Melody(tuple(Note(n.onset_beats, n.duration_beats, n.pitch + 2) for n in PHRASE.notes),
                                     96.0, Key(2)), tokens.frame_of(PHRASE))
    other = tokens.to_events(OTHER, tokens.frame_of(OTHER))
    assert blend.shared_moves(events, higher) == 1.0 > blend.shared_moves(events, other)


def test_nothing_forbidden_is_possible():
    frame = tokens.Frame(Key(0), Meter(4, 4), 1)
    draft = decode.Draft(tokens.Reader(frame))
    manner = decode.Manner(most_repeats=2, widest=5)
    assert not decode.possible(draft, manner)[tokens.REST].any(), "no rest in front"
    pitch = -tokens.LOWEST  # the tonic
    for onset in (0, 12):
        decode._take(draft, tokens.Event(onset, pitch, tokens.DURATIONS.index(12)))
    allowed = decode.possible(draft, manner)
    assert not allowed[pitch].any(), "twice is enough"
    assert not allowed[pitch + 6:tokens.REST].any(), "too high"
    ends = tokens.DURATIONS.index(24)
    assert allowed[pitch + 4, ends] and not allowed[pitch + 2, ends], "it may end on the third, not on the second"
    assert not allowed[pitch + 4, tokens.DURATIONS.index(21)], "which would leave no room to end"


def test_going_on():
    longer = follow.follow(PHRASE, bars=4, seed=1)
    count = len(PHRASE.notes)
    assert longer.notes[:count] == PHRASE.notes
    assert (longer.key, longer.meter, longer.bpm, longer.bars) == (PHRASE.key, PHRASE.meter, 96.0, 8)
    assert (longer.notes[-1].pitch - longer.key.tonic_pc) % 12 in tokens.tonic_tones(longer.key)
    frame = tokens.frame_of(longer)
    first, more = (tokens.to_events(Melody(part, 96.0), frame) for part in (longer.notes[:count], longer.notes[count:]))
    assert follow.motifs(first) & follow.motifs(more)


def test_an_answer_ends_on_the_root_and_in_the_key():
    for tune in (PHRASE, OTHER):
        longer = follow.follow(tune, bars=4, seed=2)
        assert (longer.notes[-1].pitch - tune.key.tonic_pc) % 12 == 0
    frame = tokens.frame_of(PHRASE)
    higher = Melody(tuple(Note(n.onset_beats, n.duration_beats, n.pitch + 2) for n in PHRASE.notes), 96.0, Key(0))
    assert style.lead_of_key(tokens.to_events(PHRASE, frame), minor=False) > 0
    assert style.lead_of_key(tokens.to_events(higher, frame), minor=False) < 0, "a step higher it is in D"
    events = tokens.to_events(OTHER, tokens.frame_of(OTHER))
    assert follow.home(events, tokens.frame_of(OTHER)) == {0, 2, 3, 5, 7, 8, 10, 11}, "minor with its leading tone"


def test_a_draft_that_only_repeats_itself_or_hammers_its_last_note_falls_behind():
    frame = tokens.frame_of(PHRASE)
    events = tokens.to_events(PHRASE, frame)
    assert style.same_at_end(events) == 1 and style.returns(events, 48) == 0
    twice = (*events, *tokens.moved(events, 4 * 48))
    assert style.returns(twice, 48) == 1.0, "every bar that could come again does"
    beat = tokens.DURATIONS.index(12)
    held = (*events, *(tokens.Event(frame.end + 12 * i, events[-1].pitch, beat) for i in range(3)))
    assert style.same_at_end(held) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_variations_differ_and_keep_the_skeleton(kind):
    varied = vary.varied(PHRASE, kind, seed=2)
    assert varied.notes != PHRASE.notes
    assert varied == vary.varied(PHRASE, kind, seed=2)
    assert all(a.end_beats <= b.onset_beats + 1e-6 for a, b in pairwise(varied.notes))
    assert all(n.duration_beats > 0.1 for n in varied.notes)
    if kind in ("rhythm", "ornament", "simplify", "paraphrase"):
        pillars = {(n.onset_beats, n.pitch) for n in PHRASE.notes if vary.strong(PHRASE, n)}
        kept = pillars & {(n.onset_beats, n.pitch) for n in varied.notes}
        assert len(kept) >= 0.8 * len(pillars)
    assert (varied.key.mode != "major") == (kind == "mode")
    assert (varied.meter != PHRASE.meter) == (kind == "meter")


@given(tunes(min_notes=4, low=55, high=80), st.sampled_from([k for k in KINDS if k != "paraphrase"]))
@settings(max_examples=80, deadline=None)
def test_any_tune_can_be_varied(melody, kind):
    notes = vary.varied(melody, kind, 1).notes
    assert notes and all(n.duration_beats > 0 and 0 <= n.pitch <= 127 for n in notes)
    assert all(a.onset_beats < b.onset_beats for a, b in pairwise(notes))


def test_a_walk_leads_from_one_tune_to_the_other():
    walk = blend.blended(PHRASE, OTHER, 5, seed=1)
    assert len(walk) == 5
    assert (walk[0].meter, walk[-1].meter) == (PHRASE.meter, OTHER.meter)
    assert walk[0].bpm == pytest.approx(96) and walk[-1].bpm == pytest.approx(120)
    pitches = [[{n.pitch % 12 for n in tune.notes} for tune in (walk[0], walk[-1])]]
    assert pitches[0][0] != pitches[0][1]
    frame = tokens.frame_of(PHRASE)
    events = tokens.to_events(PHRASE, frame)
    near, far = (tokens.to_events(tune, tokens.frame_of(tune)) for tune in (walk[0], walk[-1]))
    assert blend.likeness(near, events, frame.end) > 0.5 > blend.likeness(far, events, frame.end)


def test_meters_bend_there_and_bars_stay():
    waltz = reshape.in_meter(PHRASE, Meter(3, 4))
    assert waltz.bars == PHRASE.bars and len(waltz.notes) == len(PHRASE.notes)
    assert reshape.in_mode(reshape.in_mode(PHRASE, True), False).key == PHRASE.key
    assert reshape.of_length(PHRASE, 10).bars == 10 and reshape.of_length(PHRASE, 2).bars == 2
    assert reshape.scale_step(64, 1, Key(0)) == 65 and reshape.scale_step(60, -1, Key(0)) == 59
