"""Pure reshapings of a tune that need no network: another meter, another mode, another length, steps of its scale."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core.music import Key, Melody, Meter, Note

GRID = 0.25  # beats: what moved notes are laid on
# Where the places of a bar go when it becomes another: (from, to): (place before, place after) in beats
BENDS: dict[tuple[str, str], tuple[tuple[float, float], ...]] = {
    ("4/4", "3/4"): ((0, 0), (1, 1), (2, 1.5), (3, 2), (4, 3)),
    ("3/4", "4/4"): ((0, 0), (1, 2), (2, 3), (3, 4)),
    ("2/4", "3/4"): ((0, 0), (1, 2), (2, 3)),
    ("3/4", "2/4"): ((0, 0), (1, 1), (2, 1.5), (3, 2)),
    ("6/8", "4/4"): ((0, 0), (0.5, 1), (1, 1.5), (1.5, 2), (2, 3), (2.5, 3.5), (3, 4)),
    ("4/4", "6/8"): ((0, 0), (1, 1), (2, 1.5), (3, 2.5), (4, 3)),
    ("6/8", "3/4"): ((0, 0), (1.5, 2), (3, 3)),
    ("3/4", "6/8"): ((0, 0), (1, 1), (2, 1.5), (3, 3)),
}
OTHER_METER = {"4/4": "3/4", "3/4": "4/4", "2/4": "3/4", "6/8": "4/4", "3/8": "2/4", "9/8": "3/4", "12/8": "4/4"}


def in_meter(melody: Melody, meter: Meter) -> Melody:
    """The tune with each bar bent into the other meter; notes keep their order, and each a sixteenth at least."""
    if meter == melody.meter:
        return melody
    bar, other = melody.meter.bar_beats, meter.bar_beats
    bend = BENDS.get((str(melody.meter), str(meter)), ((0, 0), (bar, other)))
    before, after = zip(*bend, strict=True)

    def place(beats: float) -> float:
        bars, rest = divmod(beats + 1e-9, bar)
        return round((bars * other + float(np.interp(rest, before, after))) / GRID) * GRID

    return replace(melody, meter=meter, notes=_spaced([(place(n.onset_beats), place(n.end_beats), n)
                                                       for n in melody.notes]))


def _spaced(rows: Sequence[tuple[float, float, Note]]) -> tuple[Note, ...]:
    """Notes from (onset, end, note), each at least GRID long and none before the one before has begun."""
    kept: list[Note] = []
    for onset, end, note in rows:
        if kept and onset <= kept[-1].onset_beats:
            continue  # no room: the note before stands for both
        kept.append(replace(note, onset_beats=onset, duration_beats=max(GRID, end - onset)))
    return tuple(replace(n, duration_beats=min(n.duration_beats, following.onset_beats - n.onset_beats))
                 for n, following in pairwise(kept)) + tuple(kept[-1:])


def in_mode(melody: Melody, minor: bool) -> Melody:
    """The tune in the major or minor key on the same tonic: third, sixth and seventh are changed."""
    if melody.key.is_minor == minor:
        return melody
    key = Key(melody.key.tonic_pc, "minor" if minor else "major")
    steps = {4: 3, 9: 8, 11: 10} if minor else {3: 4, 8: 9, 10: 11}
    pitches = [note.pitch for note in melody.notes]
    notes = []
    for i, note in enumerate(melody.notes):
        step = (note.pitch - key.tonic_pc) % 12
        if minor and step == 11 and i + 1 < len(pitches) and pitches[i + 1] == note.pitch + 1:
            notes.append(note)  # the leading note leads in minor too
            continue
        notes.append(replace(note, pitch=note.pitch + steps.get(step, step) - step))
    return replace(melody, key=key, notes=tuple(notes), modulations=())


def of_length(melody: Melody, bars: int) -> Melody:
    """The tune cut after so many bars, or gone through again until it has them."""
    length, target = melody.bars * melody.meter.bar_beats, bars * melody.meter.bar_beats
    notes: list[Note] = []
    turn = 0.0
    while turn < target:
        for note in melody.notes:
            onset = turn + note.onset_beats
            if onset < target:
                notes.append(replace(note, onset_beats=onset,
                                     duration_beats=min(note.duration_beats, target - onset)))
        turn += length
    return replace(melody, notes=tuple(notes))


def scale_step(pitch: int, steps: int, key: Key) -> int:
    """A pitch moved by steps of the key's scale; a foreign note keeps its distance to the scale's note below."""
    scale = sorted((pc - key.tonic_pc) % 12 for pc in key.scale)
    octave, within = divmod(pitch - key.tonic_pc, 12)
    place = max(i for i, step in enumerate(scale) if step <= within)
    more, new = divmod(place + steps, len(scale))
    return key.tonic_pc + (octave + more) * 12 + scale[new] + (within - scale[place] if within != scale[place] else 0)
