"""Scores of several players: a song as voice and piano, and any piece with a staff for everybody."""

from collections.abc import Sequence
from dataclasses import replace

from core.music import Chord, Note, Section, Song
from core.perform.sheet.bars import lay_bars
from core.perform.sheet.drumset import drum_part
from core.perform.sheet.hands import split_hands
from core.perform.sheet.lead import SWINGS_FROM, melody_part, one_line, reads_at, symbols_in
from core.perform.sheet.piano import hand_of, piano_part, texture_staff
from core.perform.sheet.pieces import KEYBOARDS, Piece, Player, piece_from_song
from core.perform.sheet.quantize import Placed, is_written, quantize
from core.perform.sheet.readers import ANYBODY, Reader
from core.perform.sheet.score import TICKS, BarLine, Part, Score, Syllabic

WIDE = 26  # semitones between the lowest and highest tenth of a keyboard's notes that ask for two staves


def song_score(song: Song, *, title: str = "", composer: str = "", reader: Reader = ANYBODY,
               syllables: Sequence[tuple[str, Syllabic]] = ()) -> Score:
    """A song for voice and piano: the tune with its chord symbols over what the band's chords and bass play."""
    piece = piece_from_song(song)
    tune = one_line(quantize(song.notes, piece.signatures, written=True, weigh_ends=False))  # a player's ends are touch
    players = {player.name.lower(): player for player in piece.pitched}
    right = next((players[role] for role in ("chords", "guitar", "pad") if role in players), None)
    left = players.get("bass")
    upper = hand_of(_close(right.notes) if right else (), piece, written=False)
    lower = hand_of(left.notes if left else (), piece, written=False)
    bars = song_bars(piece, song.sections, round(song.end_beats * TICKS))
    parts = (melody_part(bars, tune, song.chords, reader=reader, syllables=syllables, name="Voice", program=53),
             piano_part(bars, upper, lower, written=False, name="Piano"))
    return Score(title, composer, song.bpm, bars, parts, song.swing >= SWINGS_FROM)


def _close(notes: Sequence[Note]) -> list[Note]:
    """Chords above the bass: nothing of them lies where the left hand plays."""
    return [replace(note, pitch=note.pitch + 12 if note.pitch < 53 else note.pitch) for note in notes]


def song_bars(piece: Piece, sections: Sequence[Section], end: int) -> tuple[BarLine, ...]:
    """The bars of a song with the names of its sections."""
    bars = lay_bars(piece.signatures, 0, end)
    named = {round(section.onset_beats * TICKS): section.name.capitalize() for section in sections}
    return tuple(replace(bar, mark=named.get(bar.onset, "")) for bar in bars)


def full_score(piece: Piece, *, title: str = "", composer: str = "", chords: Sequence[Chord] = (),
               sections: Sequence[Section] = (), swing: bool = False) -> Score:
    """A staff for every player, two for a keyboard with both hands in it, and the drums below."""
    written = is_written(piece.notes)
    placed = [(player, hand_of(player.notes, piece, written=written)) for player in piece.pitched]
    ticks = [note for _, notes in placed for note in notes]
    if sections:
        bars = song_bars(piece, sections, max(note.end for note in ticks))
    else:
        bars = lay_bars(piece.signatures, min(note.onset for note in ticks), max(note.end for note in ticks))
    parts = [_part(bars, player, notes, piece, written=written) for player, notes in placed]
    parts += [drum_part(bars, player.notes, piece.signatures, piece.bpm, player.name)
              for player in piece.players if player.is_drum]
    if chords:
        parts[0] = replace(parts[0], symbols=symbols_in(bars, chords, 0))
    return Score(title, composer, piece.bpm, bars, tuple(parts), swing)


def _part(bars: Sequence[BarLine], player: Player, placed: Sequence[Placed], piece: Piece, *,
          written: bool) -> Part:
    pitches = sorted(note.pitch for note in placed)
    if player.program in KEYBOARDS and pitches[-1 - len(pitches) // 10] - pitches[len(pitches) // 10] >= WIDE:
        left, right = split_hands(player.notes)
        return piano_part(bars, hand_of(right, piece, written=written), hand_of(left, piece, written=written),
                          written=written, name=player.name)
    up, clef = reads_at(player.program, pitches)
    notes = [Placed(n.onset, n.end, n.pitch + up, n.velocity) for n in placed]
    return Part(player.name, (texture_staff(bars, notes, clef, written=written),), (), -up, player.program)
