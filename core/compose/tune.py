"""The tune of a lead sheet as something to build with: whole bars, one voice, chords without gaps."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core import theory
from core.music import Chord, Key, LeadSheet, Meter, Note


@dataclass(frozen=True)
class Tune:
    """The body of a lead sheet: whole bars from 0 to ``beats``; an upbeat lies before 0."""

    notes: tuple[Note, ...]
    chords: tuple[Chord, ...]
    bars: int
    meter: Meter
    upbeat_beats: float

    @property
    def beats(self) -> float:
        """Length of the body."""
        return self.bars * self.meter.bar_beats


def take_tune(sheet: LeadSheet) -> Tune:
    """The tune from its first full bar on, with an even number of bars and chords without gaps."""
    melody = sheet.melody
    bar = melody.meter.bar_beats
    notes = monophonic(melody.notes)
    first = notes[0].onset_beats
    start = math.floor(first / bar + 1e-6) * bar
    end = notes[-1].end_beats
    if first - start >= bar / 2 - 1e-6 and notes[-1].onset_beats >= start + bar - 1e-6:
        start += bar
    bars = max(1, math.ceil((end - start) / bar - 0.26 / bar))
    if bars > 2 and bars % 2:
        bars += 1
    upbeat = max(0.0, start - first)
    # On a repeat the upbeat lies in the last bar: make room by a shorter last note, or by more bars.
    limit = start + bars * bar - upbeat
    if upbeat and notes[-1].onset_beats > limit - min(1.0, bar / 4):
        bars += 1 if bars < 3 else 2
        limit = start + bars * bar - upbeat
    shifted = tuple(
        replace(
            note,
            onset_beats=note.onset_beats - start,
            duration_beats=min(note.duration_beats, limit - note.onset_beats),
        )
        for note in notes
    )
    tune = Tune(shifted, fill_chords(sheet, start, start + bars * bar), bars, melody.meter, upbeat)
    return grown(tune, melody.key) if bars <= 2 else tune


def grown(tune: Tune, key: Key) -> Tune:
    """A tune of one or two bars made a period, AABA: the third time four steps of the scale higher."""
    notes: list[Note] = []
    chords: list[Chord] = []
    for turn in range(4):
        steps = 3 if turn == 2 else 0
        notes += [
            replace(n, onset_beats=n.onset_beats + turn * tune.beats, pitch=_scale_step(n.pitch, steps, key))
            for n in tune.notes
        ]
        chords += [
            Chord(c.onset_beats + turn * tune.beats, c.duration_beats, _chord_step(c.symbol, steps, key))
            for c in tune.chords
        ]
    return replace(tune, notes=monophonic(notes), chords=joined(chords), bars=4 * tune.bars)


def _scale_step(pitch: int, steps: int, key: Key) -> int:
    """A pitch moved by steps of the key's scale; a foreign note keeps its distance to the one below."""
    scale = sorted(key.scale)
    below = max((pc for pc in scale if pc <= pitch % 12), default=scale[-1] - 12)
    place = scale.index(below % 12) + steps
    return pitch - pitch % 12 + (below // 12 + place // 7) * 12 + scale[place % 7] + (pitch % 12 - below)


def _chord_step(symbol: str, steps: int, key: Key) -> str:
    """A chord moved by steps of the scale, as the triad that stands there; itself if that is diminished."""
    root = theory.parse_chord(symbol)[0]
    if steps == 0 or root not in key.scale:
        return symbol
    place = key.scale.index(root) + steps
    pcs = [key.scale[(place + k) % 7] for k in (0, 2, 4)]
    third, fifth = (pcs[1] - pcs[0]) % 12, (pcs[2] - pcs[0]) % 12
    return symbol if fifth != 7 else theory.chord_symbol(pcs[0], "m" if third == 3 else "", flats=key.flats)


def monophonic(notes: Sequence[Note]) -> tuple[Note, ...]:
    """Notes in order, each ending where the next begins at the latest. Raises ValueError for no notes."""
    ordered = sorted(notes, key=lambda note: note.onset_beats)
    if not ordered:
        raise ValueError("a tune needs at least one note")
    kept: list[Note] = []
    for note in ordered:
        if kept and note.onset_beats - kept[-1].onset_beats < 0.02:
            continue
        if kept and kept[-1].end_beats > note.onset_beats:
            kept[-1] = replace(kept[-1], duration_beats=note.onset_beats - kept[-1].onset_beats)
        kept.append(note)
    return tuple(kept)


def fill_chords(sheet: LeadSheet, start: float, end: float) -> tuple[Chord, ...]:
    """The sheet's chords over start..end, moved to begin at 0, each lasting until the next."""
    ordered = sorted(sheet.chords, key=lambda chord: chord.onset_beats)
    if not ordered:
        return (Chord(0.0, end - start, tonic_symbol(sheet)),)
    first = next((c for c in ordered if c.end_beats > start + 1e-6), ordered[-1])
    spans = [(0.0, first.symbol)]
    for chord in ordered:
        onset = chord.onset_beats - start
        if 1e-6 < onset < end - start - 1e-6 and chord.symbol != spans[-1][1]:
            spans.append((onset, chord.symbol))
    stops = [onset for onset, _ in spans[1:]] + [end - start]
    return tuple(
        Chord(onset, stop - onset, symbol) for (onset, symbol), stop in zip(spans, stops, strict=True)
    )


def tonic_symbol(sheet: LeadSheet) -> str:
    """The chord the song ends on: the sheet's own last chord where it is a tonic, a plain triad otherwise."""
    key = sheet.melody.key
    if sheet.chords:
        last = max(sheet.chords, key=lambda chord: chord.onset_beats)
        if last.root_pc == key.tonic_pc and last.bass_pc == last.root_pc:
            return last.symbol
    return theory.chord_symbol(key.tonic_pc, "m" if key.is_minor else "", flats=key.flats)


def joined(chords: Sequence[Chord]) -> tuple[Chord, ...]:
    """Neighbours of the same name as one chord."""
    out: list[Chord] = []
    for chord in chords:
        if out and out[-1].symbol == chord.symbol:
            out[-1] = replace(out[-1], duration_beats=chord.end_beats - out[-1].onset_beats)
        else:
            out.append(chord)
    return tuple(out)
