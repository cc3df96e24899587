"""How long an instrument takes to speak: a player who knows their bow starts it early, so that the note is on time.

Milliseconds from the key to half of the note's level, by General MIDI program, measured on FluidR3 (the median of
four pitches at a middling velocity; the whistle (78) is left alone: our ear hears it begin
at once); programs under 20 ms are left alone, and what swells for longer than
LONGEST_MS is no late note but a swell, and is let in by that much only.
"""

from dataclasses import replace

from core.music import Note, Track

LONGEST_MS = 80.0
# In a line the beginning is heard before half of the level is there: started a whole attack early, flutes and fiddles
# were heard 35 to 45 ms too soon by our own ear for notes.
HEARD_AT = 0.6
_LINES = frozenset({"melody", "counter"})  # one note at a time: an end moves with the note that follows
_ATTACK_MS = {
    10: 21, 17: 21, 20: 26, 21: 44, 22: 29, 23: 30, 29: 28, 40: 79, 41: 106, 42: 162, 45: 62, 48: 60, 49: 204, 50: 41,
    51: 49, 53: 41, 54: 56, 57: 33, 60: 67, 61: 32, 65: 25, 66: 25, 68: 47, 69: 38, 71: 32, 73: 73, 85: 47,
    89: 324, 90: 35, 91: 37, 92: 46, 94: 63, 95: 182, 109: 21, 110: 79,
}  # fmt: skip


def spoken_in_time(track: Track, bpm: float) -> Track:
    """The track as it must be started for its notes to be heard where they are written; none before the beginning."""
    line = track.role in _LINES
    speaks_ms = _ATTACK_MS.get(track.program, 0.0) * (HEARD_AT if line else 1.0)
    early = 0.0 if track.is_drum else min(speaks_ms, LONGEST_MS) * bpm / 60_000
    if not early:
        return track
    controls = tuple(replace(c, onset_beats=max(0.0, c.onset_beats - early)) for c in track.controls)
    return replace(track, notes=tuple(_earlier(note, early, line=line) for note in track.notes), controls=controls)


def _earlier(note: Note, beats: float, *, line: bool) -> Note:
    """A note begun earlier; its end stays, but in a line, where two notes would sound at once."""
    onset = max(0.0, note.onset_beats - beats)
    return replace(note, onset_beats=onset, duration_beats=note.end_beats - onset - line * min(beats, note.onset_beats))
