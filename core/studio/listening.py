"""From a source to a tune: a voice note, a MIDI file, or a song or melody in JSON; and what genre it speaks for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from core import errors
from core.music import Key, LeadSheet, Melody, Song
from core.studio.source import MAX_VOICE_S, MIN_TUNE_NOTES, MIN_VOICE_S, Progress, Source, read_source, silent

if TYPE_CHECKING:
    from core.hear.voice import SungLine
    from core.understand.tapped import CountIn

COUNT_IN_S = 1.0  # a tune that begins sooner was not counted in
COUNT_IN_PEAK = 0.1  # of the recording's: how loud a count-in is at least


@dataclass(frozen=True)
class Heard:
    """What a source holds: a tune, and what the person should know about it (sentence codes)."""

    melody: Melody
    warnings: tuple[str, ...] = ()
    lead_sheet: LeadSheet | None = None  # where the source already had chords
    song: Song | None = None  # where the source was one of our songs
    line: "SungLine | None" = field(default=None, compare=False, repr=False)  # where the source was a voice


def hear(source: Source) -> "SungLine":
    """The notes of a sung line, in seconds and fractional pitch. Raises HumbandError."""
    from core.audio import read_sound
    from core.hear.voice import hear_voice

    return hear_voice(read_sound(read_source(source), min_s=MIN_VOICE_S, max_s=MAX_VOICE_S))


def draw_hearing(source: Source, line: "SungLine") -> bytes:
    """A PNG of what :func:`hear` made of a source: spectrogram, pitch track, notes. Raises HumbandError."""
    from core.audio import read_sound
    from core.hear.plot import draw_notes

    return draw_notes(read_sound(read_source(source), max_s=MAX_VOICE_S), line)


def listen(source: Source, *, bpm: float | None = None, key: Key | None = None,
           progress: Progress = silent) -> Heard:
    """The tune of a voice note, of a MIDI file, or of a song or melody in JSON. Raises HumbandError.

    What a source is, is read from its first bytes, never from its name. ``bpm`` and ``key`` are what
    the person says they sang in.
    """
    progress("reading", 0.0)
    data = read_source(source)
    if data[:4] == b"MThd":
        return Heard(_from_midi(data))
    if data.lstrip()[:1] == b"{":
        return _from_json(data)
    progress("hearing", 0.05)
    line = hear(data)
    progress("understanding", 0.2)
    from core.understand import understand

    counted = _counted_in(data, line) if bpm is None else None
    melody = understand(line.notes, bpm=counted.bpm if counted else bpm, key=key,
                        bar_line_s=counted.bar_line_s if counted else None)
    if len(melody.notes) < MIN_TUNE_NOTES:
        raise errors.NoMelody()
    return Heard(melody, line.warnings, line=line)


def _counted_in(data: bytes, line: "SungLine") -> "CountIn | None":
    """The claps or taps before the first note, if they count the tune in."""
    first_s = line.notes[0].onset_s if line.notes else 0.0
    if first_s < COUNT_IN_S:
        return None
    from core.audio import Sound, read_sound
    from core.hear.taps import hear_taps
    from core.understand.tapped import count_in

    sound = read_sound(data)
    before = Sound(sound.samples[:round((first_s - 0.05) * sound.rate)], sound.rate)
    if float(np.abs(before.samples).max()) < COUNT_IN_PEAK * float(np.abs(sound.samples).max()):
        return None
    return count_in(hear_taps(before), first_s)


def _from_midi(data: bytes) -> Melody:
    from core.perform.midi import melody_from_midi
    from core.understand.key import rank_keys

    melody = melody_from_midi(data)
    # C major is also what a file without a key signature, or with an untouched one, seems to say.
    return melody if melody.key != Key() else replace(melody, key=rank_keys(melody)[0][0])


def _from_json(data: bytes) -> Heard:
    try:
        content = json.loads(data)
        if "lead_sheet" in content:
            song = Song.from_json(content)
            return Heard(song.lead_sheet.melody, lead_sheet=song.lead_sheet, song=song)
        sheet = LeadSheet.from_json(content)
    except (ValueError, RecursionError) as error:
        raise errors.BadMusic(reason="it is neither a song nor a melody that Humband wrote") from error
    if not sheet.melody.notes:
        raise errors.BadMusic(reason="it has no notes")
    return Heard(sheet.melody, lead_sheet=sheet if sheet.chords else None)


def guess_genre(melody: Melody) -> dict[str, float]:
    """How well each of the twelve genres would suit the tune, likeliest first; sums to 1.

    What its notes speak for, weighed by what its tempo, meter and swing go with.
    """
    from core.understand.genre import guess_genre as guess
    from core.understand.genre import suits
    from core.understand.genre_net import ranked

    weights = suits(melody)
    return ranked({genre: share * weights[genre] for genre, share in guess(melody).items()})


def genre_of(source: Source) -> dict[str, dict[str, float] | None]:
    """As ``humband genre`` writes it: what the notes of the melody and what the drums speak for.

    Either is None where a MIDI file has no such part. Raises HumbandError.
    """
    from core.understand.genre import guess_genre as guess

    data = read_source(source)
    if data[:4] != b"MThd":
        return {"melody": guess(listen(data).melody), "drums": None}
    from core.perform.midi_drums import drums_from_midi
    from core.understand.drum_genre import guess_drum_genre

    part = drums_from_midi(data)
    drums = guess_drum_genre(part.hits, part.bpm) if part.hits else None
    try:
        return {"melody": guess(listen(data).melody), "drums": drums}
    except errors.BadMusic:
        if drums is None:
            raise
        return {"melody": None, "drums": drums}  # a file of drums alone


def choose_genre(guess: Mapping[str, float], prior: Mapping[str, float] | None = None) -> str:
    """The likeliest genre; a prior multiplies the guess, and genres it leaves out count as 1."""
    return max(guess, key=lambda genre: guess[genre] * (prior or {}).get(genre, 1.0))
