"""What a player adds to the written notes: scoops, falls, grace notes, mordents, trills, vibrato and swells.

Sparse, by chance that repeats itself, and never in the way of the tune: whoever can bend does it inside the note
(MIDI pitch bend), so that the notes of the part stay those of the tune; only keys and plucked strings strike a grace
note of its own, just before the beat. A style's player says which of these it uses (``ornaments`` in docs/styles.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from core.compose.feel import clamp
from core.music import PITCH_BEND, Control, Key, Note

EXPRESSION, MODULATION = 11, 1
SEMITONE = 4096  # of bend, at the two semitones' range every synth starts with
BOW_S = 0.1  # between two moves of a hand
SPACING_BEATS = 2.0
CHANCE = {"scoop": 0.3, "fall": 0.5, "grace": 0.2, "mordent": 0.12, "trill": 1.0}
LONG_S = {"scoop": 0.45, "fall": 0.45, "grace": 0.4, "mordent": 0.7, "trill": 0.75}  # shorter notes are left alone
_FIXED = frozenset({*range(22), 23, 45, 46, 47, *range(104, 110), *range(112, 119)})  # programs nobody can bend
_SUSTAINED = frozenset({*range(16, 24), *range(40, 45), *range(48, 96), 109, 110})  # programs that hold a note
_STILL = frozenset({*range(24, 32), 56, 59, *range(64, 68), 71, *range(80, 88)})  # samples that stand still
_HELD_BACK = 104  # expression a swelling player starts from; 127 is all there is


@dataclass(frozen=True)
class Adorned:
    """A part with what its player does to it."""

    notes: tuple[Note, ...]
    controls: tuple[Control, ...] = ()


def adorned(notes: Sequence[Note], ornaments: Sequence[str], program: int, key: Key, bpm: float,
            rng: np.random.Generator) -> Adorned:
    """One line as played, with its ornaments. ``notes`` sorted by onset, one at a time; ``key`` as it sounds."""
    if not ornaments or not notes:
        return Adorned(tuple(notes))
    beats = bpm / 60  # a second
    bends = program not in _FIXED
    out: list[Note] = []
    controls: list[Control] = []
    last = -SPACING_BEATS
    ends = _phrase_ends(notes, beats)
    trilled = _cadence(notes) if "trill" in ornaments else None
    for index, note in enumerate(notes):
        kind = "trill" if index == trilled else _choice(note, ornaments, beats, bends, index in ends, rng)
        free = kind is not None and (note.onset_beats - last >= SPACING_BEATS or kind == "trill")
        if kind and free:
            last = note.onset_beats
            if bends:
                above = index == 0 or notes[index - 1].pitch <= note.pitch
                controls += _bent(note, kind, key, beats, above=above)
            elif kind == "grace" and out:
                grace = _struck_before(out, note, key, beats)
                out += [grace] if grace else []
        if "vibrato" in ornaments and program in _STILL:
            controls += _vibrato(note, beats)
        if "swell" in ornaments and program in _SUSTAINED:
            controls += _breath(note, beats)
        out.append(note)
    return Adorned(tuple(out), tuple(sorted(controls, key=lambda c: (c.onset_beats, c.number))))


def _choice(note: Note, ornaments: Sequence[str], beats: float, bends: bool, ends: bool, rng: np.random.Generator
            ) -> str | None:
    """The ornament this note gets, if any: at most one."""
    dice = rng.random(len(CHANCE))
    for roll, kind in zip(dice, CHANCE, strict=True):
        fits = kind in ornaments and kind != "trill" and note.duration_beats >= LONG_S[kind] * beats
        if fits and (bends or kind == "grace") and (kind != "fall" or ends) and roll < CHANCE[kind]:
            return kind
    return None


def _phrase_ends(notes: Sequence[Note], beats: float) -> frozenset[int]:
    """Notes after which the line rests."""
    return frozenset(i for i, (a, b) in enumerate(pairwise(notes)) if b.onset_beats - a.end_beats > 0.3 * beats)


def _cadence(notes: Sequence[Note]) -> int | None:
    """The last note but one, where it is long enough to trill on."""
    return len(notes) - 2 if len(notes) > 40 and notes[-2].duration_beats >= 0.9 else None


def _neighbour(pitch: int, key: Key, *, up: bool) -> int:
    """Semitones to the next degree of the key."""
    steps = (1, 2, 3) if up else (-1, -2, -3)
    return next(step for step in steps if (pitch + step) % 12 in key.scale or abs(step) == 3)


def _bent(note: Note, kind: str, key: Key, beats: float, *, above: bool = True) -> Iterator[Control]:
    """The bends that make an ornament inside a note; every one of them leaves the wheel at rest.

    A grace note comes from ``above`` or below: from the side that the line does not come from, or it would be a slide.
    """
    up = min(2, _neighbour(note.pitch, key, up=True))
    match kind:
        case "scoop":  # from a semitone below, in a tenth of a second
            curve = [(0.0, -1.0), (0.025, -0.8), (0.05, -0.5), (0.075, -0.25), (0.1, 0.0)]
        case "grace":  # slurred from a neighbouring degree
            side = up if above else max(-2, _neighbour(note.pitch, key, up=False))
            curve = [(0.0, float(side)), (0.065, 0.0)]
        case "mordent":
            curve = [(0.1, float(up)), (0.17, 0.0)]
        case "trill":
            turns = int((0.75 * note.duration_beats / beats - 0.1) / 0.14)
            curve = [(0.1 + 0.07 * k, float(up) * ((k + 1) % 2)) for k in range(2 * turns)]
        case _:  # a fall, in the last of the note
            end = note.duration_beats / beats
            curve = [(end - 0.12 + 0.02 * k, -0.12 * (k + 1) ** 1.55) for k in range(6)] + [(end + 0.06, 0.0)]
    return (_bend(note.onset_beats + at * beats, semitones) for at, semitones in curve)


def _bend(beats: float, semitones: float) -> Control:
    return Control(max(0.0, beats), PITCH_BEND, clamp(semitones * SEMITONE, -8192, 8191))


def _struck_before(out: list[Note], note: Note, key: Key, beats: float) -> Note | None:
    """A grace note of its own a sixteenth of a second early; the note before it makes room (``out`` is changed)."""
    length = 0.06 * beats
    before, start = out[-1], note.onset_beats - length
    if start - before.onset_beats < 0.12 * beats or before.pitch == note.pitch:
        return None
    out[-1] = replace(before, duration_beats=min(before.duration_beats, start - before.onset_beats))
    step = _neighbour(note.pitch, key, up=before.pitch > note.pitch)
    return Note(start, length, note.pitch + step, clamp(0.62 * note.velocity, 20, 90))


def _vibrato(note: Note, beats: float) -> Iterator[Control]:
    """Vibrato that comes late into long notes."""
    if note.duration_beats >= 0.7 * beats:
        for at, value in ((0.3, 15), (0.45, 28), (0.6, 40)):
            yield Control(note.onset_beats + at * beats, MODULATION, value)
        yield Control(note.end_beats, MODULATION, 0)


def _breath(note: Note, beats: float) -> Iterator[Control]:
    """A long note grows to its middle and lets go."""
    if note.duration_beats >= 0.8 * beats:
        steps = max(4, int(note.duration_beats / beats / BOW_S))
        for k in range(steps):
            arch = np.sin(np.pi * min(1.0, 0.15 + 0.9 * k / steps)) ** 0.8
            yield Control(note.onset_beats + k * note.duration_beats / steps, EXPRESSION,
                          clamp(_HELD_BACK + 23 * float(arch), 0, 127))
    else:
        yield Control(note.onset_beats, EXPRESSION, 122)


def swelling(notes: Sequence[Note], program: int, bar_beats: float) -> tuple[Control, ...]:
    """How a pad breathes: each stretch between two changes of chord grows and falls back, as do four bars.

    Empty for instruments that cannot hold a note.
    """
    if program not in _SUSTAINED or not notes:
        return ()
    starts = sorted({round(note.onset_beats, 1) for note in notes})
    end = max(note.end_beats for note in notes)
    joints = [starts[0]]
    for start in starts[1:]:
        if start - joints[-1] >= bar_beats / 2:
            joints.append(start)
    out: list[Control] = []
    for start, stop in pairwise([*joints, max(end, joints[-1] + 0.5)]):
        count = max(2, round((stop - start) * 2))
        for k in range(count):
            at = start + k * (stop - start) / count
            phrase = np.sin(np.pi * (at / (4 * bar_beats) % 1.0))
            value = clamp(82 + 26 * np.sin(np.pi * k / count) + 19 * phrase, 0, 127)
            if not out or out[-1].value != value:
                out.append(Control(float(max(0.0, at)), EXPRESSION, value))
    return tuple(out)
