"""The record sleeve: a picture drawn from the tune itself, in the colours and the manner of its genre.

The melody is the drawing: its notes are the arcs, hills, strings, beams, discs or blocks. Mode and tempo set
the light and its angle; nothing is random but the paper's grain, which the song's seed fixes.
"""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from core.music import Note, Song
from core.perform.roll import draw_roll
from core.perform.sleeves import Sleeve, font, key_sign, rgb, sleeve_of

__all__ = ["draw_cover", "draw_roll"]

SIZE = 640
_SCALE = 2  # drawn twice as large and reduced: smooth edges
_CANVAS = SIZE * _SCALE
_MARGIN = 44 * _SCALE


@dataclass(frozen=True, slots=True)
class _Stroke:
    """A note in the unit square: start and end along the tune, height, strength."""

    start: float
    end: float
    height: float
    strength: float


def draw_cover(song: Song) -> bytes:
    """The sleeve of a song: a JPEG of 640 by 640."""
    sleeve = sleeve_of(song.genre)
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
    centre = _CANVAS / 2, _CANVAS * 0.405
    inner, outer = _CANVAS * 0.095, _CANVAS * 0.325
    for step in range(13):
        radius = inner + (outer - inner) * step / 12
        draw.ellipse(_box(centre, radius), outline=(*rgb(sleeve.ink), 26), width=_SCALE)
    width = round(_CANVAS * 0.017)
    for index, stroke in enumerate(strokes):
        radius = inner + (outer - inner) * stroke.height
        colour = rgb(sleeve.accents[index % len(sleeve.accents)])
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
    draw.ellipse(_box(centre, inner * 0.55), fill=(*rgb(sleeve.accents[0]), 255))
    draw.ellipse(_box(centre, inner * 0.09), fill=(*rgb(sleeve.bottom), 255))


def _hills(canvas: Image.Image, strokes: list[_Stroke], sleeve: Sleeve, song: Song) -> None:
    """The tune's contour as ranges of hills, one behind the other, under a sun."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    sun = _CANVAS * (0.3 + 0.4 * (song.key.tonic_pc / 11)), _CANVAS * (0.30 if song.key.is_minor else 0.24)
    for radius, alpha in ((0.17, 40), (0.14, 60), (0.11, 255)):
        draw.ellipse(_box(sun, _CANVAS * radius), fill=(*rgb(sleeve.accents[0]), alpha))
    contour = _contour(strokes, 240)
    for layer, colour in enumerate(sleeve.accents[1:]):
        smooth = np.hanning(61 - 16 * layer)
        line = np.convolve(np.tile(np.roll(contour, 70 * layer), 3), smooth / smooth.sum(), "same")[240:480]
        base = _CANVAS * (0.56 + 0.11 * layer)
        points = [(x * _CANVAS / 239, base - _CANVAS * (0.26 - 0.05 * layer) * (y - 0.35)) for x, y in enumerate(line)]
        draw.polygon([(0, _CANVAS), *points, (_CANVAS, _CANVAS)], fill=(*rgb(colour), 255))


def _beams(canvas: Image.Image, strokes: list[_Stroke], sleeve: Sleeve, song: Song) -> None:
    """Notes as beams of light from one lamp, longer for higher ones."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    lamp = _CANVAS * 0.5, _CANVAS * 0.74
    for index, stroke in enumerate(strokes):
        first, last = (
            math.radians(186 + 168 * t) for t in (stroke.start, max(stroke.end - 0.004, stroke.start + 0.006))
        )
        near, far = _CANVAS * 0.13, _CANVAS * (0.25 + 0.38 * stroke.height)
        colour = rgb(sleeve.accents[index % len(sleeve.accents)])
        draw.polygon(
            [
                (lamp[0] + r * math.cos(a), lamp[1] + r * math.sin(a))
                for r, a in ((near, first), (far, first), (far, last), (near, last))
            ],
            fill=(*colour, 120 + round(135 * stroke.strength)),
        )
    draw.pieslice(_box(lamp, _CANVAS * 0.11), 180, 360, fill=(*rgb(sleeve.ink), 255))


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
            draw.rectangle((x0, floor - tall, max(x1, x0 + gap), floor - gap), fill=(*rgb(colour), 255))


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
        colour = rgb(sleeve.accents[index % len(sleeve.accents)])
        draw.line((centre[0], centre[1], centre[0], _CANVAS * 0.72), fill=(*rgb(sleeve.ink), 70), width=2 * _SCALE)
        draw.ellipse(_box(centre, radius), fill=(*colour, 235))
    draw.line(
        (_MARGIN, _CANVAS * 0.72, _CANVAS - _MARGIN, _CANVAS * 0.72),
        fill=(*rgb(sleeve.ink), 255),
        width=2 * _SCALE,
    )


def _strings(canvas: Image.Image, strokes: list[_Stroke], sleeve: Sleeve, song: Song) -> None:
    """Fine lines across the page, plucked by the tune: each repeats it a little fainter."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    across = np.linspace(0, 1, 320)
    window = np.hanning(29)
    contour = np.convolve(np.pad(_contour(strokes, 320), 14, "edge"), window / window.sum(), "valid") - 0.45
    envelope = np.sin(np.pi * across) ** 0.9
    lines = 27
    for line in range(lines):
        place = line / (lines - 1)
        swing = math.sin(math.pi * place) ** 1.6
        base = _CANVAS * (0.11 + 0.56 * place)
        bend = np.interp(across + 0.10 * (place - 0.5), across, contour) * envelope
        middle = line == lines // 2
        colour = sleeve.accents[0] if middle else sleeve.accents[1] if line % 5 == 3 else sleeve.ink
        points = [
            (_MARGIN + x * (_CANVAS - 2 * _MARGIN), base - _CANVAS * 0.15 * swing * y)
            for x, y in zip(across, bend, strict=True)
        ]
        draw.line(points, fill=(*rgb(colour), 235), width=round((3.2 if middle else 1.3) * _SCALE), joint="curve")


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
    top, bottom = (np.array(rgb(c), dtype=np.float32) for c in (sleeve.top, sleeve.bottom))
    shade = 0.93 if song.key.is_minor else 1.0
    return Image.fromarray(((top + (bottom - top) * blend) * shade).astype(np.uint8), "RGB")


def _grain(picture: Image.Image, seed: int) -> Image.Image:
    """Paper: a little noise, the same in the three colours."""
    noise = np.random.default_rng(seed).normal(0, 3.2, (SIZE // 2, SIZE // 2)).astype(np.float32)
    noise = noise.repeat(2, axis=0).repeat(2, axis=1)[..., None]
    return Image.fromarray(np.clip(np.asarray(picture, dtype=np.float32) + noise, 0, 255).astype(np.uint8), "RGB")


def _lettering(canvas: Image.Image, song: Song, sleeve: Sleeve) -> None:
    """Title, and below it genre, key and tempo, spaced."""
    draw = ImageDraw.Draw(canvas, "RGBA")
    ink = (*rgb(sleeve.ink), 255)
    width = _CANVAS - 2 * _MARGIN
    title = "".join(c for c in song.title if c.isprintable()).strip() or "Untitled"
    size = 58 * _SCALE
    while size > 26 * _SCALE and font(size, serif=sleeve.serif, bold=True).getlength(title) > width:
        size -= 2 * _SCALE
    face = font(size, serif=sleeve.serif, bold=True)
    while len(title) > 1 and face.getlength(title) > width:
        title = title[:-2].rstrip() + "…"
    draw.text((_MARGIN, _CANVAS - _MARGIN - 36 * _SCALE), title, font=face, fill=ink, anchor="ls")
    small = font(15 * _SCALE)
    x = float(_MARGIN)
    for letter in f"{song.genre}  ·  {key_sign(song.key)}  ·  {song.bpm:.0f} bpm".upper():
        draw.text((x, _CANVAS - _MARGIN), letter, font=small, fill=ink, anchor="ls")
        x += small.getlength(letter) + 2.2 * _SCALE


def _contour(strokes: list[_Stroke], count: int) -> np.ndarray:
    """Heights of the tune at ``count`` moments; held through its rests."""
    ends = np.array([stroke.start for stroke in strokes])
    heights = np.array([stroke.height for stroke in strokes])
    return heights[np.clip(np.searchsorted(ends, np.linspace(0, 1, count), "right") - 1, 0, None)]


def _box(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    return centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius
