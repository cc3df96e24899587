"""A known melody as the search keeps it: notes in beats with pitches in cents, and what its sheet needs."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.music import MAX_BPM, MIN_BPM, Key, Melody, Meter, Note

FloatArray = NDArray[np.floating[Any]]

TICKS_PER_BEAT = 48  # of the stored times
MIN_NOTES = 3
MAX_NOTES = 20_000
APART_BEATS = 60.0  # a silence that long parts two readings of one recording


@dataclass(frozen=True, eq=False)
class Tune:
    """A melody with its name.

    ``onset_beats``, ``duration_beats`` and ``pitch_midi`` (fractional) have one value a note, in order of onset,
    one note at a time. Beats are quarters; ``bpm``, ``key`` and ``meter`` are None where the source does not say.
    """

    id: str
    title: str
    onset_beats: FloatArray
    duration_beats: FloatArray
    pitch_midi: FloatArray
    bpm: float | None = None
    key: Key | None = None
    meter: Meter | None = None
    notes: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", len(self.pitch_midi))

    @classmethod
    def of_melody(cls, melody: Melody, *, tune_id: str, title: str) -> "Tune":
        """From a melody on its grid."""
        onset, duration, pitch = (np.array([getattr(note, name) for note in melody.notes], float)
                                  for name in ("onset_beats", "duration_beats", "pitch"))
        return cls(tune_id, title, onset, duration, pitch, melody.bpm, melody.key, melody.meter)

    def to_melody(self) -> Melody:
        """The tune for a sheet or a band, moved by octaves to where people sing; C major where no key is known."""
        octaves = 12 * round((67 - float(np.median(self.pitch_midi))) / 12)
        parted = np.flatnonzero(np.diff(self.onset_beats) > APART_BEATS)
        first = slice(0, int(parted[0]) + 1 if len(parted) else None)
        notes = tuple(Note(float(on), max(float(duration), 1 / TICKS_PER_BEAT), round(float(pitch)) + octaves)
                      for on, duration, pitch in zip(self.onset_beats[first], self.duration_beats[first],
                                                     self.pitch_midi[first], strict=True))
        bpm = min(max(self.bpm or 100.0, MIN_BPM), MAX_BPM)
        return Melody(notes, bpm, self.key or Key(), self.meter or Meter())


def tune_of_rows(tune_id: str, title: str, rows: list[tuple[float, float, float]], *, bpm: float | None = None,
                 key: Key | None = None, meter: Meter | None = None) -> Tune | None:
    """A tune of (onset_beats, duration_beats, pitch_midi) rows, or None where fewer than three notes are sound.

    Rows may come in any order and overlap: what sounds together is cut to its highest line.
    """
    sane = sorted((on, -pitch, duration) for on, duration, pitch in rows
                  if np.isfinite([on, duration, pitch]).all() and duration > 0 and 0 < pitch < 128 and abs(on) < 1e6)
    line: list[tuple[float, float, float]] = []
    for on, below, duration in sane[:MAX_NOTES]:
        if line and on - line[-1][0] < 1 / TICKS_PER_BEAT:
            continue  # a lower note of the same moment
        if line:
            before = line[-1]
            line[-1] = (before[0], min(before[1], on - before[0]), before[2])
        line.append((on, duration, -below))
    if len(line) < MIN_NOTES:
        return None
    onset, durations, pitch = np.array(line, float).T
    return Tune(tune_id, title or tune_id, onset, durations, pitch, bpm, key, meter)
