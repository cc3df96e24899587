"""Anybody's MIDI file as a piece to engrave: who plays what, in which meters and keys."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.errors import BadMusic, TooLong
from core.music import Key, Meter, Note, Song
from core.perform.midi import _main_tempo, _melodiousness, _meter, _parse, _Voice, _voices, skyline
from core.perform.midi_drums import drums_from_midi
from core.perform.sheet.bars import Signature
from core.perform.sheet.swing import EVEN, straight, swing_of
from core.theory import GM_PROGRAMS

if TYPE_CHECKING:
    import mido

MAX_NOTES, MAX_BARS = 12_000, 1_500
SLOWEST_BPM, FASTEST_BPM = 10.0, 500.0
KEYBOARDS = frozenset(range(8))
MOST_HANDS = 8  # tracks that one pianist's part is split into
CHORDS_NAME = re.compile(r"chord|comp\b|comping|harmon", re.IGNORECASE)


@dataclass(frozen=True)
class Player:
    """One instrument: its notes in beats from the start of the file."""

    name: str
    program: int
    notes: tuple[Note, ...]
    is_drum: bool = False

    @property
    def monophony(self) -> float:
        """Share of the notes that a single line holds: 1 where one note sounds at a time."""
        return len(skyline(self.notes)) / len(self.notes)


@dataclass(frozen=True)
class Piece:
    """What a file holds. Beat 0 is a bar line. ``key_stated``: whether the file names its key. The notes are even;
    ``swing`` is the share of a beat that its first eighth took when they were played."""

    players: tuple[Player, ...]
    signatures: tuple[Signature, ...]
    bpm: float
    key_stated: bool = True
    swing: float = EVEN

    @property
    def pitched(self) -> tuple[Player, ...]:
        """The players of notes that have a pitch."""
        return tuple(player for player in self.players if not player.is_drum)

    @property
    def notes(self) -> tuple[Note, ...]:
        """All pitched notes in order of onset."""
        found = [note for player in self.pitched for note in player.notes]
        return tuple(sorted(found, key=lambda n: (n.onset_beats, n.pitch)))

    def in_key(self, key: Key) -> "Piece":
        """The same piece with this key throughout."""
        return replace(self, signatures=tuple(replace(s, key=key) for s in self.signatures), key_stated=True)


def piece_from_midi(data: bytes) -> Piece:
    """All players, signatures and the main tempo. Raises Unreadable, TooLarge, TooLong, BadMusic."""
    midi = _parse(data)
    voices = [voice for track in midi.tracks for voice in _voices(track, midi.ticks_per_beat)]
    count = sum(len(voice.notes) for voice in voices)
    if not count:
        raise BadMusic(reason="there is no note in it")
    refuse_endless(count, 0)
    players = [Player(_name(voice.name, voice.program), voice.program, voice.notes) for voice in voices]
    if hits := drums_from_midi(data).hits:
        players.append(Player("Drums", 0, hits, is_drum=True))
    signatures, stated = _signatures(midi)
    start = min(note.onset_beats for voice in voices for note in voice.notes)
    end = max(note.end_beats for voice in voices for note in voice.notes)
    refuse_endless(count, (end - start) / min(s.meter.bar_beats for s in signatures))
    tempos = [(at, 60_000_000 / max(1, message.tempo)) for at, message in _messages(midi, "set_tempo")]
    bpm = _main_tempo(tempos, start, end)
    if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
        raise BadMusic(reason=f"nobody can play its tempo of {bpm:,.0f} beats a minute")
    return from_first_bar(Piece(tuple(players), signatures, bpm, stated))


def written_even(piece: Piece) -> Piece:
    """The piece with swung eighths as they are written, where people play and plainly swing, in a meter of plain beats.

    What is written exactly on triplets stays so.
    """
    from core.perform.sheet.quantize import is_written

    swing = swing_of(piece.notes)
    if swing == EVEN or is_written(piece.notes) or any(signature.meter.is_compound for signature in piece.signatures):
        return piece
    return replace(piece, swing=swing, players=tuple(
        replace(player, notes=straight(player.notes, swing)) for player in piece.players))


def refuse_endless(notes: int, bars: float) -> None:
    """Raise BadMusic or TooLong for more than anybody would read."""
    if notes > MAX_NOTES:
        raise BadMusic(reason=f"its {notes:,} notes are more than anybody reads; {MAX_NOTES:,} fit on pages")
    if bars > MAX_BARS:
        raise TooLong(f"This music is longer than {MAX_BARS:,} bars. Please send a shorter piece of it.")


def from_first_bar(piece: Piece) -> Piece:
    """The piece moved so that beat 0 is the bar line before its first pitched note."""
    start = piece.notes[0].onset_beats
    here = next(s for s in reversed(piece.signatures) if s.onset_beats <= start + 1e-6)
    bar = here.meter.bar_beats
    shift = -(here.onset_beats + (start - here.onset_beats + 1e-6) // bar * bar)
    later = tuple(replace(s, onset_beats=s.onset_beats + shift) for s in piece.signatures if s.onset_beats > start)
    players = tuple(replace(player, notes=tuple(
        replace(note, onset_beats=note.onset_beats + shift) for note in player.notes
        if note.onset_beats + shift >= 0)) for player in piece.players)
    return replace(piece, signatures=(replace(here, onset_beats=0.0), *later),
                   players=tuple(player for player in players if player.notes))


def piece_from_song(song: Song) -> Piece:
    """A song's band, its swung eighths straight, as they are written."""
    players = tuple(Player(track.role.capitalize(), track.program, straight(track.notes, song.swing), track.is_drum)
                    for track in song.tracks if track.notes)
    return Piece(players, (Signature(0.0, song.meter, song.key),), song.bpm)


def _name(name: str, program: int) -> str:
    clean = " ".join(re.sub(r"[^\w\s.'()/-]", "", name).split())[:24]
    return clean or GM_PROGRAMS[program].capitalize()


def _messages(midi: "mido.MidiFile", kind: str) -> list[tuple[float, "mido.MetaMessage"]]:
    """All messages of a kind with their beats, in order."""
    found = []
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == kind:
                found.append((tick / midi.ticks_per_beat, message))
    return sorted(found, key=lambda pair: pair[0])


def _signatures(midi: "mido.MidiFile") -> tuple[tuple[Signature, ...], bool]:
    """Meters and keys from bar line to bar line, and whether any key is stated."""
    meters = [(at, _meter(m.numerator, m.denominator)) for at, m in _messages(midi, "time_signature")]
    keys = [(at, _key(m.key)) for at, m in _messages(midi, "key_signature")]
    if {str(meter) for _, meter in meters} == {"1/4"}:  # a sequencer's way to say nothing
        meters = []
    meter, key = meters[0][1] if meters else Meter(), keys[0][1] if keys else Key()
    found = [Signature(0.0, meter, key)]
    for at in sorted({at for at, _ in (*meters, *keys) if at > 0.01}):
        meter = next((m for when, m in reversed(meters) if when <= at), meter)
        key = next((k for when, k in reversed(keys) if when <= at), key)
        last = found[-1]
        bars = max(1, round((at - last.onset_beats) / last.meter.bar_beats))  # changes count from a bar line
        exact = abs(last.onset_beats + bars * last.meter.bar_beats - at) < 0.02
        at = round(at * 4) / 4
        where = at if exact or meter != last.meter else last.onset_beats + bars * last.meter.bar_beats
        if (meter, key) != (last.meter, last.key) and where - last.onset_beats >= 0.24:
            found.append(Signature(where, meter, key))
    return _with_upbeat(found), bool(keys)


def _with_upbeat(found: Sequence[Signature]) -> tuple[Signature, ...]:
    """A first bar in a meter of its own, shorter than the bars after it, is an upbeat of theirs."""
    if len(found) > 1:
        head, body = found[0], found[1]
        until = body.onset_beats - head.onset_beats
        if head.meter != body.meter and until < body.meter.bar_beats - 0.01 and until <= head.meter.bar_beats + 0.01:
            return (replace(body, onset_beats=body.onset_beats - body.meter.bar_beats), *found[2:])
    return tuple(found)


def _key(name: str) -> Key:
    return Key.parse(name.removesuffix("m") + (" minor" if name.endswith("m") else " major"))


def lead_and_chords(piece: Piece) -> tuple[Player, Player | None] | None:
    """The melody's player, and the one that strikes its chords, where the piece is a lead sheet; else None."""
    players = piece.pitched
    if any(player.is_drum for player in piece.players) or len(players) > 2:
        return None
    if len(players) == 1:
        return (players[0], None) if players[0].monophony > 0.95 else None
    for tune, other in (players, players[::-1]):
        blocks = len(other.notes) / max(1, len({round(n.onset_beats, 2) for n in other.notes}))
        named = bool(CHORDS_NAME.search(other.name)) and not CHORDS_NAME.search(tune.name)
        if tune.monophony > 0.95 and (blocks >= 2.5 or (named and blocks >= 1.5)):
            return tune, other
    return None


def most_melodious(piece: Piece) -> Player:
    """The player whose notes, name and range are most like a tune's (see core.perform.midi)."""
    return max(piece.pitched, key=lambda player: _melodiousness(_Voice(player.name, player.program, player.notes)))


def is_keyboard(piece: Piece) -> bool:
    """Whether one pianist could be meant: one player, or several on keyboards (sequencers split hands and voices)."""
    players = piece.pitched
    if len(players) < len(piece.players):
        return False
    return len(players) == 1 or (len(players) <= MOST_HANDS and all(player.program in KEYBOARDS for player in players))
