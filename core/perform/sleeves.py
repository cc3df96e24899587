"""The look of each genre, as data: colours, manner of drawing, typeface. And the fonts."""

import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Sleeve:
    """A genre's look: ground colours (top, bottom), ink for text, accents, manner, and typeface."""

    top: str
    bottom: str
    ink: str
    accents: tuple[str, ...]
    manner: str
    serif: bool = False


SLEEVES = {
    "rock": Sleeve("#17110f", "#3a0f0c", "#f6ead9", ("#ff4b2b", "#ff9a3c", "#f6ead9"), "beams"),
    "jazz": Sleeve("#f3e9d2", "#e9d8b4", "#14213d", ("#14213d", "#e4572e", "#2a9d8f", "#f2a541"), "blocks", True),
    "electronic": Sleeve("#0b0630", "#2a0a4a", "#f2f0ff", ("#00e5ff", "#ff2fb9", "#8a5cff"), "rings"),
    "pop": Sleeve("#ff8fab", "#ffc8a2", "#3d1440", ("#ffffff", "#3d1440", "#ff3d7f", "#ffd23f"), "dots"),
    "folk": Sleeve("#f6efdd", "#f0d9a8", "#f8f1df", ("#d9a441", "#a3b18a", "#588157", "#344e41"), "hills", True),
    "classical": Sleeve("#f7f4ee", "#ece5d8", "#1d1d1f", ("#8c2f39", "#b08d57", "#1d1d1f"), "strings", True),
    "latin": Sleeve("#ff5e3a", "#ffb02e", "#3b0d23", ("#3b0d23", "#fff1d0", "#00a896", "#d7263d"), "dots"),
    "funk": Sleeve("#5b1a8b", "#d9297c", "#fff3c4", ("#ffd400", "#ff7a00", "#00d1b2", "#fff3c4"), "blocks"),
    "hiphop": Sleeve("#141414", "#26221c", "#f4d35e", ("#f4d35e", "#ee6c4d", "#faf0ca"), "beams"),
    "reggae": Sleeve("#0d3b26", "#14532d", "#fdf3c7", ("#e02424", "#f6c915", "#2fa84f"), "rings"),
    "blues": Sleeve("#0c1c38", "#1d4e89", "#eaf2fb", ("#7fb2e5", "#3f7cc4", "#22548f", "#0a1830"), "hills", True),
    "lofi": Sleeve("#f7b7a3", "#7a6c9d", "#fdeee4", ("#f9dcc4", "#c58b9f", "#8d6a9f", "#54457f"), "hills"),
}


def sleeve_of(genre: str) -> Sleeve:
    """The genre's look, or pop's for one we do not know."""
    return SLEEVES.get(genre, SLEEVES["pop"])


def key_sign(key: object) -> str:
    """A key's or chord's name with real sharps and flats: ``Bb major`` as ``B♭ major``."""
    name = str(key)
    return re.sub(r"(?<=[A-G])b", "♭", re.sub(r"(?<=[A-G])#", "♯", name))


@cache
def _font_folder() -> Path:
    """matplotlib's fonts, found without importing it."""
    spec = importlib.util.find_spec("matplotlib")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" if spec and spec.origin else Path()


@cache
def font(size: int, *, serif: bool = False, bold: bool = False) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A typeface that comes with matplotlib: DejaVu Sans, or STIX for the sleeves with serifs."""
    name = ("STIXGeneralBol" if bold else "STIXGeneral") if serif else ("DejaVuSans-Bold" if bold else "DejaVuSans")
    try:
        return ImageFont.truetype(str(_font_folder() / f"{name}.ttf"), size)
    except OSError:
        return ImageFont.load_default(size)


def rgb(colour: str) -> Colour:
    """Red, green and blue of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
