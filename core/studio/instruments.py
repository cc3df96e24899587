"""Who shall play what was transcribed: General MIDI's instruments by their names."""

from difflib import get_close_matches

from core.errors import BadWish
from core.theory import GM_PROGRAMS

PIANO = 0             # its General MIDI program
KEYBOARDS = range(8)  # those of instruments with two hands and a pedal
SOME = ("violin", "flute", "church organ", "nylon guitar")


def instruments_named(text: str) -> tuple[int, int]:
    """General MIDI programs of the upper and the lower part, by name or by two names with a comma between.

    A part of a name will do ("piano", "violin"). Raises BadWish.
    """
    names = [" ".join(name.lower().split()) for name in text.split(",") if name.strip()]
    if not 1 <= len(names) <= 2:
        raise BadWish(wish=text[:40] or "An instrument", choices="one or two of: " + ", ".join(SOME))
    return _program(names[0]), _program(names[-1])


def _program(name: str) -> int:
    """The program of that name, else the first that has all its words. Raises BadWish."""
    if name in GM_PROGRAMS:
        return GM_PROGRAMS.index(name)
    words = name.split()
    for program, known in enumerate(GM_PROGRAMS):
        if set(words) <= set(known.split()):
            return program
    near = get_close_matches(name, GM_PROGRAMS, 6, 0.5) or SOME
    raise BadWish(wish=name[:40], choices=", ".join(near))
