"""Style files: all twelve genres are whole, and a mistake is named with its line."""

import pytest

from core.compose.styles import StyleError, load_styles
from core.compose.styles.schema import read_genre
from core.music import GENRES

GOOD = '''genre = "polka"

[[style]]
name = "village"
tempo = [100, 140]
energy = 0.6

[[style.groove]]
meter = "4/4"
grid = """
kick   X.......X.......
snare  ....x.......x...
"""

[[style.player]]
role = "melody"
kind = "melody"
instruments = ["accordion"]
range = [60, 84]

[[style.player]]
role = "chords"
kind = "comp"
instruments = ["accordion"]
range = [50, 70]
[style.player.patterns]
"4/4" = ["..x-..x-..x-..x-"]

[[style.player]]
role = "bass"
kind = "bass"
instruments = ["tuba"]
range = [28, 48]
'''


def read(tmp_path, text):
    path = tmp_path / "polka.toml"
    path.write_text(text)
    return read_genre(path)


def test_twelve_genres_two_styles_each_all_meters():
    styles = load_styles()
    assert sorted(styles) == sorted(GENRES)
    for genre, rows in styles.items():
        assert len(rows) >= 2, genre
        assert {"4/4", "3/4", "6/8"} <= frozenset().union(*(style.meters for style in rows)), genre
        for style in rows:
            kinds = {player.kind for player in style.players}
            assert {"melody", "bass", "comp", "pad", "counter"} <= kinds
            assert len({player.role for player in style.players}) == len(style.players)


def test_a_good_file_reads(tmp_path):
    style, = read(tmp_path, GOOD)
    assert style.meters == {"4/4"} and style.player("bass").instruments == ("tuba",)


@pytest.mark.parametrize(("old", "new", "line", "word"), [
    ('"tuba"', '"sousaphone"', 32, "sousaphone"),
    ("tempo = [100, 140]", "tempo = [140, 100]", 5, "tempo"),
    ("energy = 0.6", "energi = 0.6", 6, "energi"),
    ("..x-..x-..x-..x-", "..x-..x-..y-..x-", 27, "'y'"),
    ("..x-..x-..x-..x-", "..x-..x-", 27, "8 steps"),
    ("snare  ....x", "spoon  ....x", 10, "spoon"),
    ("X.......X.......", "X.......X....", 10, "lengths"),
    ("range = [28, 48]", "range = 28", 33, "range"),
    ('genre = "polka"', 'genre = "waltz"', 1, "polka"),
    ('kind = "bass"', 'kind = "brass"', 31, "brass"),
    ("range = [60, 84]", "", 15, "range"),
])
def test_a_mistake_is_named_with_its_line(tmp_path, old, new, line, word):
    with pytest.raises(StyleError) as error:
        read(tmp_path, GOOD.replace(old, new))
    assert f"polka.toml:{line}:" in str(error.value)
    assert word in str(error.value)


def test_a_broken_toml_says_where(tmp_path):
    with pytest.raises(StyleError, match="line 3"):
        read(tmp_path, GOOD.replace("[[style]]", "[[style", 1))
