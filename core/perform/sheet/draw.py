"""MusicXML to pages: SVG by verovio, PNG by resvg, PDF by cairo. parts.md's fixes are what makes their text appear.

Verovio sets words in Times and musical signs between them in a web font; resvg and cairo read neither. Both get
STIX, which has Times' widths and lies beside matplotlib, and signs that it has.
"""

import contextlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from core.errors import NotInstalled

A4_MM = (210.0, 297.0)
PAGE_WIDTH, PAGE_HEIGHT = 2100, 2970  # verovio's units, a tenth of a millimetre
PNG_WIDTH = 1654  # 200 dots an inch
FAMILY = "STIXGeneral"
SIGNS = {"\uea64": "♭", "\uea65": "♮", "\uea66": "♯", "\ued60": "♭", "\ued61": "♮", "\ued62": "♯",
         "\ueca2": "\U0001d15d", "\ueca3": "\U0001d15e", "\ueca5": "♩", "\ueca7": "♪", "\uecb7": "."}
BRACE = ('<part-group number="1" type="start"><group-symbol>brace</group-symbol><group-barline>yes</group-barline>'
         '</part-group>')


@cache
def font_folder() -> Path:
    """Where matplotlib keeps STIX."""
    import importlib.util

    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


@dataclass(frozen=True)
class Heading:
    """What stands over the music: the title in the middle, the tempo left, the composer right."""

    title: str = ""
    tempo: str = ""
    composer: str = ""


@dataclass(frozen=True)
class Drawn:
    """Pages as SVG: A4 each, and as pictures, where a lone page ends with its last line."""

    pages: list[str]
    pictures: list[str]


def to_svg(musicxml: bytes, heading: Heading, *, scale: int = 90, breaks: str = "line",
           hide_resting: bool = True) -> Drawn:
    """The pages as SVG, complete in themselves but for their text's font. Raises ValueError for no MusicXML.

    With ``hide_resting`` a staff that rests for a whole line is left out of it, along with its chord symbols.
    """
    import verovio

    verovio.enableLog(verovio.LOG_OFF)  # what it has to say about tight lines is for us, not for the user
    toolkit = verovio.toolkit()
    toolkit.setOptions({
        "pageWidth": PAGE_WIDTH * 100 // scale, "pageHeight": PAGE_HEIGHT * 100 // scale, "scale": scale,
        "pageMarginTop": 150 * 100 // scale, "pageMarginBottom": 150 * 100 // scale,
        "pageMarginLeft": 170 * 100 // scale, "pageMarginRight": 170 * 100 // scale,
        "header": "auto", "footer": "none", "breaks": breaks, "svgViewBox": True, "smuflTextFont": "none",
        "xmlIdSeed": 1, "bottomMarginHeader": 8.0 if b"<rehearsal" in musicxml else 6.0, "systemDivider": "none",
        "spacingSystem": 6, "spacingStaff": 10,
        "justifyVertically": True, "condense": "auto" if hide_resting else "none",
    })
    if not toolkit.loadData(_for_verovio(musicxml.decode())):
        raise ValueError("verovio refuses this MusicXML")
    count = toolkit.getPageCount()

    def page(number: int) -> str:
        return _headed(_legible(toolkit.renderToSVG(number)), number, count, heading, scale)

    pages = [page(number) for number in range(1, count + 1)]
    if count > 1:
        return Drawn(pages, pages)
    toolkit.setOptions({"adjustPageHeight": True})
    toolkit.redoLayout()
    return Drawn(pages, [page(1)])


def _for_verovio(xml: str) -> str:
    """Tempo and swing stand in the heading, where they push no chord symbol away from its staff; chord symbols get
    blanks behind them, so that none touches the next; and a keyboard among others is told that it has a brace."""
    xml = re.sub(r'<kind text="([^"]*)">([^<]*</kind>)(?!\s*<bass)', '<kind text="\\1\u00a0\u00a0">\\2', xml)
    for part in re.findall(r'<part id="(\w+)">(?:(?!</part>).)*?<staves>2</staves>', xml, flags=re.DOTALL):
        own = f'<score-part id="{part}">.*?</score-part>'
        xml = re.sub(own, lambda found: BRACE + found[0] + '<part-group number="1" type="stop"/>', xml, flags=re.DOTALL)
    directions = r"<direction[^>]*>(?:(?!</direction>).)*?(?:<metronome|<swing>).*?</direction>"
    return re.sub(directions, "", xml, flags=re.DOTALL)


def _legible(svg: str) -> str:
    svg = re.sub(r"<title[^>]*>[^<]*</title>", "", svg)
    for glyph, sign in SIGNS.items():
        svg = svg.replace(glyph, sign)
    svg = re.sub(r'font-family="Leipzig" font-size="720px"', f'font-family="{FAMILY}" font-size="500px"', svg)
    svg = re.sub(r'(<g [^>]*class="harm".*?</g>)', lambda found: found[1].replace('"405px"', '"450px"'), svg,
                 flags=re.DOTALL)
    svg = re.sub(r'(<g id="\w+" class="reh")', r'\1 transform="translate(0, -320)"', svg)  # clear of chord symbols
    return svg.replace("Times, serif", f"{FAMILY}, Times, serif")


def _headed(svg: str, number: int, pages: int, heading: Heading, scale: int) -> str:
    """Our own head in place of verovio's: the title large, the composer right; on later pages both small."""
    svg = re.sub(r'<g id="\w+" class="pgHead[^"]*">.*?</g>\s*', "", svg, flags=re.DOTALL)
    width = (PAGE_WIDTH - 2 * 170) * 1000 // scale
    middle, right = width // 2, width
    if number == 1:
        words = [(middle, 100, "middle", 900, heading.title), (0, 640, "start", 480, heading.tempo),
                 (right, 640, "end", 440, heading.composer)]
    else:
        words = [(0, -500, "start", 400, heading.title), (right, -500, "end", 400, f"{number} / {pages}")]
    lines = "".join(f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}px">{escape(text)}</text>'
                    for x, y, anchor, size, text in words if text)
    return re.sub(r'(<g class="page-margin"[^>]*>)', lambda found: found[1] + lines, svg, count=1)


def to_png(svg: str, *, width: int = PNG_WIDTH) -> bytes:
    """A page as PNG on white."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, background="#ffffff", width=width, skip_system_fonts=True,
                                       font_files=list(_font_files()), serif_family=FAMILY, font_family=FAMILY))


@cache
def _font_files() -> tuple[str, ...]:
    names = ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta", "DejaVuSans")
    return tuple(str(font_folder() / f"{name}.ttf") for name in names)


def to_pdf(pages: Sequence[str]) -> bytes:
    """Pages as one vector PDF. Raises NotInstalled where the system has no cairo."""
    try:
        import cairosvg
    except OSError as error:
        raise NotInstalled(what="The cairo library (libcairo2), which draws PDFs,") from error
    from pypdf import PdfReader, PdfWriter

    _tell_fontconfig()
    writer = PdfWriter()
    for svg in pages:
        page = cairosvg.svg2pdf(bytestring=svg.encode(), output_width=A4_MM[0] / 25.4 * 96,
                                output_height=A4_MM[1] / 25.4 * 96)
        writer.append(PdfReader(io.BytesIO(page)))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pages_in(pdf: bytes) -> int:
    """How many pages a PDF has."""
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(pdf)).pages)


@cache
def _tell_fontconfig() -> None:
    """Lend cairo our font: it asks fontconfig, which looks in the system's folders only. Without fontconfig cairo
    sets the words in what it finds."""
    import ctypes
    import ctypes.util

    found = ctypes.util.find_library("fontconfig")
    if found:
        with contextlib.suppress(OSError, AttributeError):
            add = ctypes.CDLL(found).FcConfigAppFontAddFile
            add.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
            for file in _font_files():
                add(None, file.encode())
