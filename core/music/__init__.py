"""The things everything else talks about: notes, melodies, chords, songs. Frozen, and in beats.

A beat is a quarter note, in every meter; ``bpm`` counts quarters a minute; beat 0 is a bar line,
so an upbeat of one beat in 4/4 starts at 3.0. Sung notes, before they are laid on a grid, are in
seconds. Data walks one way: Sound -> SungNotes -> Melody -> LeadSheet -> Song.
"""

from core.music.elements import (
    MAX_BEATS,
    PITCH_BEND,
    Chord,
    Control,
    Key,
    Meter,
    Note,
    SungNote,
    chords_from_json,
    chords_to_json,
    notes_from_json,
    notes_to_json,
)
from core.music.song import MAX_BPM, MIN_BPM, LeadSheet, Melody, Section, Song, Track, Wish

GENRES = ("rock", "jazz", "electronic", "pop", "folk", "classical",
          "latin", "funk", "hiphop", "reggae", "blues", "lofi")
FEELS = ("loose", "normal", "tight")
COLOURS = ("plain", "rich", "jazzy", "dark", "bright")  # of the harmony

__all__ = [
    "COLOURS", "FEELS", "GENRES", "MAX_BEATS", "MAX_BPM", "MIN_BPM", "PITCH_BEND", "Chord", "Control",
    "Key", "LeadSheet", "Melody", "Meter", "Note", "Section", "Song", "SungNote", "Track", "Wish",
    "chords_from_json", "chords_to_json", "notes_from_json", "notes_to_json",
]
