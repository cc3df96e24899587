"""The score as MusicXML 4.0, built by music21. What music21 has no word for is set into its tree: chord names as
we write them, swing, and the instrument a part is for."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from core.perform.sheet.score import TICKS, Part, Score, Symbol

KINDS = {  # of core.theory's chord qualities: MusicXML's kind, the letters shown, degrees added
    "": ("major", "", ()), "m": ("minor", "m", ()), "dim": ("diminished", "dim", ()),
    "aug": ("augmented", "aug", ()), "7": ("dominant", "7", ()), "maj7": ("major-seventh", "maj7", ()),
    "m7": ("minor-seventh", "m7", ()), "mmaj7": ("major-minor", "m(maj7)", ()),
    "dim7": ("diminished-seventh", "dim7", ()), "m7b5": ("half-diminished", "m7♭5", ()),
    "6": ("major-sixth", "6", ()), "m6": ("minor-sixth", "m6", ()), "sus4": ("suspended-fourth", "sus4", ()),
    "sus2": ("suspended-second", "sus2", ()), "7sus4": ("suspended-fourth", "7sus4", (7,)), "5": ("power", "5", ()),
    "9": ("dominant-ninth", "9", ()), "maj9": ("major-ninth", "maj9", ()), "m9": ("minor-ninth", "m9", ()),
    "add9": ("major", "add9", (9,)), "13": ("dominant-13th", "13", ()),
}
SOFTWARE = "Humband"


def to_musicxml(score: Score, breaks: Iterable[int] = ()) -> bytes:
    """The score as an uncompressed MusicXML file. ``breaks``: indices of bars that start a new line."""
    from music21.musicxml.m21ToXml import ScoreExporter

    from core.perform.sheet.build import ALONE, build

    root = ScoreExporter(build(score, frozenset(breaks)), makeNotation=False).parse()
    _set_encoding(root)
    _name_parts(root, ALONE)
    if len(score.parts) > 1:
        _bracket(root, "none" if len(score.parts) == 2 else "bracket")
    for part, element in zip(score.parts, root.findall("part"), strict=True):
        _amend(score, part, element)
    ET.indent(root)
    head = ('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 '
            'Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n')
    return (head + ET.tostring(root, encoding="unicode") + "\n").encode()


def _name_parts(root: ET.Element, alone: str) -> None:
    """Parts and instruments numbered in place of music21's random names."""
    names: dict[str, str] = {}
    for element in root.iter():
        if element.tag in ("score-part", "part") and element.get("id"):
            element.set("id", names.setdefault(element.get("id", ""), f"P{len(names) + 1}"))
    for part in root.iter("score-part"):
        name = part.find("part-name")
        if name is not None and not name.text:  # a lone melody: named in the file, not on the page
            name.text = alone
            name.set("print-object", "no")
        for element in part.iter():
            if element.tag in ("score-instrument", "midi-instrument"):
                element.set("id", f"{part.get('id')}-I1")


def _bracket(root: ET.Element, symbol: str) -> None:
    """Join all staves at their left, their bar lines staying apart."""
    parts = root.find("part-list")
    assert parts is not None
    group = ET.Element("part-group", {"number": "9", "type": "start"})
    ET.SubElement(group, "group-symbol").text = symbol
    ET.SubElement(group, "group-barline").text = "no"
    parts.insert(0, group)
    ET.SubElement(parts, "part-group", {"number": "9", "type": "stop"})


def _set_encoding(root: ET.Element) -> None:
    """Our name as the software, and no date: the same score gives the same bytes."""
    encoding = root.find("identification/encoding")
    if encoding is not None:
        for child in list(encoding):
            if child.tag in ("encoding-date", "software"):
                encoding.remove(child)
        ET.SubElement(encoding, "software").text = SOFTWARE
        encoding[:] = sorted(encoding, key=lambda child: child.tag != "software")


def _amend(score: Score, part: Part, element: ET.Element) -> None:
    measures = element.findall("measure")
    divisions = int(element.findtext(".//divisions") or 1)
    for bar, measure in zip(score.bars, measures, strict=True):
        if bar.shortfall and bar.number == 0:
            measure.set("implicit", "yes")
    for measure, symbols in zip(measures, part.symbols or [()] * len(measures), strict=True):
        for symbol in symbols:
            _set_symbol(measure, symbol, divisions)
    if part.sounds:
        for attributes in element.iter("attributes"):
            if attributes.find("key") is not None and attributes.find("clef") is not None:
                _set_transpose(attributes, part.sounds)
    if part is score.parts[0] and score.swing:
        _set_swing(measures[0])


def _set_transpose(attributes: ET.Element, sounds: int) -> None:
    octaves = int(sounds / 12)
    chromatic = sounds - 12 * octaves
    diatonic = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 4, 8: 5, 9: 5, 10: 6, 11: 6}[abs(chromatic)]
    transpose = ET.SubElement(attributes, "transpose")
    ET.SubElement(transpose, "diatonic").text = str(diatonic if chromatic >= 0 else -diatonic)
    ET.SubElement(transpose, "chromatic").text = str(chromatic)
    if octaves:
        ET.SubElement(transpose, "octave-change").text = str(octaves)


def _set_symbol(measure: ET.Element, symbol: Symbol, divisions: int) -> None:
    """Put a chord symbol before the note that sounds at its place, with an offset where that began earlier."""
    wanted = symbol.onset * divisions // TICKS
    at, before, onset = 0, 0, 0
    for index, child in enumerate(measure):
        length = int(child.findtext("duration") or 0)
        if child.tag == "backup":
            break
        if child.tag in ("note", "forward") and child.find("chord") is None:
            before, onset = index, at
            if at + length > wanted:
                break
            at += length
    harmony = harmony_element(symbol.text)
    if wanted > onset:
        ET.SubElement(harmony, "offset").text = str(wanted - onset)
    measure.insert(before, harmony)


def harmony_element(symbol: str) -> ET.Element:
    """``<harmony>`` of a chord symbol, with the letters a musician writes."""
    root, quality, bass = split_symbol(symbol)
    harmony = ET.Element("harmony")
    _set_step(ET.SubElement(harmony, "root"), "root", root)
    kind, text, degrees = KINDS[quality]
    ET.SubElement(harmony, "kind", {"text": text}).text = kind
    if bass:
        _set_step(ET.SubElement(harmony, "bass"), "bass", bass)
    for value in degrees:
        degree = ET.SubElement(harmony, "degree", {"print-object": "no"})
        ET.SubElement(degree, "degree-value").text = str(value)
        ET.SubElement(degree, "degree-alter").text = "0"
        ET.SubElement(degree, "degree-type").text = "add"
    return harmony


def split_symbol(symbol: str) -> tuple[str, str, str]:
    """(root, quality, bass or nothing), as they are spelt."""
    head, _, bass = symbol.partition("/")
    root = head[:2] if head[1:2] in ("#", "b") else head[:1]
    return root, head[len(root):], bass


def _set_step(element: ET.Element, tag: str, name: str) -> None:
    ET.SubElement(element, f"{tag}-step").text = name[0]
    if alter := name.count("#") - name.count("b"):
        ET.SubElement(element, f"{tag}-alter").text = str(alter)


def _set_swing(measure: ET.Element) -> None:
    direction = ET.Element("direction", {"placement": "above"})
    kind = ET.SubElement(direction, "direction-type")
    ET.SubElement(kind, "words", {"font-weight": "bold"}).text = "Swing"
    sound = ET.SubElement(direction, "sound")
    swing = ET.SubElement(sound, "swing")
    for tag, text in (("first", "2"), ("second", "1"), ("swing-type", "eighth")):
        ET.SubElement(swing, tag).text = text
    at = next(i for i, child in enumerate(measure) if child.tag in ("direction", "note", "forward", "harmony"))
    measure.insert(at, direction)
