"""Where a song tells its tune: each note of the lead sheet, every time the band plays it as it was heard.

What the statements (and a tag at the end) play is the lead sheet's own notes, in order; what the middle makes of
the tune is not told here. Read from the song alone, so that it holds for a stored one too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.compose.tune import Tune, take_tune
from core.music import Note, Song

FOUND_WITHIN_BEATS = 0.36  # of the written place: swing, lag and a hand's unevenness


@dataclass(frozen=True, slots=True)
class Retold:
    """A note of the lead sheet as a song's melody player plays it."""

    index: int  # into lead_sheet.melody.notes
    onset_beats: float
    duration_beats: float
    pitch: int

    @property
    def end_beats(self) -> float:
        """Where the note stops."""
        return self.onset_beats + self.duration_beats


def retold(song: Song) -> tuple[tuple[Retold, ...], ...]:
    """The tune's appearances in song time, one tuple each, in order; empty for a song whose tune is not its sheet's."""
    tune = take_tune(song.lead_sheet)
    index = _indices(song, tune)
    played = _played(song)
    found = []
    for start, first, end in _tellings(song, tune):
        told: list[Retold] = []
        for note, origin in zip(tune.notes, index, strict=True):
            if note.onset_beats < first - 1e-6 or note.onset_beats + start >= end - 0.2:
                continue
            at = _near(played, note.onset_beats + start, note.pitch)
            if at is None:
                told = []
                break
            told.append(Retold(origin, at.onset_beats, at.duration_beats, at.pitch))
        if told:
            found.append(tuple(told))
    return tuple(found)


def _tellings(song: Song, tune: Tune) -> list[tuple[float, float, float]]:
    """Of every telling: where the tune's beat 0 lies, from which of its beats it is told, where that ends; in beats.

    A long statement stands in several sections, one after another.
    """
    found: list[tuple[float, float, float]] = []
    goes_on = False
    for section in song.sections:
        if section.name == "statement":
            if goes_on and section.end_beats - found[-1][0] <= tune.beats + 1e-6:
                found[-1] = (*found[-1][:2], section.end_beats)
            else:
                found.append((section.onset_beats, -tune.upbeat_beats, section.end_beats))
        elif section.name == "ending":
            lead = section.duration_beats - song.meter.bar_beats
            found.append((section.onset_beats - (tune.beats - lead), tune.beats - lead, section.end_beats))
        goes_on = section.name == "statement"
    return found


def _indices(song: Song, tune: Tune) -> list[int]:
    """For each of the tune's notes the lead sheet's note it was made of: a short tune comes four times in itself."""
    onsets = [note.onset_beats for note in song.lead_sheet.melody.notes]
    kept: list[int] = []
    for i, onset in sorted(enumerate(onsets), key=lambda pair: pair[1]):
        if not kept or onset - onsets[kept[-1]] >= 0.02:  # as monophonic() keeps them
            kept.append(i)
    return [kept[k % len(kept)] for k in range(len(tune.notes))]


def _played(song: Song) -> Sequence[Note]:
    """The melody player's notes; the written ones where nobody plays them."""
    return next((track.notes for track in song.tracks if track.role == "melody"), song.notes)


def _near(played: Sequence[Note], beats: float, pitch: int) -> Note | None:
    """The note of the same name nearest to a written place.

    Pitches are compared by name, up to the song's own transposition of a repeat, which the caller's pitch has.
    """
    near = [n for n in played if abs(n.onset_beats - beats) < FOUND_WITHIN_BEATS and (n.pitch - pitch) % 12 == 0]
    return min(near, key=lambda n: abs(n.onset_beats - beats), default=None)
