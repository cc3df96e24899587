"""A song of five players to try the rooms on, made by rule: no arranger needed."""

from core.music import Chord, Key, LeadSheet, Melody, Meter, Note, Section, Song, Track
from core.theory import GM_DRUMS, program_of

CHORDS = ("C", "Am", "F", "G7")
TUNE = (
    (0, 1, 67),
    (1, 1, 69),
    (2, 2, 72),
    (4, 1.5, 71),
    (5.5, 0.5, 69),
    (6, 2, 64),
    (8, 1, 65),
    (9, 1, 69),
    (10, 1, 72),
    (11, 1, 74),
    (12, 3, 71),
)


def demo_song(bars: int = 20, bpm: float = 120.0, genre: str = "pop", lead: str = "alto sax") -> Song:
    """Four-chord pop of ``bars`` bars: 2 s a bar, 40 s as it stands."""

    def line(notes, transposed=0):
        return tuple(
            Note(16 * turn + on, length * 0.95, pitch + transposed, 80 + 12 * (on % 4 == 0))
            for turn in range(-(-bars // 4))
            for on, length, pitch in notes
            if 16 * turn + on < 4 * bars
        )

    chords = tuple(Chord(4.0 * bar, 4.0, CHORDS[bar % 4]) for bar in range(bars))
    comp, pad, bass, drums = [], [], [], []
    for bar, chord in enumerate(chords):
        at = 4.0 * bar
        voicing = [55 + (pc - 55) % 12 for pc in chord.pitch_classes]
        pad += [Note(at, 3.9, pitch, 60) for pitch in voicing]
        comp += [Note(at + beat, 0.8, pitch, 70) for beat in (0, 1.5, 2.5, 3.5) for pitch in voicing]
        bass += [Note(at + beat, 0.7, 36 + chord.root_pc % 12, 88) for beat in (0, 1.5, 2, 3)]
        drums += [Note(at + step / 2, 0.2, GM_DRUMS["hat_closed"], 60 + 15 * (step % 2 == 0)) for step in range(8)]
        drums += [Note(at + beat, 0.2, GM_DRUMS["kick"], 100) for beat in (0, 2, 2.5)]
        drums += [Note(at + beat, 0.2, GM_DRUMS["snare"], 96) for beat in (1, 3)]
    drums.append(Note(0.0, 1.0, GM_DRUMS["crash"], 90))
    melody = line(TUNE)
    tracks = (
        Track("melody", program_of(lead), melody, reverb=0.3),
        Track("chords", program_of("electric piano 1"), tuple(comp), pan=-0.3, reverb=0.25),
        Track("bass", program_of("finger bass"), tuple(bass), reverb=0.03),
        Track("drums", 0, tuple(drums), is_drum=True, reverb=0.12),
        Track("pad", program_of("string ensemble 1"), tuple(pad), pan=0.3, reverb=0.4),
    )
    sections = (
        (
            Section("intro", 0.0, 16.0, 0.3),
            Section("statement", 16.0, 4.0 * bars - 32.0, 0.6),
            Section("ending", 4.0 * bars - 16.0, 16.0, 0.9),
        )
        if bars >= 12
        else (Section("statement", 0.0, 4.0 * bars),)
    )
    tune = Melody(tuple(Note(*note) for note in TUNE), bpm, Key(), Meter())
    return Song(
        "Riverside",
        genre,
        "straight",
        bpm,
        Key(),
        Meter(),
        0.5,
        1,
        melody,
        chords,
        sections,
        tracks,
        LeadSheet(tune, chords[:4]),
    )
