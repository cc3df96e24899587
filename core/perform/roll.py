"""The whole song on a card: every player's notes, the sections and the chords above them."""

import io
from collections.abc import Callable, Iterable

from PIL import Image, ImageDraw

from core.music import Chord, Song, Track
from core.perform.sleeves import Colour, font, key_sign, rgb, sleeve_of

WIDTH, HEIGHT = 1600, 820
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 40, 168, 92
_DRUM_LANES = 7
_DRUM_HEIGHT = 84
_INKS = {  # how strongly a role is drawn, 0..255; the strongest lies on top
    "melody": 255,
    "double": 200,
    "counter": 170,
    "bass": 190,
    "chords": 110,
    "pad": 60,
}


def draw_roll(song: Song) -> bytes:
    """A piano roll of the song, 1600 by 820, as PNG: time to the right, pitch upwards, drums below."""
    sleeve = sleeve_of(song.genre)
    ink = rgb(sleeve.ink)
    ground = _mix(rgb(sleeve.top), rgb(sleeve.bottom), 0.35)
    if _contrast(ink, ground) < 90:
        ink = (255, 255, 255) if sum(ground) < 380 else (24, 24, 28)
    card = Image.new("RGB", (WIDTH, HEIGHT), ground)
    draw = ImageDraw.Draw(card, "RGBA")
    end = max([song.end_beats, *(note.end_beats for track in song.tracks for note in track.notes), 1.0])

    def x_of(beats: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * max(0.0, beats) / end

    _sections(draw, song, x_of, ink)
    _chord_names(draw, song.chords, x_of, ink)
    melodic = [track for track in song.tracks if track.notes and not track.is_drum]
    drums = [track for track in song.tracks if track.notes and track.is_drum]
    colours = _colours(melodic, sleeve.accents, ink, ground)
    bottom = HEIGHT - _BOTTOM - (_DRUM_HEIGHT + 14 if drums else 0)
    pitches = [note.pitch for track in melodic for note in track.notes] or [60]
    low, high = min(pitches) - 1, max(pitches) + 2
    row = (bottom - _TOP) / (high - low)
    for track in sorted(melodic, key=lambda t: _INKS.get(t.role, 120)):
        thick = max(3.0, row * (1.25 if track.role == "melody" else 0.85))
        for note in track.notes:
            x0, x1 = x_of(note.onset_beats), x_of(note.end_beats)
            middle = bottom - (note.pitch - low + 0.5) * row
            box = (x0, middle - thick / 2, max(x1 - 1, x0 + 2), middle + thick / 2)
            draw.rounded_rectangle(box, 4, fill=(*colours[track.role], _INKS.get(track.role, 120)))
    _drum_lanes(draw, drums, x_of, ink)
    _captions(draw, song, ink, [(track.role, colours[track.role]) for track in melodic])
    file = io.BytesIO()
    card.save(file, "PNG", compress_level=6)
    return file.getvalue()


def _sections(draw: ImageDraw.ImageDraw, song: Song, x_of: Callable[[float], float], ink: Colour) -> None:
    """Alternate shades with the sections' names, and a hair line at every bar."""
    bar = song.meter.bar_beats
    for index, section in enumerate(song.sections):
        x0, x1 = x_of(section.onset_beats), x_of(section.end_beats)
        shade = 10 + round(16 * section.intensity) if index % 2 == 0 else 4
        draw.rectangle((x0, _TOP - 62, x1 - 2, HEIGHT - _BOTTOM), fill=(*ink, shade))
        face = font(17, bold=True)
        if face.getlength(section.name) < x1 - x0 - 10:
            draw.text((x0 + 8, _TOP - 42), section.name, font=face, fill=(*ink, 255), anchor="ls")
    for number in range(int(song.end_beats / bar + 1e-6) + 1):
        x = x_of(number * bar)
        draw.line((x, _TOP - 4, x, HEIGHT - _BOTTOM), fill=(*ink, 34 if number % 4 == 0 else 16))


def _chord_names(
    draw: ImageDraw.ImageDraw, chords: Iterable[Chord], x_of: Callable[[float], float], ink: Colour
) -> None:
    """Chord symbols where they change, as far as there is room."""
    face, free_from, before = font(15), 0.0, ""
    for chord in chords:
        x = x_of(chord.onset_beats) + 3
        if chord.symbol != before and x >= free_from:
            name = key_sign(chord.symbol)
            draw.text((x, _TOP - 14), name, font=face, fill=(*ink, 210), anchor="ls")
            free_from = x + face.getlength(name) + 6
        before = chord.symbol


def _drum_lanes(draw: ImageDraw.ImageDraw, drums: list[Track], x_of: Callable[[float], float], ink: Colour) -> None:
    """Drums as small marks, the kick lowest, the louder the stronger."""
    order = (36, 35, 41, 43, 45, 47, 48, 50, 40, 38, 37, 39, 54, 70, 82, 44, 42, 46, 51, 59, 53, 49, 57, 52, 55)
    used = sorted(
        {note.pitch for track in drums for note in track.notes},
        key=lambda pitch: order.index(pitch) if pitch in order else 12,
    )
    lanes = {pitch: index * min(1.0, _DRUM_LANES / len(used)) for index, pitch in enumerate(used)}
    for note in (note for track in drums for note in track.notes):
        x, y = x_of(note.onset_beats), HEIGHT - _BOTTOM - 8 - lanes[note.pitch] * _DRUM_HEIGHT / _DRUM_LANES
        draw.rectangle((x, y - 3, x + 3, y + 3), fill=(*ink, 60 + round(1.5 * note.velocity)))


def _captions(draw: ImageDraw.ImageDraw, song: Song, ink: Colour, players: list[tuple[str, Colour]]) -> None:
    """Title above; genre, key and tempo beside it; the players' colours below."""
    draw.text(
        (_LEFT, 66),
        song.title,
        font=font(36, serif=sleeve_of(song.genre).serif, bold=True),
        fill=(*ink, 255),
        anchor="ls",
    )
    facts = f"{song.genre} · {key_sign(song.key)} · {song.meter} · {song.bpm:.0f} bpm"
    draw.text((WIDTH - _RIGHT, 66), facts, font=font(18), fill=(*ink, 220), anchor="rs")
    x = float(_LEFT)
    for role, colour in players:
        draw.rounded_rectangle((x, HEIGHT - 51, x + 14, HEIGHT - 37), 4, fill=(*colour, 255))
        draw.text((x + 22, HEIGHT - 38), role, font=font(17), fill=(*ink, 230), anchor="ls")
        x += 22 + font(17).getlength(role) + 34


def _colours(tracks: list[Track], accents: tuple[str, ...], ink: Colour, ground: Colour) -> dict[str, Colour]:
    """A colour for every role: accents that stand out from the ground, the melody's first."""
    choice = [rgb(accent) for accent in accents if _contrast(rgb(accent), ground) > 60] or [ink]
    roles = sorted({track.role for track in tracks}, key=lambda role: -_INKS.get(role, 120))
    return {
        role: choice[index] if index < len(choice) else _mix(choice[index % len(choice)], ink, 0.5)
        for index, role in enumerate(roles)
    }


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def _contrast(one: Colour, other: Colour) -> float:
    """Distance of two colours, weighted as the eye does (0..255)."""
    return sum(w * (a - b) ** 2 for w, a, b in zip((0.3, 0.59, 0.11), one, other, strict=True)) ** 0.5
