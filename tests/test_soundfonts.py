"""soundfonts.toml tells the truth about the fonts on this machine."""

import hashlib
import tomllib
from pathlib import Path

from core.perform.synth import find_soundfont

LIST = Path(__file__).parents[1] / "soundfonts" / "soundfonts.toml"


def test_the_font_in_use_is_listed_with_its_licence():
    fonts = tomllib.loads(LIST.read_text())
    assert all(font["licence"] and font["author"] and font["package"] for font in fonts.values())
    path = find_soundfont()
    known = {font["sha256"]: font for font in fonts.values()}
    if path.name in ("FluidR3_GM.sf2", "TimGM6mb.sf2"):
        found = known[hashlib.sha256(path.read_bytes()).hexdigest()]
        assert found["bytes"] == path.stat().st_size
