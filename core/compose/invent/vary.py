"""Variations of a tune: each kind changes one thing and keeps the skeleton, the notes on the strong places."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core.compose.invent.names import KINDS
from core.compose.invent.reshape import OTHER_METER, in_meter, in_mode, scale_step
from core.compose.invent.runs import known_runs, note_runs
from core.music import Melody, Meter, Note

TRIES = 4  # seeds tried for a variation that is nobody else's tune
SHORTEST = 0.25  # beats: no ornament makes shorter notes
DRESSED, LONG_DRESSED = 0.4, 0.75  # how many notes get an ornament, and of those longer than usual

Variation = Callable[[Melody, np.random.Generator], Melody]


def varied(melody: Melody, kind: str, seed: int) -> Melody:
    """The tune varied; the same arguments give the same. Raises KeyError for an unknown kind, NoIdea.

    Of a few tries the one with the fewest runs of eight notes from other people's tunes is taken.
    """
    own, best, fewest = note_runs(melody.notes), melody, 10**9
    for attempt in range(TRIES):
        rng = np.random.default_rng([seed, KINDS.index(kind), attempt])
        found = VARIATIONS[kind](melody, rng)
        copies = sum(run in known_runs() for run in note_runs(found.notes) - own)
        if copies < fewest:
            best, fewest = found, copies
        if not copies:
            break
    return best


def strong(melody: Melody, note: Note) -> bool:
    """Whether a note belongs to the skeleton: it begins on a bar line or on the bar's other strong place."""
    place = note.onset_beats % melody.meter.bar_beats
    half = melody.meter.bar_beats / 2
    strong_places = {0.0, half} if melody.meter.numerator % 2 == 0 and melody.meter.bar_beats >= 3 else {0.0}
    return any(abs(place - other) < 0.01 for other in strong_places)


def rhythm(melody: Melody, rng: np.random.Generator) -> Melody:
    """Even pairs of notes within a beat dotted, all alike, or the other way round at the end of each other bar; long
    notes struck again. What stands on a strong place stays there."""
    notes, out = list(melody.notes), []
    long = 1.5 if rng.random() < 0.75 else 0.5
    start, bar = notes[0].onset_beats, melody.meter.bar_beats
    i = 0
    while i < len(notes):
        one = notes[i]
        two = notes[i + 1] if i + 1 < len(notes) else None
        even = two is not None and abs(one.end_beats - two.onset_beats) < 0.01 and (
            abs(one.duration_beats - two.duration_beats) < 0.01 and one.duration_beats >= 0.5)
        place = one.onset_beats % (2 * one.duration_beats)
        whole = min(place, 2 * one.duration_beats - place) < 0.01  # both within one beat, or within two
        if two is not None and even and whole and not strong(melody, two):
            turned = (one.onset_beats - start) // bar % 2 == 1 and two.end_beats % bar < 0.01
            first = one.duration_beats * (2 - long if turned else long)
            out += [replace(one, duration_beats=first),
                    replace(two, onset_beats=one.onset_beats + first, duration_beats=2 * one.duration_beats - first)]
            i += 2
        elif one.duration_beats >= 1.5 and i + 1 < len(notes):
            cut = 1.0 if one.duration_beats < 3 else 1.5
            out += [replace(one, duration_beats=cut),
                    replace(one, onset_beats=one.onset_beats + cut, duration_beats=one.duration_beats - cut)]
            i += 1
        else:
            out.append(one)
            i += 1
    return replace(melody, notes=tuple(out))


def ornament(melody: Melody, rng: np.random.Generator) -> Melody:
    """Neighbours and passing notes between the notes of the tune, on long notes above all."""
    usual = float(np.median([note.duration_beats for note in melody.notes]))
    out: list[Note] = []
    for one, two in pairwise([*melody.notes, melody.notes[-1]]):
        room, away = one.duration_beats, two.pitch - one.pitch
        last = one is melody.notes[-1]
        if last or room < 2 * SHORTEST or rng.random() > (LONG_DRESSED if room > usual else DRESSED):
            out.append(one)
            continue
        part = room / 2 if room <= 1 else min(0.5, room / 4)
        side = 1 if away >= 0 else -1
        if 3 <= abs(away) <= 5:  # a third or fourth: walk through it
            added = [scale_step(one.pitch, side, melody.key)]
        elif room >= 4 * part - 1e-9 and rng.random() < 0.6:  # a turn
            added = [scale_step(one.pitch, 1, melody.key), one.pitch, scale_step(one.pitch, -1, melody.key)]
        else:  # a neighbour, on the other side of where the tune goes
            added = [scale_step(one.pitch, -side, melody.key)]
        held = room - part * len(added)
        out.append(replace(one, duration_beats=held))
        out += [replace(one, onset_beats=one.onset_beats + held + part * k, duration_beats=part, pitch=pitch)
                for k, pitch in enumerate(added)]
    return replace(melody, notes=tuple(out))


def simplify(melody: Melody, rng: np.random.Generator) -> Melody:
    """The skeleton alone, its notes held; beats that carry a leap stay too now and then."""
    pulse = melody.meter.pulse_beats
    kept = [melody.notes[0]]
    for before, note in pairwise(melody.notes):
        on_beat = abs(note.onset_beats % pulse) < 0.01
        leap = abs(note.pitch - before.pitch) > 4
        if strong(melody, note) or note is melody.notes[-1] or (on_beat and leap and rng.random() < 0.5):
            kept.append(note)
    gap = melody.meter.bar_beats
    held = tuple(replace(a, duration_beats=min(b.onset_beats - a.onset_beats, max(a.duration_beats, gap)))
                 for a, b in pairwise(kept))
    return replace(melody, notes=(*held, kept[-1]))


def mode(melody: Melody, rng: np.random.Generator) -> Melody:
    """Major becomes minor, minor major."""
    return in_mode(melody, not melody.key.is_minor)


def meter(melody: Melody, rng: np.random.Generator) -> Melody:
    """A march becomes a waltz, a waltz a march, a jig a march."""
    return in_meter(melody, Meter.parse(OTHER_METER.get(str(melody.meter), "4/4")))


def sequence(melody: Melody, rng: np.random.Generator) -> Melody:
    """Every second pair of bars becomes the pair before it, a step or two higher or lower; the end stays."""
    bar = melody.meter.bar_beats
    size = 2 * bar if melody.bars >= 6 else bar
    steps = int(rng.choice([1, -1, 2, -2]))
    start, end = melody.notes[0].onset_beats // bar * bar, melody.notes[-1].end_beats
    last = end - min(size, (end - start) / 2)
    out = [note for note in melody.notes
           if (note.onset_beats - start) // size % 2 == 0 or note.onset_beats >= last - 1e-6]
    for note in melody.notes:
        onset = note.onset_beats + size
        if (note.onset_beats - start) // size % 2 == 0 and onset < last - 1e-6:
            out.append(replace(note, onset_beats=onset, pitch=scale_step(note.pitch, steps, melody.key)))
    out.sort(key=lambda note: note.onset_beats)
    trimmed = [replace(a, duration_beats=min(a.duration_beats, b.onset_beats - a.onset_beats))
               for a, b in pairwise(out) if b.onset_beats > a.onset_beats]
    return replace(melody, notes=(*trimmed, out[-1]))


def paraphrase(melody: Melody, rng: np.random.Generator) -> Melody:
    """The skeleton stays, the network walks between its notes anew."""
    from core.compose.invent.refill import refilled

    return refilled(melody, [strong(melody, note) for note in melody.notes], rng)


VARIATIONS: dict[str, Variation] = {"rhythm": rhythm, "ornament": ornament, "paraphrase": paraphrase, "mode": mode,
                                    "simplify": simplify, "meter": meter, "sequence": sequence}
