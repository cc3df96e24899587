"""A score as files: MusicXML, SVG pages, PNG pages, PDF."""

from collections.abc import Sequence

from core.perform.sheet.draw import Heading, to_pdf, to_png, to_svg
from core.perform.sheet.musicxml import to_musicxml
from core.perform.sheet.score import Score
from core.perform.sheet.systems import line_breaks, scale_of

FORMATS = ("png", "pdf", "svg", "musicxml")
FEW_PARTS = 2  # up to here a resting voice stays on the page for its chords; more would spread over more pages


def engrave(score: Score, formats: Sequence[str] = FORMATS, *, pictures: int | None = None
            ) -> dict[str, list[bytes]]:
    """Format: its pages (PDF and MusicXML hold all pages in one; of PNGs only so many ``pictures``).

    Raises ValueError where verovio refuses a score.
    """
    xml = to_musicxml(score, line_breaks(score))
    pages: dict[str, list[bytes]] = {"musicxml": [xml]} if "musicxml" in formats else {}
    if {"png", "pdf", "svg"} & set(formats):
        names_chords = any(part.symbols for part in score.parts)
        drawn = to_svg(xml, Heading(score.title, tempo_line(score), score.composer), scale=scale_of(score),
                       hide_resting=not names_chords or len(score.parts) > FEW_PARTS)
        if "svg" in formats:
            pages["svg"] = [page.encode() for page in drawn.pages]
        if "png" in formats:
            pages["png"] = [to_png(page) for page in drawn.pictures[:pictures]]
        if "pdf" in formats:
            pages["pdf"] = [to_pdf(drawn.pages)]
    return pages


def tempo_line(score: Score) -> str:
    """``Swing, ♩ = 120``; the pulse of 6/8 is a dotted quarter."""
    compound = score.bars[0].meter.is_compound
    pulses = round(score.bpm / (score.bars[0].meter.pulse_beats if compound else 1.0))
    return f"{'Swing  ' if score.swing else ''}♩{'.' if compound else ''} = {pulses}"
