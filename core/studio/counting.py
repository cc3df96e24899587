"""The same tune counted in another beat: half time and double time, at the speed it was sung."""

from dataclasses import replace

from core.music import MAX_BPM, MIN_BPM, Chord, LeadSheet, Note

SHORTEST_CHORD_BEATS = 1.0


def count_in(sheet: LeadSheet, factor: float) -> LeadSheet:
    """The lead sheet with ``factor`` times as many beats a minute, and as many times as long in beats.

    0.5 is half time (a quarter becomes an eighth), 2 is double time; in seconds nothing moves. The first bar
    line of the tune stays one, so that an upbeat stays an upbeat. Without its chords where these would come
    faster than the beat: another beat speaks another harmony. Raises ValueError where the tempo would leave
    MIN_BPM..MAX_BPM.
    """
    melody, bar = sheet.melody, sheet.melody.meter.bar_beats
    bpm = melody.bpm * factor
    if not MIN_BPM <= bpm <= MAX_BPM:
        raise ValueError(f"bpm {bpm}")
    first = min((note.onset_beats for note in melody.notes), default=0.0)
    anchor = bar if first >= bar / 2 else 0.0
    shift = anchor - anchor * factor
    shift -= (first * factor + shift) // bar * bar

    def moved(onset: float) -> float:
        return onset * factor + shift

    notes = tuple(Note(moved(n.onset_beats), n.duration_beats * factor, n.pitch, n.velocity) for n in melody.notes)
    chords = []
    for chord in sheet.chords:
        start, stop = max(0.0, moved(chord.onset_beats)), moved(chord.end_beats)
        if stop > start:
            chords.append(Chord(start, stop - start, chord.symbol))
    if any(chord.duration_beats < SHORTEST_CHORD_BEATS for chord in chords):
        chords = []
    modulations = tuple((moved(beat), key) for beat, key in melody.modulations)
    return LeadSheet(replace(melody, notes=notes, bpm=bpm, modulations=modulations), tuple(chords))
