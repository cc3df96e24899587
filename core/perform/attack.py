"""How long an instrument takes to speak: a player who knows their bow starts it early, so that the note is on time.

Milliseconds from the key to half of the note's level, by General MIDI program, measured on FluidR3 (the median of
four pitches at a middling velocity); programs under 20 ms are left alone, and what swells for longer than
LONGEST_MS is no late note but a swell, and is let in by that much only.
"""

from dataclasses import replace

from core.music import Note, Track

LONGEST_MS = 80.0
_ATTACK_MS = {
    10: 21, 17: 21, 20: 26, 21: 44, 22: 29, 23: 30, 29: 28, 40: 79, 41: 106, 42: 162, 45: 62, 48: 60, 49: 204, 50: 41,
    51: 49, 53: 41, 54: 56, 57: 33, 60: 67, 61: 32, 65: 25, 66: 25, 68: 47, 69: 38, 71: 32, 73: 73, 78: 118, 85: 47,
    89: 324, 90: 35, 91: 37, 92: 46, 94: 63, 95: 182, 109: 21, 110: 79,
}  # fmt: skip


def spoken_in_time(track: Track, bpm: float) -> Track:
    """The track as it must be started for its notes to be heard where they are written; none before the beginning."""
    early = 0.0 if track.is_drum else min(_ATTACK_MS.get(track.program, 0.0), LONGEST_MS) * bpm / 60_000
    if not early:
        return track
    return replace(track, notes=tuple(_earlier(note, early) for note in track.notes))


def _earlier(note: Note, beats: float) -> Note:
    """A note begun earlier; its end stays, so that a line stays a line."""
    onset = max(0.0, note.onset_beats - beats)
    return replace(note, onset_beats=onset, duration_beats=note.end_beats - onset)
