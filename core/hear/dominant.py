"""The lead line of a full mix: the voice, or the instrument that sings."""

from collections.abc import Sequence

import numpy as np

from core.music import SungNote

LEAP_PRICE = 0.05          # of a semitone
PAUSE_PRICE = 0.15         # of a second without a lead
USUAL_PITCH, USUAL_RANGE = 67.0, 10.0


def lead_of(notes: Sequence[SungNote]) -> tuple[SungNote, ...]:
    """One line out of the notes of a mix: the path of most loudness, length and register with small steps."""
    rows = sorted((n for n in notes if n.pitch_midi >= 45), key=lambda n: n.onset_s)
    if not rows:
        return ()
    loudest = np.quantile([n.loudness_db for n in rows], 0.95)
    total, before = np.empty(len(rows)), np.full(len(rows), -1)
    for i, note in enumerate(rows):
        gain = np.sqrt(min(note.duration_s, 1.0)) * (1 + np.clip((note.loudness_db - loudest) / 20, -1.5, 0.3))
        gain += 0.5 * note.confidence - 0.5 * ((note.pitch_midi - USUAL_PITCH) / USUAL_RANGE) ** 2 * 0.5
        total[i] = gain
        for j in range(max(0, i - 40), i):
            last = rows[j]
            overlap = last.offset_s - note.onset_s
            if overlap > 0.5 * min(last.duration_s, note.duration_s) or last.onset_s > note.onset_s - 0.05:
                continue
            way = total[j] + gain - LEAP_PRICE * abs(note.pitch_midi - last.pitch_midi) \
                - PAUSE_PRICE * max(0.0, -overlap)
            if way > total[i]:
                total[i], before[i] = way, j
    at, line = int(total.argmax()), []
    while at >= 0:
        line.append(rows[at])
        at = int(before[at])
    return tuple(line[::-1])
