"""The record sleeve: a picture drawn from the tune itself, in the colours and the manner of its genre.

The melody is the drawing: its notes are the arcs, hills, strings, beams, discs or blocks. Mode and tempo set
the light and its angle; nothing is random but the paper's grain, which the song's seed fixes.
"""

import importlib.util
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.music import Note, Song

SIZE = 640
_SCALE = 2  # drawn twice as large and reduced: smooth edges
_CANVAS = SIZE * _SCALE
_MARGIN = 44 * _SCALE

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
    "jazz": Sleeve(
        "#f3e9d2", "#e9d8b4", "#14213d", ("#14213d", "#e4572e", "#2a9d8f", "#f2a541"), "blocks", True
    ),
    "electronic": Sleeve("#0b0630", "#2a0a4a", "#f2f0ff", ("#00e5ff", "#ff2fb9", "#8a5cff"), "rings"),
    "pop": Sleeve("#ff8fab", "#ffc8a2", "#3d1440", ("#ffffff", "#3d1440", "#ff3d7f", "#ffd23f"), "dots"),
    "folk": Sleeve(
        "#f6efdd", "#f0d9a8", "#f8f1df", ("#d9a441", "#a3b18a", "#588157", "#344e41"), "hills", True
    ),
    "classical": Sleeve("#f7f4ee", "#ece5d8", "#1d1d1f", ("#8c2f39", "#b08d57", "#1d1d1f"), "strings", True),
    "latin": Sleeve("#ff5e3a", "#ffb02e", "#3b0d23", ("#3b0d23", "#fff1d0", "#00a896", "#d7263d"), "dots"),
    "funk": Sleeve("#5b1a8b", "#d9297c", "#fff3c4", ("#ffd400", "#ff7a00", "#00d1b2", "#fff3c4"), "blocks"),
    "hiphop": Sleeve("#141414", "#26221c", "#f4d35e", ("#f4d35e", "#ee6c4d", "#faf0ca"), "beams"),
    "reggae": Sleeve("#0d3b26", "#14532d", "#fdf3c7", ("#e02424", "#f6c915", "#2fa84f"), "rings"),
    "blues": Sleeve(
        "#0c1c38", "#1d4e89", "#eaf2fb", ("#7fb2e5", "#3f7cc4", "#22548f", "#0a1830"), "hills", True
    ),
    "lofi": Sleeve("#f7b7a3", "#7a6c9d", "#fdeee4", ("#f9dcc4", "#c58b9f", "#8d6a9f", "#54457f"), "hills"),
}


@dataclass(frozen=True, slots=True)
class _Stroke:
    """A note in the unit square: start and end along the tune, height, strength."""

    start: float
    end: float
    height: float
    strength: float


def draw_cover(song: Song) -> bytes:
    """The sleeve of a song: a JPEG of 640 by 640."""
    sleeve = SLEEVES.get(song.genre, SLEEVES["pop"])
    canvas = _ground(sleeve, song).resize((_CANVAS, _CANVAS), Image.Resampling.BILINEAR)
    strokes = _strokes(song.lead_sheet.melody.notes or song.notes)
    if strokes:
        _MANNERS[sleeve.manner](canvas, strokes, sleeve, song)
    _lettering(canvas, song, sleeve)
    picture = canvas.reduce(_SCALE)
    file = io.BytesIO()
    _grain(picture, song.seed).save(file, "JPEG", quality=90)
    return file.getvalue()


def _strokes(notes: Sequence[Note]) -> list[_Stroke]:
    """The tune in a unit square; a long one is cut, so that its notes stay visible."""
    notes = sorted(notes, key=lambda n: n.onset_beats)[:64]
    if not notes:
        return []
    start, end = notes[0].onset_beats, max(note.end_beats for note in notes)
    low, high = min(n.pitch for n in notes), max(n.pitch for n in notes)
    span, reach = max(end - start, 1e-6), max(high - low, 5)
    return [
        _Stroke(
            (n.onset_beats - start) / span,
            (n.end_beats - start) / span,
            (n.pitch - low) / reach,
            n.velocity / 127,
        )
        for n in notes
    ]


# -- manners -------------------------------------------------------------------------------------------


def _rings(canvas: Image.Image, strokes: list[_Stroke], sleeve: Sleeve, song: Song) -> None:
    """The tune round a turntable: once round is the whole of it, further out is higher."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    centre = _CANVAS / 2, _CANVAS * 0.44
    inner, outer = _CANVAS * 0.10, _CANVAS * 0.36
    for step in range(13):
        radius = inner + (outer - inner) * step / 12
        draw.ellipse(_box(centre, radius), outline=(*_rgb(sleeve.ink), 26), width=_SCALE)
    width = round(_CANVAS * 0.017)
    for index, stroke in enumerate(strokes):
        radius = inner + (outer - inner) * stroke.height
        colour = _rgb(sleeve.accents[index % len(sleeve.accents)])
        first, last = 360 * stroke.start - 90, 360 * stroke.end - 92
        for spread, alpha in ((width * 2, 28), (width, 60), (0, 255)):
            draw.arc(
                _box(centre, radius + (width + spread) / 2),
                first,
                last,
                fill=(*colour, alpha),
                width=width + spread,
            )
        for angle in (first, last):
            middle = (
                centre[0] + radius * math.cos(math.radians(angle)),
                centre[1] + radius * math.sin(math.radians(angle)),
            )
            draw.ellipse(_box(middle, width / 2), fill=(*colour, 255))
    draw.ellipse(_box(centre, inner * 0.55), fill=(*_rgb(sleeve.accents[0]), 255))
    draw.ellipse(_box(centre, inner * 0.09), fill=(*_rgb(sleeve.bottom), 255))


def _hills(canvas: Image.Image, strokes: list[_Stroke], sleeve: Sleeve, song: Song) -> None:
    """The tune's contour as ranges of hills, one behind the other, under a sun."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    sun = _CANVAS * (0.3 + 0.4 * (song.key.tonic_pc / 11)), _CANVAS * (0.30 if song.key.is_minor else 0.24)
    for radius, alpha in ((0.17, 40), (0.14, 60), (0.11, 255)):
        draw.ellipse(_box(sun, _CANVAS * radius), fill=(*_rgb(sleeve.accents[0]), alpha))
    contour = _contour(strokes, 240)
    for layer, colour in enumerate(sleeve.accents[1:]):
        smooth = np.hanning(61 - 16 * layer)
        line = np.convolve(np.tile(np.roll(contour, 70 * layer), 3), smooth / smooth.sum(), "same")[240:480]
        base = _CANVAS * (0.56 + 0.11 * layer)
        points = [
            (x * _CANVAS / 239, base - _CANVAS * (0.26 - 0.05 * layer) * (y - 0.35))
            for x, y in enumerate(line)
        ]
        draw.polygon([(0, _CANVAS), *points, (_CANVAS, _CANVAS)], fill=(*_rgb(colour), 255))


def _beams(canvas: Image.Image, strokes: list[_Stroke], sleeve: Sleeve, song: Song) -> None:
    """Notes as beams of light from one lamp, longer for higher ones."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    lamp = _CANVAS * 0.5, _CANVAS * 0.74
    for index, stroke in enumerate(strokes):
        first, last = (
            math.radians(186 + 168 * t) for t in (stroke.start, max(stroke.end - 0.004, stroke.start + 0.006))
        )
        near, far = _CANVAS * 0.13, _CANVAS * (0.25 + 0.38 * stroke.height)
        colour = _rgb(sleeve.accents[index % len(sleeve.accents)])
        draw.polygon(
            [
                (lamp[0] + r * math.cos(a), lamp[1] + r * math.sin(a))
                for r, a in ((near, first), (far, first), (far, last), (near, last))
            ],
            fill=(*colour, 120 + round(135 * stroke.strength)),
        )
    draw.pieslice(_box(lamp, _CANVAS * 0.11), 180, 360, fill=(*_rgb(sleeve.ink), 255))


def _blocks(canvas: Image.Image, strokes: list[_Stroke], sleeve: Sleeve, song: Song) -> None:
    """Cut paper: every note a block as wide as it is long, standing as high as it is."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    left, top, width, height = _MARGIN, _MARGIN, _CANVAS - 2 * _MARGIN, _CANVAS * 0.60
    rows = 3 if len(strokes) > 14 else 2 if len(strokes) > 7 else 1
    gap = 5 * _SCALE
    for row in range(rows):
        members = [s for s in strokes if row / rows <= s.start < (row + 1) / rows]
        floor = top + height * (row + 1) / rows
        for index, stroke in enumerate(members):
            x0 = left + width * (stroke.start * rows - row)
            x1 = min(left + width, left + width * (stroke.end * rows - row)) - gap
            tall = (height / rows - gap) * (0.22 + 0.78 * stroke.height)
            colour = sleeve.accents[(index + row) % len(sleeve.accents)]
            draw.rectangle((x0, floor - tall, max(x1, x0 + gap), floor - gap), fill=(*_rgb(colour), 255))


def _dots(canvas: Image.Image, strokes: list[_Stroke], sleeve: Sleeve, song: Song) -> None:
    """Confetti on a rising line: every note a disc, larger the longer it is."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    longest = max(s.end - s.start for s in strokes)
    for index, stroke in enumerate(strokes):
        radius = _CANVAS * (0.018 + 0.065 * math.sqrt((stroke.end - stroke.start) / longest))
        centre = (
            _MARGIN + radius + (_CANVAS - 2 * (_MARGIN + radius)) * stroke.start,
            _CANVAS * 0.64 - (_CANVAS * 0.48) * stroke.height,
        )
        colour = _rgb(sleeve.accents[index % len(sleeve.accents)])
        draw.line(
            (centre[0], centre[1], centre[0], _CANVAS * 0.72), fill=(*_rgb(sleeve.ink), 70), width=2 * _SCALE
        )
        draw.ellipse(_box(centre, radius), fill=(*colour, 235))
    draw.line(
        (_MARGIN, _CANVAS * 0.72, _CANVAS - _MARGIN, _CANVAS * 0.72),
        fill=(*_rgb(sleeve.ink), 255),
        width=2 * _SCALE,
    )


def _strings(canvas: Image.Image, strokes: list[_Stroke], sleeve: Sleeve, song: Song) -> None:
    """Fine lines across the page, plucked by the tune: each repeats it a little fainter."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    contour = _contour(strokes, 320)
    window = np.hanning(25)
    contour = np.convolve(np.pad(contour, 12, "edge"), window / window.sum(), "valid")
    lines = 26
    envelope = np.sin(np.linspace(0, np.pi, 320)) ** 0.6
    for line in range(lines):
        place = line / (lines - 1)
        swing = math.sin(math.pi * place) ** 2
        base = _CANVAS * (0.12 + 0.56 * place)
        shifted = np.roll(contour, round(14 * (place - 0.5) * lines / 4)) - 0.4
        points = [
            (_MARGIN + x * (_CANVAS - 2 * _MARGIN) / 319, base - _CANVAS * 0.11 * swing * y)
            for x, y in enumerate(shifted * envelope)
        ]
        colour = (
            sleeve.accents[0] if line == lines // 2 else sleeve.accents[1] if line % 5 == 2 else sleeve.ink
        )
        draw.line(
            points,
            fill=(*_rgb(colour), 230),
            width=round((1.2 + 1.6 * (line == lines // 2)) * _SCALE),
            joint="curve",
        )


_MANNERS: dict[str, Callable[[Image.Image, list[_Stroke], Sleeve, Song], None]] = {
    "rings": _rings,
    "hills": _hills,
    "beams": _beams,
    "blocks": _blocks,
    "dots": _dots,
    "strings": _strings,
}


# -- ground, grain, letters ----------------------------------------------------------------------------


def _ground(sleeve: Sleeve, song: Song) -> Image.Image:
    """A gradient at the sleeve's size, turned a little by the tempo; minor keys are darker."""
    axis = np.linspace(0, 1, SIZE, dtype=np.float32)
    slant = min(0.5, max(0.0, (song.bpm - 60) / 240))
    blend = np.clip((1 - slant) * axis[:, None] + slant * axis[None, :], 0, 1)[..., None]
    top, bottom = (np.array(_rgb(c), dtype=np.float32) for c in (sleeve.top, sleeve.bottom))
    shade = 0.93 if song.key.is_minor else 1.0
    return Image.fromarray(((top + (bottom - top) * blend) * shade).astype(np.uint8), "RGB")


def _grain(picture: Image.Image, seed: int) -> Image.Image:
    """Paper: a little noise, the same in the three colours."""
    noise = np.random.default_rng(seed).normal(0, 3.2, (SIZE // 2, SIZE // 2)).astype(np.float32)
    noise = noise.repeat(2, axis=0).repeat(2, axis=1)[..., None]
    return Image.fromarray(
        np.clip(np.asarray(picture, dtype=np.float32) + noise, 0, 255).astype(np.uint8), "RGB"
    )


def _lettering(canvas: Image.Image, song: Song, sleeve: Sleeve) -> None:
    """Title, and below it genre, key and tempo, spaced."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    ink = (*_rgb(sleeve.ink), 255)
    width = _CANVAS - 2 * _MARGIN
    title = "".join(c for c in song.title if c.isprintable()).strip() or "Untitled"
    size = 58 * _SCALE
    while size > 26 * _SCALE and _font(size, sleeve.serif, True).getlength(title) > width:
        size -= 2 * _SCALE
    font = _font(size, sleeve.serif, True)
    while len(title) > 1 and font.getlength(title) > width:
        title = title[:-2].rstrip() + "…"
    draw.text((_MARGIN, _CANVAS - _MARGIN - 36 * _SCALE), title, font=font, fill=ink, anchor="ls")
    small = _font(15 * _SCALE, False, False)
    x = float(_MARGIN)
    for letter in f"{song.genre}  ·  {song.key}  ·  {song.bpm:.0f} bpm".upper():
        draw.text((x, _CANVAS - _MARGIN), letter, font=small, fill=ink, anchor="ls")
        x += small.getlength(letter) + 2.2 * _SCALE


@cache
def _font_folder() -> Path:
    """matplotlib's fonts, found without importing it."""
    spec = importlib.util.find_spec("matplotlib")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" if spec and spec.origin else Path()


@cache
def _font(size: int, serif: bool, bold: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    name = (
        ("STIXGeneralBol" if bold else "STIXGeneral")
        if serif
        else ("DejaVuSans-Bold" if bold else "DejaVuSans")
    )
    try:
        return ImageFont.truetype(str(_font_folder() / f"{name}.ttf"), size)
    except OSError:
        return ImageFont.load_default(size)


def _contour(strokes: list[_Stroke], count: int) -> np.ndarray:
    """Heights of the tune at ``count`` moments; held through its rests."""
    ends = np.array([stroke.start for stroke in strokes])
    heights = np.array([stroke.height for stroke in strokes])
    return heights[np.clip(np.searchsorted(ends, np.linspace(0, 1, count), "right") - 1, 0, None)]


def _box(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    return centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
