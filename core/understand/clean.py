"""What was meant, from what was sung: whole semitones in tune with themselves, no ghosts, no scoops.

Ghosts are told by their length, loudness and doubt (as in the pruning of pYIN's notes by Mauch et al. 2015, the Tony
software), scoops by their length and by leading into a longer neighbour (Sundberg 1987, "The Science of the Singing
Voice": singers of all kinds begin notes from below), the tracker's octave slips by the leap out of the line and back.
Which semitones were meant, in a tuning that may drift (Mauch, Frieler & Dixon 2014, "Intonation in unaccompanied
singing"), is core.understand.semitones'. Timing is left as sung: that is for core.understand.quantize.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.music import SungNote
from core.understand.semitones import meant_pitches

GHOST_S = 0.07            # shorter notes are ghosts when they are also faint or doubted
GHOST_DB = 12.0           # below the line's median
GHOST_CONFIDENCE = 0.6
SCOOP_S = 0.12            # a shorter note that leads into its neighbour is an ornament of it
JOINED_S = 0.03
SLIP_SEMITONES = 1.0      # how near to a whole octave a slip must lie


def clean(notes: Sequence[SungNote]) -> tuple[SungNote, ...]:
    """The notes meant, in order: whole semitones as floats, onsets and offsets in seconds as sung."""
    kept = _without_ghosts(sorted(notes, key=lambda note: note.onset_s))
    straight = _octaves_straight(_without_scoops(kept))
    return tuple(replace(note, pitch_midi=float(pitch))
                 for note, pitch in zip(straight, meant_pitches(straight), strict=True))


def _without_ghosts(notes: list[SungNote]) -> list[SungNote]:
    if not notes:
        return []
    usual = float(np.median([note.loudness_db for note in notes]))

    def ghost(note: SungNote) -> bool:
        faint = note.loudness_db < usual - GHOST_DB
        return note.duration_s < GHOST_S and (faint or note.confidence < GHOST_CONFIDENCE)

    return [note for note in notes if not ghost(note)] or list(notes)


def _without_scoops(notes: list[SungNote]) -> list[SungNote]:
    """A short note joined to a longer next one, at most three semitones away, begins that one."""
    kept: list[SungNote] = []
    for note in notes:
        last = kept[-1] if kept else None
        if (last and last.duration_s < SCOOP_S and note.duration_s > 2.5 * last.duration_s
                and note.onset_s - last.offset_s < JOINED_S and 0.3 < abs(note.pitch_midi - last.pitch_midi) < 3
                and not (len(kept) > 1 and last.onset_s - kept[-2].offset_s < JOINED_S
                         and abs(kept[-2].pitch_midi - last.pitch_midi) > 3)):
            kept[-1] = replace(note, onset_s=last.onset_s)
        else:
            kept.append(note)
    return kept


def _octaves_straight(notes: list[SungNote]) -> list[SungNote]:
    """Move a note by an octave where it leaps out of the line and back and the octave puts it beside both."""
    pitches = [note.pitch_midi for note in notes]
    for i in range(1, len(pitches) - 1):
        before, here, after = pitches[i - 1:i + 2]
        for octave in (-12, 12):
            leap = min(abs(here - before), abs(here - after))
            if leap > 12 - SLIP_SEMITONES and abs(before - after) < 6 \
                    and max(abs(here + octave - before), abs(here + octave - after)) < 6:
                pitches[i] = here + octave
    return [replace(note, pitch_midi=pitch) for note, pitch in zip(notes, pitches, strict=True)]
