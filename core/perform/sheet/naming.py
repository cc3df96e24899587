"""Chord symbols for a player who strikes chords: what sounds together, named as a musician would."""

from collections import Counter
from collections.abc import Sequence

from core import theory
from core.music import Chord, Key, Note

TOGETHER_BEATS = 0.06
# What each quality costs: of two names for the same notes the plainer one is taken (C6 rather than Am7/C needs help
# from the bass; see _name).
PLAINNESS = {quality: cost for cost, qualities in enumerate((
    ("", "m"), ("7", "m7", "maj7", "sus4"), ("dim", "6", "m6", "sus2", "m7b5", "dim7", "aug", "5"),
    ("9", "m9", "maj9", "add9", "mmaj7", "7sus4", "13"))) for quality in qualities}


def name_chords(notes: Sequence[Note], key: Key) -> tuple[Chord, ...]:
    """A chord for every moment at which two or more pitches are struck together, lasting to the next such moment.

    A chord struck again is one chord. Notes struck alone belong to the chord before.
    """
    struck: list[list[Note]] = []
    for note in sorted(notes, key=lambda n: n.onset_beats):
        if struck and note.onset_beats - struck[-1][0].onset_beats < TOGETHER_BEATS:
            struck[-1].append(note)
        else:
            struck.append([note])
    found: list[Chord] = []
    for index, group in enumerate(struck):
        if len({note.pitch % 12 for note in group}) < 2:
            continue
        onset = group[0].onset_beats
        held = [n for earlier in struck[max(0, index - 3):index] for n in earlier if n.end_beats > onset + 0.2]
        symbol = _name([*group, *held], key)
        end = max(note.end_beats for note in group)
        if found and found[-1].symbol == symbol:
            found[-1] = Chord(found[-1].onset_beats, end - found[-1].onset_beats, symbol)
            continue
        if found:
            last = found[-1]
            found[-1] = Chord(last.onset_beats, onset - last.onset_beats, last.symbol)
        found.append(Chord(onset, end - onset, symbol))
    return tuple(found)


def _name(notes: Sequence[Note], key: Key) -> str:
    """The chord that these pitches are, or are most like."""
    weights = Counter(note.pitch % 12 for note in notes)
    sounding = set(weights)
    bass = min(note.pitch for note in notes) % 12

    def cost(root: int, quality: str) -> float:
        tones = {(root + step) % 12 for step in theory.CHORD_SHAPES[quality]}
        strange, lacking = len(sounding - tones), len(tones - sounding)
        fifth = (root + 7) % 12
        lacking_fifth = fifth in tones - sounding
        outside = sum(tone not in key.scale for tone in tones)
        return (3 * strange + 1.5 * lacking - 0.9 * lacking_fifth + 0.3 * PLAINNESS[quality]
                + 0.8 * (root != bass) + 1.0 * (root not in sounding) + 0.05 * outside)

    root, quality = min(((root, quality) for root in range(12) for quality in theory.CHORD_SHAPES),
                        key=lambda pair: cost(*pair))
    bass_pc = bass if bass != root and bass in {(root + s) % 12 for s in theory.CHORD_SHAPES[quality]} else None
    return theory.chord_symbol(root, quality, flats=key.flats, bass_pc=bass_pc)
