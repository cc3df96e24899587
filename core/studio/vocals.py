"""The person's own take on top of their song: heard, matched with the tune, and handed to the vocal desk."""

from typing import TYPE_CHECKING

from core import errors
from core.music import Song, SungNote
from core.studio.listening import hear
from core.studio.source import MAX_VOICE_S, Source, read_source

if TYPE_CHECKING:
    from core.hear.voice import SungLine
    from core.perform.vocal.take import Placed, Vocal

SAME_INTERVALS = 0.75  # of the tune's steps a recording must share to be of that tune
MIN_TOLD_NOTES = 3


def voice_on_top(source: Source, song: Song, line: "SungLine | None" = None) -> "Vocal":
    """The voice of ``source`` in the song's time and key, wherever the song tells the tune as it was sung.

    ``line`` is what :func:`core.studio.hear` heard in the source, where that is known. Raises NoVoice where the
    source is no recording, or one of another tune, and HumbandError for what cannot be heard.
    """
    from core.audio import read_sound
    from core.compose.retold import retold
    from core.perform.vocal.take import Placed, Recording
    from core.perform.vocal.vocal import vocal
    from core.understand import sung_notes

    data = read_source(source)
    if data[:4] == b"MThd" or data.lstrip()[:1] == b"{":
        raise errors.NoVoice()
    line = line or hear(data)
    sung = sung_notes(line.notes)
    if not _same_tune(sung, song):
        raise errors.NoVoice()
    tellings = [
        [Placed(sung[note.index].onset_s, sung[note.index].offset_s, song.seconds(note.onset_beats),
                song.seconds(note.end_beats), note.pitch) for note in told]
        for told in retold(song)
    ]
    tellings = [telling for told in tellings for telling in _forward(told) if len(telling) >= MIN_TOLD_NOTES]
    if not tellings:
        raise errors.NoVoice()
    sound = read_sound(data, max_s=MAX_VOICE_S)
    recording = Recording(sound.samples, line.pitch_midi, line.hop_s)
    return vocal(recording, tellings, song.duration_s + 1.0)


def _forward(told: "list[Placed]") -> "list[list[Placed]]":
    """A telling cut where it goes back in the recording: a short tune comes four times within itself."""
    pieces: list[list[Placed]] = []
    for note in told:
        if not pieces or note.sung_onset_s <= pieces[-1][-1].sung_onset_s:
            pieces.append([])
        pieces[-1].append(note)
    return pieces


def _same_tune(sung: tuple[SungNote, ...], song: Song) -> bool:
    """Whether a recording's notes are those the song's lead sheet was made of."""
    tune = song.lead_sheet.melody.notes
    if len(sung) != len(tune) or len(tune) < MIN_TOLD_NOTES:
        return False
    steps = [(round(b.pitch_midi - a.pitch_midi) - (d.pitch - c.pitch)) % 12 == 0
             for a, b, c, d in zip(sung, sung[1:], tune, tune[1:], strict=False)]
    return sum(steps) >= SAME_INTERVALS * len(steps)
