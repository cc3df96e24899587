"""Who reads a part: how much lower an instrument sounds than it reads, in which clef, and where its notes lie best."""

from dataclasses import dataclass
from difflib import get_close_matches

from core.errors import BadWish


@dataclass(frozen=True, slots=True)
class Reader:
    """``transpose``: semitones the instrument sounds lower than it reads. ``clef`` "" is the one that suits the notes,
    which then stay in their octave; else the tune is moved by octaves until its middle is near ``centre`` (MIDI, as
    written)."""

    transpose: int = 0
    clef: str = ""
    centre: int = 71

    def shift(self, pitches: list[int]) -> int:
        """Semitones from sound to page for notes of these pitches."""
        if not self.clef:
            return 0
        middle = sorted(pitches)[len(pitches) // 2]
        return min((self.transpose + 12 * k for k in range(-4, 5)), key=lambda up: (abs(middle + up - self.centre),
                                                                                  abs(up)))


ANYBODY = Reader()
TRANSPOSITIONS = {"0": 0, "C": 0, "Bb": 2, "Eb": 9, "F": 7}  # semitones these instruments sound lower than they read
_NAMED = {
    "voice, singer, voz": ANYBODY,
    "piano, keyboard, teclado": ANYBODY,
    "flute, flauta": Reader(0, "treble", 76),
    "recorder, flauta dulce": Reader(0, "treble", 74),
    "piccolo, flautín": Reader(-12, "treble", 76),
    "oboe": Reader(0, "treble", 74),
    "clarinet, clarinete": Reader(2, "treble", 70),
    "bass clarinet, clarinete bajo": Reader(14, "treble", 67),
    "bassoon, fagot": Reader(0, "bass", 52),
    "soprano sax, saxo soprano": Reader(2, "treble"),
    "alto sax, saxo alto, sax, saxo": Reader(9, "treble"),
    "tenor sax, saxo tenor": Reader(14, "treble"),
    "baritone sax, saxo barítono": Reader(21, "treble"),
    "trumpet, trompeta": Reader(2, "treble", 70),
    "cornet, corneta": Reader(2, "treble", 70),
    "flugelhorn, fliscorno": Reader(2, "treble", 69),
    "horn, french horn, trompa": Reader(7, "treble", 69),
    "trombone, trombón": Reader(0, "bass", 55),
    "euphonium, bombardino": Reader(0, "bass", 53),
    "tuba": Reader(0, "bass", 43),
    "violin, violín, fiddle": Reader(0, "treble", 73),
    "viola": Reader(0, "alto", 62),
    "cello, violoncello, violonchelo, chelo": Reader(0, "bass", 53),
    "double bass, contrabass, contrabajo": Reader(12, "bass", 52),
    "guitar, guitarra": Reader(12, "treble", 69),
    "bass guitar, bass, bajo": Reader(12, "bass", 50),
    "ukulele, mandolin, ukelele, mandolina": Reader(0, "treble", 71),
    "glockenspiel, xylophone, xilófono": Reader(0, "treble", 74),
    "harmonica, accordion, armónica, acordeón": Reader(0, "treble"),
}
READERS = {name: reader for names, reader in _NAMED.items() for name in names.split(", ")}
SOME = ("flute", "clarinet", "alto sax", "trumpet", "viola", "cello")


def reader_named(text: str) -> Reader:
    """The reader of a name ("trumpet", "alto saxophone", "cello") or a pitch ("Bb", "Eb", "F", "C"). Raises BadWish."""
    name = " ".join(text.lower().replace("saxophone", "sax").replace("saxofón", "saxo").split())
    pitch = next((pitch for pitch in TRANSPOSITIONS if pitch.lower() == name), None)
    if pitch is not None:
        return Reader(TRANSPOSITIONS[pitch], "treble") if TRANSPOSITIONS[pitch] else ANYBODY
    if name in READERS:
        return READERS[name]
    near = get_close_matches(name, READERS, 3, 0.6) or [*SOME, *(key for key in TRANSPOSITIONS if key.isalpha())]
    raise BadWish(wish=text[:40] or "An instrument", choices=", ".join(near))
