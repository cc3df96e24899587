"""What an instrument can play: hard limits by General MIDI program, and fitting a part into them."""

from collections.abc import Sequence

from core.music import Note

_FAMILIES = {  # first program of eight: (low, high)
    0: (21, 108),
    8: (53, 96),
    16: (36, 96),
    24: (40, 86),
    32: (28, 67),
    40: (36, 96),
    48: (28, 96),
    56: (40, 82),
    64: (46, 87),
    72: (60, 96),
    80: (36, 108),
    88: (28, 108),
    96: (36, 96),
    104: (43, 88),
    112: (48, 96),
}
_ALONE = {
    8: (60, 108),
    9: (79, 108),
    10: (60, 96),
    11: (53, 89),
    12: (45, 96),
    13: (65, 108),
    14: (60, 77),
    21: (41, 96),
    22: (60, 96),
    23: (41, 96),
    26: (40, 84),
    40: (55, 100),
    41: (48, 91),
    42: (36, 76),
    43: (28, 60),
    45: (36, 96),
    46: (24, 103),
    47: (36, 57),
    56: (54, 86),
    57: (40, 74),
    58: (26, 58),
    59: (54, 86),
    60: (34, 77),
    61: (40, 86),
    62: (36, 96),
    63: (36, 96),
    64: (56, 88),
    65: (49, 81),
    66: (44, 76),
    67: (37, 69),
    68: (58, 91),
    69: (52, 81),
    70: (34, 75),
    71: (50, 94),
    72: (74, 108),
    73: (60, 96),
    74: (60, 96),
    75: (60, 96),
    105: (48, 88),
    108: (60, 91),
    109: (57, 81),
    110: (55, 100),
}


def limits(program: int) -> tuple[int, int]:
    """Lowest and highest MIDI pitch of a General MIDI program."""
    return _ALONE.get(program) or _FAMILIES.get(program // 8 * 8, (28, 108))


def unreached(notes: Sequence[Note], program: int, *, margin: int) -> int:
    """How many notes lie beyond the instrument's limits, or nearer to them than ``margin`` semitones."""
    low, high = limits(program)
    return sum(not low + margin <= note.pitch <= high - margin for note in notes)


def fitted(notes: Sequence[Note], program: int, *, up: int = 0) -> tuple[Note, ...]:
    """The notes ``up`` semitones higher and within the instrument's limits.

    What lies beyond them is moved by octaves: all notes together where that helps, else singly.
    """
    low, high = limits(program)
    pitches = [note.pitch + up for note in notes]

    def outside(shift: int) -> int:
        return sum(not low <= pitch + shift <= high for pitch in pitches)

    shift = 0 if outside(0) == 0 else min((0, 12, -12, 24, -24), key=lambda s: (outside(s), abs(s)))
    out = []
    for note, pitch in zip(notes, pitches, strict=True):
        pitch += shift
        while pitch < low:
            pitch += 12
        while pitch > high:
            pitch -= 12
        out.append(Note(note.onset_beats, note.duration_beats, pitch, note.velocity))
    return tuple(out)


def within(notes: Sequence[Note], program: int, *, margin: int) -> tuple[Note, ...]:
    """The notes that lie at least ``margin`` semitones inside the instrument's limits."""
    low, high = limits(program)
    return tuple(note for note in notes if low + margin <= note.pitch <= high - margin)
