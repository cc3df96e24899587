"""Pictures: right size, the tune's own, quick, and safe against any title."""

import io
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.music import GENRES, Key, LeadSheet, Melody, Note
from core.perform.cover import draw_cover, draw_roll
from core.perform.sleeves import SLEEVES, key_sign
from tests.core.perform.songs import demo_song


def picture(data):
    return Image.open(io.BytesIO(data))


def with_tune(song, *pitches):
    tune = Melody(tuple(Note(float(beat), 0.9, pitch) for beat, pitch in enumerate(pitches)), 120.0)
    return replace(song, lead_sheet=LeadSheet(tune, ()))


@pytest.mark.parametrize("genre", GENRES)
def test_every_genre_has_a_sleeve_of_its_own(genre):
    cover = picture(draw_cover(demo_song(8, genre=genre)))
    assert (cover.format, cover.size, cover.mode) == ("JPEG", (640, 640), "RGB")
    assert np.asarray(cover).std() > 20
    assert genre in SLEEVES


def test_the_picture_is_drawn_from_the_tune():
    for genre in GENRES:
        song = demo_song(8, genre=genre)
        rising, falling = with_tune(song, *range(60, 76)), with_tune(song, *range(75, 59, -1))
        assert draw_cover(rising) == draw_cover(rising)
        one, other = (np.asarray(picture(draw_cover(s)), dtype=float) for s in (rising, falling))
        assert np.abs(one - other).max(axis=2).__gt__(40).mean() > 0.02, genre


@pytest.mark.parametrize(
    "title", ["", "A", "Song of " * 30, "\0\n\u202e", "Ωδή στη χαρά", "日本の歌 🎶", "Ça va bien — là-bas"]
)
def test_any_title_fits(title):
    song = replace(demo_song(4), title=title, key=Key(10, "minor"))
    cover = np.asarray(picture(draw_cover(song)), dtype=float)
    assert np.abs(np.diff(cover[-36:, :, 0], axis=0)).max() < 90  # nothing runs over the lower edge
    assert picture(draw_roll(song)).size == (1600, 820)


def test_songs_of_one_note_or_none_have_pictures():
    song = with_tune(demo_song(4), 60)
    assert picture(draw_cover(song)).size == (640, 640)
    bare = replace(song, notes=(), tracks=(), sections=(), chords=(), lead_sheet=LeadSheet(Melody((), 120.0), ()))
    assert picture(draw_cover(bare)).size == (640, 640)
    assert picture(draw_roll(bare)).size == (1600, 820)


def test_a_cover_takes_no_time():
    song = demo_song()
    draw_cover(song)
    times = []
    for _ in range(5):
        start = time.process_time()
        draw_cover(song)
        times.append(time.process_time() - start)
    assert min(times) < 0.2  # 0.03 s on an idle core


def test_signs_are_signs():
    assert key_sign(Key(10, "major")) == "B♭ major"
    assert key_sign("F#m7b5/A#") == "F♯m7b5/A♯"
