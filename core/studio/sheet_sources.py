"""What there is to engrave in a source: a song, a piece of many notes, or a tune with chords."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core import errors
from core.music import Key, LeadSheet, Melody, Song, Wish
from core.studio.listening import listen
from core.studio.recordings import dominant_melody, transcribe
from core.studio.song import lead_sheet
from core.studio.source import Progress, Source, read_source

if TYPE_CHECKING:
    from core.perform.sheet.pieces import Piece


@dataclass(frozen=True)
class Music:
    """A source as far as it can be engraved: one of its fields leads, in this order."""

    song: Song | None = None
    piece: "Piece | None" = None
    sheet: LeadSheet | None = None
    sung: bool = False
    warnings: tuple[str, ...] = ()


def read_music(source: Source | Song | LeadSheet | Melody, layout: str, progress: Progress) -> Music:
    """What a source holds, looked at with the wished layout in mind. Raises HumbandError."""
    if isinstance(source, Song):
        return Music(song=source)
    if isinstance(source, LeadSheet):
        return Music(sheet=source)
    if isinstance(source, Melody):
        return Music(sheet=harmonised(_of_some_length(source)))
    try:
        data = read_source(source)
    except errors.TooLarge:  # a recording may be larger than what a voice or a file of notes needs
        return _recording(source, layout, progress)
    if data[:4] == b"MThd":
        progress("reading", 0.1)
        return Music(piece=_keyed(data))
    if data.lstrip()[:1] == b"{":
        heard = listen(data)
        _of_some_length(heard.melody)
        return Music(song=heard.song, sheet=None if heard.song else heard.lead_sheet or harmonised(heard.melody))
    return _sound(data, layout, progress)


def harmonised(melody: Melody) -> LeadSheet:
    """The tune with plain chords."""
    return lead_sheet(melody, Wish(), None)


def _sound(data: bytes, layout: str, progress: Progress) -> Music:
    """A lone voice as its tune; anything fuller as a recording."""
    from core.hear.verdict import SEVERAL

    if layout in ("auto", "lead"):
        try:
            heard = listen(data, progress=progress)
        except errors.TooLong:
            pass
        except errors.NoMelody as error:
            if str(error) != SEVERAL:
                raise
        else:
            if layout == "lead" or "several" not in heard.warnings:
                return Music(sheet=harmonised(heard.melody), sung=True, warnings=heard.warnings)
    return _recording(data, layout, progress)


def _recording(source: Source, layout: str, progress: Progress) -> Music:
    """A full recording: its lead line for a lead sheet, else all its notes for two hands. Raises HumbandError."""
    from core.perform.sheet.bars import Signature
    from core.perform.sheet.pieces import Piece, Player, from_first_bar, written_even

    if layout == "lead":
        from core.understand import understand

        return Music(sheet=harmonised(understand(dominant_melody(source, progress=_first_half(progress)))), sung=True)
    heard = transcribe(source, progress=_first_half(progress))
    if not heard.notes:
        raise errors.NoMelody()
    players = tuple(Player(track.role, track.program, track.notes) for track in heard.tracks)
    signatures = tuple(Signature(beat, meter, heard.key) for beat, meter in ((0.0, heard.meter), *heard.changes))
    piece = Piece(players, signatures, heard.bpm)
    return Music(piece=written_even(from_first_bar(piece)), warnings=heard.warnings)


def _first_half(progress: Progress) -> Progress:
    return lambda stage, share: progress(stage, 0.55 * share)


def _of_some_length(melody: Melody) -> Melody:
    """The same, unless nobody could read it. Raises BadMusic, TooLong."""
    from core.perform.sheet.pieces import refuse_endless

    refuse_endless(len(melody.notes), melody.bars)
    return melody


def _keyed(data: bytes) -> "Piece":
    """The piece of a MIDI file, in the key it states or else in the one its notes speak for.

    C major is also what an untouched sequencer states: it is believed where the notes do not plainly belie it.
    """
    from core.perform.sheet.pieces import piece_from_midi, written_even
    from core.understand.key import rank_keys

    piece = written_even(piece_from_midi(data))
    stated = {signature.key for signature in piece.signatures}
    if not piece.notes or (piece.key_stated and stated != {Key()}):
        return piece
    key, chance = rank_keys(_whole_tune(piece))[0]
    strange = sum(note.pitch % 12 not in Key().scale for note in piece.notes) / len(piece.notes)
    return piece if piece.key_stated and (chance < 0.8 or strange < 0.06) else piece.in_key(key)


def _whole_tune(piece: "Piece") -> Melody:
    """The line on top of all players, at most its first thousand notes: what the key is told from."""
    from core.perform.midi import skyline

    return Melody(skyline(piece.notes)[:1000], piece.bpm, Key(), piece.signatures[0].meter)
