"""Channel strips: what they cut, how they hold the level, and who makes room for the kick."""

from dataclasses import replace

import numpy as np
import pytest

from core.music import Note, Song, Track
from core.perform.strip import RATE, bites, kicks_of, strip_of, through_strip
from tests.core.perform.songs import demo_song

NO_KICKS = np.zeros(0)


def tone(hz, seconds=2.0, level=0.3):
    wave = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave, wave]).astype(np.float32)


def level_db(stem, start_s, end_s):
    return 10 * np.log10(np.mean(np.square(stem[:, round(start_s * RATE):round(end_s * RATE)])))


@pytest.mark.parametrize(("role", "program"), [("drums", 0), ("bass", 33), ("melody", 65), ("chords", 0), ("pad", 89)])
def test_the_bell_rings_where_it_is_said_to(role, program):
    track = Track(role, program, ())
    centre, gain_db, _ = strip_of(track).bell
    for hz, expected in ((centre, gain_db), (max(centre / 12, 90.0), 0.0), (min(centre * 12, 15_000.0), 0.0)):
        stem = tone(hz)
        through_strip(stem, track, NO_KICKS)
        assert level_db(stem, 0.5, 1.5) - level_db(tone(hz), 0.5, 1.5) == pytest.approx(expected, abs=0.9)


def test_loud_moments_come_down_and_soft_ones_stay():
    stem = tone(80.0, 4.0)
    stem[:, :2 * RATE] *= 0.2
    before = stem.copy()
    through_strip(stem, Track("bass", 33, ()), NO_KICKS)
    assert level_db(stem, 0.5, 1.5) - level_db(before, 0.5, 1.5) == pytest.approx(0, abs=0.6)
    assert -6 < level_db(stem, 3, 3.8) - level_db(before, 3, 3.8) < -1


def test_a_kick_presses_down_who_yields_to_it_and_nobody_else():
    kicks = kicks_of((Note(2.0, 0.1, 36, 100), Note(3.0, 0.1, 38, 100)), 120.0)
    assert kicks.tolist() == [1.0]
    for duck, expected in ((6.0, -6.0), (0.0, 0.0)):
        stem = tone(700.0)
        through_strip(stem, Track("voices", 53, (), duck_db=duck), kicks)
        assert level_db(stem, 1.005, 1.015) - level_db(stem, 0.9, 0.98) == pytest.approx(expected, abs=0.8)
        assert level_db(stem, 1.25, 1.4) - level_db(stem, 0.9, 0.98) == pytest.approx(0, abs=0.1)


def test_a_bowed_lead_bites_at_its_onsets_and_nobody_else_does():
    fiddle = Track("melody", 110, ())
    assert bites(fiddle)
    assert not bites(Track("counter", 110, ())) and not bites(Track("melody", 73, ()))
    plain, accented = tone(700.0), tone(700.0)
    through_strip(plain, fiddle, NO_KICKS)
    through_strip(accented, fiddle, NO_KICKS, np.array([1.0]))
    assert level_db(accented, 1.01, 1.03) - level_db(plain, 1.01, 1.03) == pytest.approx(5.0, abs=0.5)
    assert level_db(accented, 1.25, 1.5) - level_db(plain, 1.25, 1.5) == pytest.approx(0, abs=0.1)


def test_silence_stays_silence():
    stem = np.zeros((2, 50_000), np.float32)
    through_strip(stem, Track("drums", 0, ()), np.array([0.2]))
    assert np.abs(stem).max() < 1e-12


def test_a_stored_song_keeps_who_yields():
    song = demo_song(bars=4)
    ducked = replace(song, tracks=tuple(replace(t, duck_db=5.0 if t.role == "pad" else 0.0) for t in song.tracks))
    stored = ducked.to_json()
    assert [("duck_db" in track) for track in stored["tracks"]] == [t.role == "pad" for t in song.tracks]
    assert Song.from_json(stored).track("pad").duck_db == 5.0
