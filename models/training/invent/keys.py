"""Keys of melodies that state none: Temperley's profiles, and what the tune ends on.

core.understand.key learned from evergreens, nine tenths of them in major; composers and folk singers know minor too.
"""

from dataclasses import replace

import numpy as np

from core.music import Key, Melody

# Kostka-Payne profiles of Temperley, "Music and Probability" (2007), table 6.1
PROFILES = np.array([[0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400],
                     [0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330]])
LAST_TONIC, LAST_TRIAD, FIRST_TRIAD = 0.18, 0.08, 0.03  # added to the correlation


def key_of(melody: Melody) -> Key:
    """The likeliest major or minor key."""
    weights = np.zeros(12)
    for note in melody.notes:
        weights[note.pitch % 12] += np.sqrt(min(note.duration_beats, 4.0))
    first, last = melody.notes[0].pitch, melody.notes[-1].pitch
    best, best_score = Key(), -9.0
    for minor, profile in enumerate(PROFILES):
        triad = (0, 3 + (not minor), 7)
        for tonic in range(12):
            score = float(np.corrcoef(np.roll(profile, tonic), weights)[0, 1])
            score += LAST_TONIC * ((last - tonic) % 12 == 0) + LAST_TRIAD * ((last - tonic) % 12 in triad)
            score += FIRST_TRIAD * ((first - tonic) % 12 in triad)
            if score > best_score:
                best, best_score = Key(tonic, "minor" if minor else "major"), score
    return best


def ends_in_minor(melody: Melody) -> Melody:
    """A tune whose signature is all that is known: in minor where it ends on the relative minor's tonic."""
    relative = (melody.key.tonic_pc + 9) % 12
    if not melody.key.is_minor and melody.notes[-1].pitch % 12 == relative:
        return replace(melody, key=Key(relative, "minor"))
    return melody
