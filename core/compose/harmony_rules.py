"""The rule every harmony keeps: long or strong melody notes do not grind against their chord."""

from bisect import bisect_right

from core.compose.harmony_frames import frame_beats, metrical_strengths
from core.music import Chord, Melody

CLASH_LIMIT = 0.04  # of the melody's time


def strong_clash_share(melody: Melody, chords: tuple[Chord, ...]) -> float:
    """Share (0..1) of the melody's time that stands a semitone above a chord tone on a strong beat.

    A note counts, for as long as it sounds over that chord, where it sounds on a bar line or in mid-bar.
    """
    step = frame_beats(melody.meter)
    per_bar = round(melody.meter.bar_beats / step)
    strong = [slot * step for slot, strength in enumerate(metrical_strengths(per_bar)) if strength]
    starts = [chord.onset_beats for chord in chords]
    clash = total = 0.0
    for note in melody.notes:
        total += note.duration_beats
        bar = note.onset_beats // melody.meter.bar_beats * melody.meter.bar_beats
        beats = []
        while bar < note.end_beats:
            beats += [bar + place for place in strong if note.onset_beats - 1e-6 <= bar + place < note.end_beats - 1e-6]
            bar += melody.meter.bar_beats
        met = {max(0, bisect_right(starts, beat + 1e-6) - 1) for beat in beats}
        for chord in (chords[index] for index in met):
            if (note.pitch - 1) % 12 in chord.pitch_classes:
                overlap = min(note.end_beats, chord.end_beats) - max(note.onset_beats, chord.onset_beats)
                clash += max(overlap, 0.0)
    return clash / total if total else 0.0
