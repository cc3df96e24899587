"""Two staves for one pianist, out of any notes; and any staff that holds more than a line."""

import re
from collections.abc import Sequence

from core.music import Note
from core.perform.sheet.bars import lay_bars
from core.perform.sheet.hands import split_hands
from core.perform.sheet.lead import key_at, written_keys
from core.perform.sheet.pieces import Piece, Player
from core.perform.sheet.quantize import (
    Placed,
    is_written,
    quantize,
    readable_steps,
    struck_together,
    without_articulation,
)
from core.perform.sheet.reach import within_reach
from core.perform.sheet.score import TICKS, BarLine, Part, Score, Staff, Value
from core.perform.sheet.spelling import Unspelt, spell
from core.perform.sheet.texture import Block, to_beats, to_voices
from core.perform.sheet.voices import Sounding, with_accidentals, write_voice

HELD_WHEN_PLAYED, HELD_WHEN_WRITTEN = 2 * TICKS, TICKS  # what is left of a held note for it to be kept

LEFT_NAME = re.compile(r"left|link|gauche|izquierd|sinistr|\blh\b", re.IGNORECASE)
RIGHT_NAME = re.compile(r"right|recht|droite|derech|destr|\brh\b", re.IGNORECASE)


def piano_score(piece: Piece, *, title: str = "", composer: str = "", swing: bool = False) -> Score:
    """A piece for one pianist on two staves."""
    notes = piece.notes
    written = is_written(notes)
    left, right = hands_of(piece.pitched)
    hands = [hand_of(hand, piece, written=written) for hand in (right, left)]
    if not written:
        hands = list(within_reach(*hands))
    ticks = [note for hand in hands for note in hand]
    bars = lay_bars(piece.signatures, min(n.onset for n in ticks), max(n.end for n in ticks))
    part = piano_part(bars, hands[0], hands[1], written=written)
    return Score(title, composer, piece.bpm, bars, (part,), swing)


def hand_of(notes: Sequence[Note], piece: Piece, *, written: bool) -> list[Placed]:
    """What one hand or player plays (beats), on the ticks of the page."""
    placed = quantize(struck_together(notes, piece.bpm), piece.signatures, written=written,
                      steps=readable_steps(piece.bpm), bpm=piece.bpm)
    return without_articulation(placed, written=written)


def piano_part(bars: Sequence[BarLine], right: Sequence[Placed], left: Sequence[Placed], *, written: bool,
               name: str = "") -> Part:
    """Two staves for two hands."""
    staves = (texture_staff(bars, right, "treble", written=written),
              texture_staff(bars, left, _left_clef(left), written=written))
    return Part(name, staves)


def hands_of(players: Sequence[Player]) -> tuple[list[Note], list[Note]]:
    """(left, right): as two tracks have it, by their names or if one lies plainly lower; else split anew."""
    left, right = ([player for player in players if name.search(player.name)] for name in (LEFT_NAME, RIGHT_NAME))
    if left and right and len(left) + len(right) == len(players):
        return [n for player in left for n in player.notes], [n for player in right for n in player.notes]
    if len(players) == 2:
        means = [sum(n.pitch for n in p.notes) / len(p.notes) for p in players]
        low, high = (0, 1) if means[0] < means[1] else (1, 0)
        if means[high] - means[low] >= 7:
            return list(players[low].notes), list(players[high].notes)
    return split_hands([note for player in players for note in player.notes])


def _left_clef(left: Sequence[Placed]) -> str:
    pitches = sorted(note.pitch for note in left)
    return "treble" if pitches and pitches[len(pitches) // 2] > 62 else "bass"


def texture_staff(bars: Sequence[BarLine], placed: Sequence[Placed], clef: str, *, written: bool) -> Staff:
    """A staff of chords in one voice, or two where notes are held."""
    voices = to_voices(placed, held_ticks=HELD_WHEN_WRITTEN if written else HELD_WHEN_PLAYED)
    upper, lower = spelt_blocks(bars, (voices[0], to_beats(voices[1])))
    staff: list[tuple[tuple[Value, ...], ...]] = []
    for bar in bars:
        second = [s for s in lower if s.onset < bar.end and s.end > bar.onset]
        first = [s for s in upper if s.onset < bar.end and s.end > bar.onset]
        if second:
            staff.append((write_voice(bar, first, hide_rests=not first), write_voice(bar, second, hide_rests=True)))
        else:
            staff.append((write_voice(bar, first),))
    return Staff(clef, with_accidentals(bars, staff, written_keys(bars, 0)))


def spelt_blocks(bars: Sequence[BarLine], voices: Sequence[Sequence[Block]]) -> list[list[Sounding]]:
    """The voices' blocks with letters, each note seen beside its neighbours in its own voice."""
    rows: list[tuple[int, int, int, Unspelt]] = []
    for v, voice in enumerate(voices):
        for b, block in enumerate(voice):
            for p, pitch in enumerate(block.pitches):
                before, after = _neighbour(voice, b - 1, p, block), _neighbour(voice, b + 1, p, block)
                rows.append((v, b, p, Unspelt(block.onset / TICKS, pitch, key_at(bars, block.onset), None,
                                              before, after)))
    rows.sort(key=lambda row: (row[3].onset_beats, row[3].pitch))
    found = {row[:3]: pitch for row, pitch in zip(rows, spell([row[3] for row in rows]), strict=True)}
    return [[Sounding(block.onset, block.end, tuple(found[v, b, p] for p in range(len(block.pitches))))
             for b, block in enumerate(voice)] for v, voice in enumerate(voices)]


def _neighbour(voice: Sequence[Block], index: int, place: int, block: Block) -> int | None:
    """The pitch that a line through this one would take before or after: at the same place of the chord."""
    if not 0 <= index < len(voice):
        return None
    from_top = len(block.pitches) - 1 - place
    pitches = voice[index].pitches
    return pitches[max(0, len(pitches) - 1 - from_top)]
