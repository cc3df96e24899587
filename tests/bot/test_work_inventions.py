"""What a worker composes, with the real model."""

import pytest

from bot import work_inventions
from core import studio
from core.music import GENRES, Wish
from tests.bot.double import SHEET, compose

WISH = Wish(feel="loose").to_json()
HERS = compose(SHEET, Wish(), "Hers").to_json()
HIS = compose(SHEET.transposed(5), Wish(), "His").to_json()


def made(kind, **payload):
    return work_inventions.compose(kind, {"title": "T", "seed": 3, "wish": WISH, **payload})


@pytest.mark.parametrize("style", ["bach", "jazz", "game"])
def test_a_style_has_a_band_of_its_own(style):
    song = made("invent", style=style, bars=4)
    assert song.genre == studio.genre_of_style(style) and song.genre in GENRES
    assert song.wish.feel == "loose" and song.lead_sheet.chords
    assert song.to_json() == made("invent", style=style, bars=4).to_json(), "tried again, it is the same"


@pytest.mark.parametrize(("kind", "more"), [
    ("continue", {"bars": 4}), ("vary", {"way": None}), ("vary", {"way": "simplify"}),
    ("blend", {"other": HIS, "step": 1}), ("blend", {"other": HIS, "step": 5})])
def test_a_song_grows_from_a_song_in_its_genre(kind, more):
    song = made(kind, song=HERS, wish=Wish(genre="pop").to_json(), **more)
    assert song.genre == "pop" and len(song.lead_sheet.melody.notes) >= 3 and len(song.tracks) >= 4
