"""The drums: bars that groove but never loop, fills before changes, crashes after them, human touch."""

from itertools import pairwise
from statistics import median
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.band import drum_bars, fills, jaccard, microtiming_ms
from core.compose.arrange import arrange
from core.compose.limbs import own_groove
from core.compose.styles import Grid, load_styles
from core.compose.touch import load_touch, place_in_bar
from core.music import GENRES, Wish
from core.theory import GM_DRUMS
from tests.core.compose import sheets


@pytest.mark.parametrize("genre", GENRES)
def test_bars_groove_and_do_not_loop(genre):
    songs = [arrange(sheets.UPBEAT, Wish(seed=seed), genre=genre) for seed in range(4)]
    bars = [drum_bars(song) for song in songs]
    assert 0.45 <= median(jaccard(a, b) for row in bars for a, b in pairwise(row) if a and b) <= 0.98
    loops = [len(set(row[i:i + 4])) == 1 for row in bars for i in range(len(row) - 3)]
    assert np.mean(loops) < 0.1
    assert np.mean([f for song, row in zip(songs, bars, strict=True) for f in fills(song, row)]) > 0.8
    assert median(float(np.std([n.velocity for n in s.track("drums").notes])) for s in songs) > 8


@pytest.mark.parametrize("genre", GENRES)
def test_hands_are_uneven_and_machines_are_not(genre):
    spreads = []
    for seed in range(4):
        song = arrange(sheets.UPBEAT, Wish(seed=seed), genre=genre)
        if next(s for s in load_styles()[genre] if s.name == song.style).machine:
            assert microtiming_ms(song, drift=True) < 1
        else:
            spreads.append(microtiming_ms(song))
            assert spreads[-1] < microtiming_ms(song, drift=True) < 24
    assert not spreads or 4 <= median(spreads) <= 17  # people: 13 to 19


def test_feel_scales_the_unevenness():
    loose, tight = (arrange(sheets.UPBEAT, Wish(seed=1, feel=feel), genre="rock") for feel in ("loose", "tight"))
    assert microtiming_ms(tight) < 0.6 * microtiming_ms(loose)


def test_the_foot_is_free_when_it_treads_and_machines_have_none():
    """The hats are closed by hand or by foot, never both at once."""
    for genre in ("rock", "pop", "funk", "hiphop", "electronic"):
        for seed in range(3):
            song = arrange(sheets.UPBEAT, Wish(seed=seed), genre=genre)
            strokes = song.track("drums").notes
            treads = [n.onset_beats for n in strokes if n.pitch == GM_DRUMS["hat_pedal"]]
            by_hand = {GM_DRUMS["hat_closed"], GM_DRUMS["hat_open"]}
            hats = np.array([n.onset_beats for n in strokes if n.pitch in by_hand])
            if next(s for s in load_styles()[genre] if s.name == song.style).machine:
                assert not treads
            late_s = [float(np.abs(hats - at).min()) * 60 / song.bpm for at in treads if len(hats)]
            assert np.mean([gap > 0.03 for gap in late_s] or [1.0]) > 0.8


def test_a_drummers_own_strokes_are_the_same_in_each_bar_of_a_groove():
    song = arrange(sheets.UPBEAT, Wish(seed=1), genre="funk")
    style = next(s for s in load_styles()["funk"] if s.name == song.style)
    bar = "x.x.x.x.x.x.x.x."
    written = Grid("4/4", {"hat_closed": bar * 2, "snare": "....X.......X..." * 2, "kick": "X.......X......." * 2}, 16)
    session = SimpleNamespace(style=style, swing=0.5)
    grooves = [own_groove(session, written, 0.5, np.random.default_rng(seed)) for seed in range(8)]
    assert all(row[:16] == row[16:] for groove in grooves for row in groove.lines.values())
    assert any("g" in groove.lines["snare"] for groove in grooves)
    assert len({groove.lines["snare"] for groove in grooves}) > 3
    machine = SimpleNamespace(style=next(s for s in load_styles()["electronic"] if s.machine), swing=0.5)
    assert own_groove(machine, written, 0.9, np.random.default_rng(1)) == written


def test_a_crash_opens_a_strong_section():
    song = arrange(sheets.UPBEAT, Wish(seed=2), genre="rock")
    crashes = [n.onset_beats for n in song.track("drums").notes if n.pitch in (GM_DRUMS["crash"], GM_DRUMS["crash_2"])]
    for section in song.sections:
        if section.name == "statement" and section.intensity > 0.5:
            assert any(abs(at - section.onset_beats) < 0.15 for at in crashes)


def test_jazz_rides_and_reggae_drops_the_one():
    jazz = next(s for seed in range(20) for s in [arrange(sheets.UPBEAT, Wish(seed=seed), genre="jazz")]
                if s.style == "swing")
    assert sum(n.pitch == GM_DRUMS["ride"] for n in jazz.track("drums").notes) > 60
    slow = sheets.sheet([(i, 1, 60 + i % 5) for i in range(32)], [(0, 32, "C")], bpm=76)
    reggae = arrange(slow, Wish(seed=1), genre="reggae")
    assert reggae.style == "one drop"
    statement = next(s for s in reggae.sections if s.name == "statement")
    bars = drum_bars(reggae)[int(statement.onset_beats / 4) + 1:int(statement.end_beats / 4) - 1]
    assert np.mean([(GM_DRUMS["kick"], 8) in bar for bar in bars]) > 0.7


def test_the_touch_table_is_whole():
    touch = load_touch()
    assert {"any", "rock", "jazz", "funk", "latin", "hiphop"} <= set(touch)
    assert touch["any"]["ghost"]["fine"][0] < touch["any"]["snare"]["beat"][0]
    assert [place_in_bar(beats, 4.0) for beats in (0.0, 3.98, 1.0, 2.5, 2.64, 0.25)] == [
        "downbeat", "downbeat", "beat", "half", "half", "fine"]
