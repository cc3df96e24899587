"""What was meant, from what was sung: whole semitones in tune with themselves, no ghosts, no scoops.

Untrained singers choose a tuning of their own, drift in it, and keep intervals about as well as pitches
(Pfordresher & Brown 2007; Dai, Mauch & Dixon 2015, "Analysis of intonation trajectories in solo singing").
So the tuning offset is a circular mean of the notes' distances from the semitone grid (Dressler & Streich
2007) that follows the singer over several seconds, and the semitones are the cheapest path through the grid:
every note pays for its distance from the grid, every interval for its distance from the sung one, and notes
outside of the scale a little more (the key that makes the whole cheapest is chosen with it; the musicological
model of Ryynänen & Klapuri 2004 in its smallest form).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.music import SungNote

GHOST_S = 0.07            # shorter notes are ghosts when they are also faint or doubted
GHOST_DB = 12.0           # below the line's median
GHOST_CONFIDENCE = 0.6
SCOOP_S = 0.12            # a shorter note that leads into its neighbour is an ornament of it
JOINED_S = 0.03
SLIP_SEMITONES = 1.0      # how near to a whole octave a slip must lie
TUNING_S = 6.0            # how fast the tuning may wander (standard deviation of the surroundings)
# The prices were chosen on sung truth (sing.py: intervals meant .951 of all, .941 by plain rounding; SSVD's
# labels: .90 of their rounded intervals, .84 by plain rounding). More INTERVAL_PRICE repeats the singer's own
# intervals more closely, and follows them away from the key.
INTERVAL_PRICE = 0.5
FOREIGN_PRICE = 0.25
DIATONIC = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))


def clean(notes: Sequence[SungNote]) -> tuple[SungNote, ...]:
    """The notes meant, in order: whole semitones as floats, onsets and offsets in seconds as sung."""
    kept = _without_ghosts(sorted(notes, key=lambda note: note.onset_s))
    return _in_tune(_octaves_straight(_without_scoops(kept)))


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


def _in_tune(notes: list[SungNote]) -> tuple[SungNote, ...]:
    """Whole semitones: Viterbi over three candidates a note, in each of the twelve diatonic scales at once."""
    if not notes:
        return ()
    sung = np.array([note.pitch_midi for note in notes])
    tuned = sung - _tuning(notes, sung)
    candidates = np.round(tuned)[:, None] + np.array([-1, 0, 1])            # (notes, 3)
    off, error = tuned[:, None] - candidates, sung[:, None] - candidates
    foreign = ~DIATONIC[(candidates[:, :, None].astype(int) - np.arange(12)) % 12]
    price = off[:, :, None] ** 2 + FOREIGN_PRICE * foreign                  # (notes, 3, scales)
    total, came_from = price[0], []
    for i in range(1, len(notes)):
        interval = INTERVAL_PRICE * (error[i][None, :] - error[i - 1][:, None]) ** 2   # (3 before, 3 here)
        ways = total[:, None, :] + interval[:, :, None]
        came_from.append(ways.argmin(0))
        total = ways.min(0) + price[i]
    choice, scale = np.unravel_index(total.argmin(), total.shape)
    path = [int(choice)]
    for step in reversed(came_from):
        path.append(int(step[path[-1], scale]))
    meant = candidates[np.arange(len(notes)), path[::-1]]
    return tuple(replace(note, pitch_midi=float(pitch)) for note, pitch in zip(notes, meant, strict=True))


def _tuning(notes: list[SungNote], sung: np.ndarray) -> np.ndarray:
    """Each note's tuning offset in semitones: that of its surroundings, near to that of the whole take."""
    weight = np.array([min(note.duration_s, 1.0) for note in notes])
    onset = np.array([note.onset_s for note in notes])
    near = np.exp(-0.5 * ((onset[:, None] - onset[None, :]) / TUNING_S) ** 2) * weight
    turn = np.exp(2j * np.pi * sung)
    local = np.angle(near @ turn)
    return np.unwrap(np.concatenate([[np.angle(weight @ turn)], local]))[1:] / (2 * np.pi)
