"""Tunes out of ABC notation (the standard 2.1 of abcnotation.com), as far as one line of melody needs it.

music21 reads ABC too, at a quarter of a second a tune; tune books hold thousands. Read here: keys and modes,
accidentals to the end of the bar, lengths, broken rhythm, tuplets, ties, chords (their top note). What is repeated is
written once, with its last ending. Grace notes, ornaments, words and all voices but the first are passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from core import theory
from core.music import Key, Meter
from core.recall.tune import Tune, tune_of_rows

_MODES = {"": "major", "maj": "major", "ion": "major", "m": "minor", "min": "minor", "aeo": "minor", "dor": "dorian",
          "phr": "phrygian", "lyd": "lydian", "mix": "mixolydian", "loc": "phrygian"}
_SHARPS = "FCGDAEB"
_TUPLET = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # p notes in the time of; the others 2, or 3 in compound time
_NOTE = r"(?:\^\^|\^|__|_|=)?[A-Ga-g][,']*"
_LENGTH = r"\d*/*\d*"
_TOKEN = re.compile(rf"""
    (?P<skip>"[^"]*"|![^!\n]*!|\{{[^}}]*\}}|%[^\n]*)
  | \[(?P<inline>[KLM]:[^\]]*)\]
  | (?P<end>:\|+:?|:+\|?:|\|+:|\|+\]?|\[\|)?\s*\[?(?P<ending>(?<=[|\[\]:])\s?\d)(?![\d/])
  | (?P<bar>:\|+:|::|:\|+\]?|\[?\|+:|\[\||\|+\]?)
  | \[(?P<chord>(?:{_NOTE}{_LENGTH}-?)+)\](?P<chord_length>{_LENGTH})
  | (?P<note>{_NOTE}|[zxZy])(?P<length>{_LENGTH})
  | \((?P<tuplet>\d)(?::(?P<time>\d?))?(?::(?P<count>\d?))?
  | (?P<broken>>+|<+)
  | (?P<tie>-)
""", re.VERBOSE)


@dataclass
class _Reading:
    """Where the reader stands in a tune."""

    unit: Fraction
    meter_stated: Meter | None
    meter: Meter | None  # the one in force
    signature: dict[str, int]
    altered: dict[str, int] = field(default_factory=dict)  # until the next bar line
    events: list[list[float | None]] = field(default_factory=list)  # [quarters, pitch or None]
    ending: int | None = None  # where a first ending began
    tied: bool = False
    place: str = ""  # letter and octave of the last note: a tie keeps its accidental over a bar line
    broken: Fraction = Fraction(1)  # what the next note is lengthened by
    tuplet: list[Fraction] = field(default_factory=list)  # factors of the coming notes
    bars: list[float] = field(default_factory=list)  # where bar lines stand, in quarters


def read_abc(text: str, name: str) -> Iterator[Tune]:
    """The tunes of an ABC file, each called NAME:number after its X: field."""
    for number, piece in split_abc(text):
        tune = read_abc_tune(piece, f"{name}:{number}")
        if tune is not None:
            yield tune


def split_abc(text: str) -> list[tuple[str, str]]:
    """(number, text) of each tune of a collection; fields before the first hold for all."""
    head, *rest = re.split(r"(?m)^(?=X:)", text.replace("\r", ""))
    shared = "".join(line + "\n" for line in head.splitlines() if re.match(r"[A-Z]:", line))
    if not rest:
        return [("1", text.replace("\r", ""))]
    return [(re.sub(r"\s", "", part[2:].partition("\n")[0]) or "1", shared + part) for part in rest]


def read_abc_tune(text: str, tune_id: str) -> Tune | None:
    """One tune; None where it has no three notes."""
    fields, reading = _parse(text)
    meter = reading.meter_stated
    rows, onset = [], 0.0
    if reading.bars and meter and reading.bars[0] < meter.bar_beats - 1e-6:
        onset = meter.bar_beats - reading.bars[0]  # an upbeat: beat 0 is a bar line
    for quarters, pitch in reading.events:
        if pitch is not None:
            rows.append((onset, float(quarters or 0), pitch))
        onset += float(quarters or 0)
    return tune_of_rows(tune_id, " ".join(fields.get("T", "").split()), rows, bpm=_bpm(fields.get("Q", "")),
                        key=parse_key(fields.get("K", "")), meter=meter)


def bar_lengths(text: str) -> tuple[list[float], float]:
    """(quarters in each bar of a tune, quarters its meter asks for): to see that a tune is written out well."""
    _, reading = _parse(text)
    ends = list(dict.fromkeys(reading.bars))
    return ([b - a for a, b in zip([0.0, *ends], ends, strict=False)],
            reading.meter_stated.bar_beats if reading.meter_stated else 4.0)


def _parse(text: str) -> tuple[dict[str, str], _Reading]:
    """The fields before the music, and the music read to its end."""
    fields: dict[str, str] = {}
    body, voice = [], None
    for line in text.splitlines():
        head = re.match(r"([A-Za-z]):\s*(.*)", line)
        if head and not line.startswith("|"):
            letter, value = head[1], head[2].partition("%")[0].strip()
            if letter == "V":
                voice = voice or value.split(" ")[0]
                if value.split(" ")[0] != voice:
                    break
            elif letter in "KLM" and "K" in fields:
                body.append(f"[{letter}:{value}]")
            else:
                fields.setdefault(letter, value)
        elif "K" in fields:
            body.append(line.partition("%")[0].rstrip("\\"))
    meter = _meter(fields.get("M", ""))
    bar = meter.bar_beats / 4 if meter else 1.0
    reading = _Reading(_fraction(fields.get("L", "")) or Fraction(1, 8 if bar >= 0.75 else 16), meter, meter,
                       _signature(parse_key(fields.get("K", ""))))
    for token in _TOKEN.finditer("\n".join(body)):
        _read(reading, token)
    return fields, reading


def _read(at: _Reading, token: re.Match[str]) -> None:
    part = token.groupdict()
    if part["inline"]:
        _change(at, *part["inline"].split(":", 1))
    elif part["bar"] or part["ending"]:
        _bar(at, part["bar"] or part["end"] or "", (part["ending"] or "").strip())
    elif part["chord"]:
        notes = re.findall(rf"({_NOTE})({_LENGTH})", part["chord"])
        pitches = [_pitch(at, note) for note, _ in notes]
        length = _length(notes[0][1]) * _length(part["chord_length"])
        _sound(at, length, max(pitches))
    elif part["note"]:
        _sound(at, _length(part["length"]), None if part["note"] in "zxZy" else _pitch(at, part["note"]))
    elif part["tuplet"]:
        p = int(part["tuplet"])
        compound = 3 if at.meter and at.meter.is_compound else 2
        q = int(part["time"] or 0) or _TUPLET.get(p, compound)
        at.tuplet = [Fraction(q, max(p, 1))] * int(part["count"] or p)
    elif part["broken"] and at.events:
        short = Fraction(1, 2 ** min(len(part["broken"]), 4))
        before, after = (2 - short, short) if part["broken"][0] == ">" else (short, 2 - short)
        at.events[-1][0] = float(at.events[-1][0] or 0) * float(before)
        at.broken = after
    elif part["tie"]:
        at.tied = True


def _sound(at: _Reading, length: Fraction, pitch: float | None) -> None:
    factor = at.tuplet.pop() if at.tuplet else Fraction(1)
    quarters = float(4 * at.unit * length * factor * at.broken)
    at.broken = Fraction(1)
    if at.tied and at.events and at.events[-1][1] == pitch and pitch is not None:
        at.events[-1][0] = float(at.events[-1][0] or 0) + quarters
    else:
        at.events.append([quarters, pitch])
    at.tied = False


def _bar(at: _Reading, sign: str, ending: str) -> None:
    at.altered.clear()
    if at.events:
        at.bars.append(sum(float(quarters or 0) for quarters, _ in at.events))
    if at.ending is not None and sign.startswith(":"):
        del at.events[at.ending:]  # the last ending follows
        at.ending = None
    if ending:
        at.ending = len(at.events) if ending == "1" else None


def _change(at: _Reading, letter: str, value: str) -> None:
    if letter == "K":
        at.signature = _signature(parse_key(value))
    elif letter == "L":
        at.unit = _fraction(value) or at.unit
    else:
        at.meter = _meter(value) or at.meter


def _pitch(at: _Reading, note: str) -> float:
    signs, letter, octaves = re.fullmatch(r"([\^_=]*)([A-Ga-g])([,']*)", note).groups()  # type: ignore[union-attr]
    place = letter + octaves
    if signs:
        at.altered[place] = signs.count("^") - signs.count("_")
    elif at.tied and at.place == place and at.events[-1][1] is not None:
        return float(at.events[-1][1])
    at.place = place
    shift = at.altered.get(place, at.signature.get(letter.upper(), 0))
    octave = 12 * (letter.islower() + octaves.count("'") - octaves.count(","))
    return float(60 + theory.NATURALS[letter.upper()] + shift + octave)


def _length(text: str) -> Fraction:
    number, slashes, below = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()  # type: ignore[union-attr]
    bottom = int(below or 0) or 2 ** len(slashes)
    return Fraction(min(int(number or 1), 64), min(max(bottom, 1), 256))


def _fraction(text: str) -> Fraction | None:
    match = re.match(r"(\d+)/(\d+)", text)
    return Fraction(int(match[1]), int(match[2])) if match and int(match[1]) and int(match[2]) else None


def _meter(text: str) -> Meter | None:
    text = {"C": "4/4", "C|": "2/2"}.get(text.strip(), text.strip())
    try:
        return Meter.parse(text)
    except ValueError:
        return None


def _bpm(text: str) -> float | None:
    """Quarters a minute of a Q: field such as ``1/4=100``, ``3/8=80`` or ``100``."""
    match = re.search(r"(?:(\d+)/(\d+)\s*=\s*)?(\d+)\s*$", re.sub(r'"[^"]*"', "", text).strip())
    if not match:
        return None
    beat = 4 * int(match[1]) / max(int(match[2]), 1) if match[1] else 1.0
    return float(match[3]) * beat or None


def parse_key(text: str) -> Key | None:
    """The key of a K: field (``D``, ``F#m``, ``Ador``, ``G mixolydian``, ``HP``); None for none."""
    if text[:2].lower() == "hp":
        return Key(2, "major")
    match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", text.strip())
    if not match:
        return None
    mode = match[3].lower()
    return Key(theory.pitch_class(match[1] + match[2]), _MODES.get(mode[:3], _MODES.get(mode, "major")))


def _signature(key: Key | None) -> dict[str, int]:
    """What the key signature does to each letter."""
    if key is None:
        return {}
    fifths = (theory.major_signature(key.tonic_pc, key.mode) * 7) % 12
    if fifths <= 6:
        return dict.fromkeys(_SHARPS[:fifths], 1)
    return dict.fromkeys(_SHARPS[::-1][:12 - fifths], -1)
