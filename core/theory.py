"""Pitch classes, scales, chord shapes and General MIDI names: tables, and pure functions on them.

Pitches are MIDI numbers (60 = middle C), pitch classes 0..11 with C = 0.
"""

import re
from functools import lru_cache

SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

MODES = {  # scale degrees in semitones above the tonic
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
MINOR_MODES = frozenset({"minor", "dorian", "phrygian"})
_MODE_AS_MAJOR = {"major": 0, "minor": 3, "dorian": 10, "phrygian": 8, "lydian": 7, "mixolydian": 5}

CHORD_SHAPES = {  # quality: semitones above the root, in stacking order
    "": (0, 4, 7), "m": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8),
    "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "mmaj7": (0, 3, 7, 11),
    "dim7": (0, 3, 6, 9), "m7b5": (0, 3, 6, 10), "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9),
    "sus4": (0, 5, 7), "sus2": (0, 2, 7), "7sus4": (0, 5, 7, 10), "5": (0, 7),
    "9": (0, 4, 7, 10, 14), "maj9": (0, 4, 7, 11, 14), "m9": (0, 3, 7, 10, 14),
    "add9": (0, 4, 7, 14), "13": (0, 4, 7, 10, 21),
}
_CHORD = re.compile(
    r"([A-G][#b]?)(" + "|".join(sorted(map(re.escape, CHORD_SHAPES), key=len, reverse=True)) + r")(?:/([A-G][#b]?))?"
)
_KEY = re.compile(r"([A-Ga-g])([#b]?)[ _-]*([a-z]*)", re.IGNORECASE)

GM_PROGRAMS = (  # General MIDI level 1, programs 0..127
    "acoustic grand piano", "bright acoustic piano", "electric grand piano", "honky-tonk piano",
    "electric piano 1", "electric piano 2", "harpsichord", "clavinet",
    "celesta", "glockenspiel", "music box", "vibraphone", "marimba", "xylophone", "tubular bells", "dulcimer",
    "drawbar organ", "percussive organ", "rock organ", "church organ", "reed organ", "accordion", "harmonica",
    "tango accordion", "nylon guitar", "steel guitar", "jazz guitar", "clean guitar", "muted guitar",
    "overdriven guitar", "distortion guitar", "guitar harmonics", "acoustic bass", "finger bass", "pick bass",
    "fretless bass", "slap bass 1", "slap bass 2", "synth bass 1", "synth bass 2",
    "violin", "viola", "cello", "contrabass", "tremolo strings", "pizzicato strings", "orchestral harp", "timpani",
    "string ensemble 1", "string ensemble 2", "synth strings 1", "synth strings 2",
    "choir aahs", "voice oohs", "synth voice", "orchestra hit",
    "trumpet", "trombone", "tuba", "muted trumpet", "french horn", "brass section", "synth brass 1", "synth brass 2",
    "soprano sax", "alto sax", "tenor sax", "baritone sax", "oboe", "english horn", "bassoon", "clarinet",
    "piccolo", "flute", "recorder", "pan flute", "blown bottle", "shakuhachi", "whistle", "ocarina",
    "square lead", "saw lead", "calliope lead", "chiff lead", "charang lead", "voice lead", "fifths lead",
    "bass and lead", "new age pad", "warm pad", "polysynth pad", "choir pad", "bowed pad", "metallic pad",
    "halo pad", "sweep pad", "rain fx", "soundtrack fx", "crystal fx", "atmosphere fx", "brightness fx",
    "goblins fx", "echoes fx", "sci-fi fx", "sitar", "banjo", "shamisen", "koto", "kalimba", "bagpipe", "fiddle",
    "shanai", "tinkle bell", "agogo", "steel drums", "woodblock", "taiko drum", "melodic tom", "synth drum",
    "reverse cymbal", "guitar fret noise", "breath noise", "seashore", "bird tweet", "telephone ring",
    "helicopter", "applause", "gunshot",
)
GM_DRUMS = {  # General MIDI percussion keys the styles use
    "kick": 36, "side_stick": 37, "snare": 38, "clap": 39, "snare_2": 40, "low_tom": 43, "hat_closed": 42,
    "hat_pedal": 44, "mid_tom": 47, "hat_open": 46, "crash": 49, "high_tom": 50, "ride": 51, "china": 52,
    "ride_bell": 53, "tambourine": 54, "splash": 55, "cowbell": 56, "crash_2": 57, "ride_2": 59,
    "bongo_high": 60, "bongo_low": 61, "conga_mute": 62, "conga_open": 63, "conga_low": 64,
    "timbale_high": 65, "timbale_low": 66, "agogo_high": 67, "agogo_low": 68, "cabasa": 69, "maracas": 70,
    "guiro_short": 73, "guiro_long": 74, "claves": 75, "woodblock_high": 76, "woodblock_low": 77,
    "triangle_mute": 80, "triangle_open": 81, "shaker": 82,
}


def pitch_class(name: str) -> int:
    """Pitch class of a note name such as ``"F#"`` or ``"Bb"``. Raises ValueError."""
    if not re.fullmatch(r"[A-G][#b]*", name):
        raise ValueError(f"note name {name!r}")
    return (NATURALS[name[0]] + name.count("#") - name.count("b")) % 12


def major_signature(tonic_pc: int, mode: str) -> int:
    """Pitch class of the major key that shares its key signature with this one."""
    return (tonic_pc + _MODE_AS_MAJOR[mode]) % 12


def fifths(tonic_pc: int, mode: str) -> int:
    """Key signature as sharps (positive) or flats (negative), -5..6."""
    return (major_signature(tonic_pc, mode) * 7 + 5) % 12 - 5


def uses_flats(tonic_pc: int, mode: str) -> bool:
    """Whether notes and chords of this key are spelt with flats."""
    return fifths(tonic_pc, mode) < 0 or (fifths(tonic_pc, mode) == 0 and mode in MINOR_MODES)


def name_of(pc: int, flats: bool = False) -> str:
    """Note name of a pitch class."""
    return (FLAT_NAMES if flats else SHARP_NAMES)[pc % 12]


def parse_key(text: str) -> tuple[int, str]:
    """(tonic pitch class, mode) of ``"F# minor"``, ``"Bb major"``, ``"am"``, ``"D dorian"``. Raises ValueError."""
    match = _KEY.fullmatch(text.strip().replace("♭", "b").replace("♯", "#"))
    if not match:
        raise ValueError(f"key {text!r}")
    letter, accidental, mode = match.groups()
    mode = {"": "major", "m": "minor", "maj": "major", "min": "minor"}.get(mode.lower(), mode.lower())
    if mode not in MODES:
        raise ValueError(f"key {text!r}")
    return pitch_class(letter.upper() + accidental), mode


@lru_cache(maxsize=4096)
def parse_chord(symbol: str) -> tuple[int, str, int]:
    """(root pitch class, quality, bass pitch class) of a chord symbol. Raises ValueError."""
    match = _CHORD.fullmatch(symbol)
    if not match:
        raise ValueError(f"chord symbol {symbol!r}")
    root, quality, bass = match.groups()
    return pitch_class(root), quality, pitch_class(bass or root)


def chord_symbol(root_pc: int, quality: str, *, flats: bool = False, bass_pc: int | None = None) -> str:
    """The inverse of :func:`parse_chord`."""
    slash = "" if bass_pc is None or bass_pc % 12 == root_pc % 12 else "/" + name_of(bass_pc, flats)
    return name_of(root_pc, flats) + quality + slash


def chord_pitch_classes(symbol: str) -> tuple[int, ...]:
    """Pitch classes of a chord in stacking order, root first (the slash bass is not among them)."""
    root, quality, _ = parse_chord(symbol)
    return tuple((root + step) % 12 for step in CHORD_SHAPES[quality])


def is_minor_chord(symbol: str) -> bool:
    """Whether the chord's third is minor."""
    return 3 in CHORD_SHAPES[parse_chord(symbol)[1]]


def transpose_chord(symbol: str, semitones: int, *, flats: bool = False) -> str:
    """The same chord, moved by semitones."""
    root, quality, bass = parse_chord(symbol)
    return chord_symbol(root + semitones, quality, flats=flats, bass_pc=bass + semitones)


def scale_pitch_classes(tonic_pc: int, mode: str) -> tuple[int, ...]:
    """Pitch classes of a scale, tonic first."""
    return tuple((tonic_pc + step) % 12 for step in MODES[mode])


def nearest_pitch(pc: int, target: float, low: int = 0, high: int = 127) -> int:
    """The pitch of class ``pc`` within low..high that lies nearest to ``target``.

    Raises ValueError where no such pitch exists.
    """
    candidates = range(low + (pc - low) % 12, high + 1, 12)
    return min(candidates, key=lambda pitch: (abs(pitch - target), pitch))


def program_of(name: str) -> int:
    """General MIDI program number (0..127) of an instrument's name. Raises ValueError."""
    return GM_PROGRAMS.index(name)
