"""Keys of melodies that state none: Temperley's profiles, and what the tune ends on.

core.understand.key learned from evergreens, nine tenths of them in major; composers and folk singers know minor too.
"""

from dataclasses import replace

import numpy as np

from core.music import Key, Melody

# Kostka-Payne profiles of Temperley, "Music and Probability" (2007), table 6.1
PROFILES = np.array([[0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400],
                     [0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330]])
_CENTRED = PROFILES - PROFILES.mean(1, keepdims=True)
_TEMPLATES = np.array([[np.roll(p / np.linalg.norm(p), tonic) for tonic in range(12)] for p in _CENTRED])  # (2, 12, 12)
LAST_TONIC, LAST_TRIAD, FIRST_TRIAD = 0.18, 0.08, 0.03  # added to the correlation


def key_of(melody: Melody) -> Key:
    """The likeliest major or minor key."""
    weights = np.zeros(12)
    for note in melody.notes:
        weights[note.pitch % 12] += np.sqrt(min(note.duration_beats, 4.0))
    weights -= weights.mean()
    scores = _TEMPLATES @ weights / max(1e-9, float(np.linalg.norm(weights)))
    for minor in (0, 1):
        for place, bonus in ((melody.notes[-1].pitch, LAST_TRIAD), (melody.notes[0].pitch, FIRST_TRIAD)):
            for tone in (0, 4 - minor, 7):
                scores[minor, (place - tone) % 12] += bonus
        scores[minor, melody.notes[-1].pitch % 12] += LAST_TONIC
    minor, tonic = divmod(int(scores.argmax()), 12)
    return Key(tonic, "minor" if minor else "major")


def ends_in_minor(melody: Melody) -> Melody:
    """A tune whose signature is all that is known: in minor where it ends on the relative minor's tonic."""
    relative = (melody.key.tonic_pc + 9) % 12
    if not melody.key.is_minor and melody.notes[-1].pitch % 12 == relative:
        return replace(melody, key=Key(relative, "minor"))
    return melody
