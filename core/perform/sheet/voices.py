"""A voice of one bar, written out: notes cut and tied, rests between them, tuplets closed, beams drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from core.music import Meter
from core.perform.sheet.score import STEPS, TICKS, BarLine, Head, Pitch, Step, Syllabic, Value
from core.perform.sheet.values import Piece, beats_of, cut_in_tuplet, cut_note, cut_rest, middles_of, tuplet_regions

FLAGS = {8: 1, 16: 2, 32: 3, 64: 4}


@dataclass(frozen=True, slots=True)
class Sounding:
    """A note or chord in the piece's ticks, before bars cut it."""

    onset: int
    end: int
    pitches: tuple[Pitch, ...]
    lyric: str = ""
    syllabic: Syllabic = "single"
    crosses: tuple[bool, ...] = ()  # of drums: which heads are crosses


def write_voice(bar: BarLine, sounding: Iterable[Sounding], *, hide_rests: bool = False) -> tuple[Value, ...]:
    """The values of one voice in a bar, which they fill exactly. ``sounding`` may reach beyond the bar and must not
    overlap each other. With ``hide_rests`` silence takes its room without being printed, as in a second voice."""
    shift = bar.shortfall - bar.onset  # from the piece's ticks to places of the meter
    inside = [s for s in sounding if s.onset < bar.end and s.end > bar.onset]
    if not inside:
        return (Value(0, bar.length, 1, hidden=hide_rests, whole_bar=True),)
    spans: list[tuple[int, int, Sounding | None]] = []
    at = bar.onset
    for sound in sorted(inside, key=lambda s: s.onset):
        start, end = max(sound.onset, bar.onset), min(sound.end, bar.end)
        if start > at:
            spans.append((at + shift, start + shift, None))
        spans.append((start + shift, end + shift, sound))
        at = end
    if at < bar.end:
        spans.append((at + shift, bar.end + shift, None))
    pieces = [(piece, sound) for start, end, sound in spans for piece in _cut(bar.meter, spans, start, end, sound)]
    values = [_value(bar, shift, pieces, i, hide_rests) for i in range(len(pieces))]
    return tuple(_beamed(bar, _tuplet_edges(pieces, values)))


def _cut(meter: Meter, spans: Sequence[tuple[int, int, Sounding | None]], start: int, end: int,
         sound: Sounding | None) -> list[Piece]:
    """One span as values: inside and outside the bar's tuplets."""
    pieces: list[Piece] = []
    cut = cut_note if sound else cut_rest
    for region in tuplet_regions(meter, [place for span in spans for place in span[:2]]):
        if region[1] <= start or region[0] >= end:
            continue
        if region[0] > start:
            pieces += cut(meter, start, region[0])
        stop = min(end, region[1])
        pieces += cut_in_tuplet(max(start, region[0]), stop, region)
        start = stop
    return pieces + (cut(meter, start, end) if start < end else [])


def _value(bar: BarLine, shift: int, pieces: Sequence[tuple[Piece, Sounding | None]], index: int,
           hide_rests: bool) -> Value:
    piece, sound = pieces[index]
    onset, duration = piece.onset - bar.shortfall, piece.end - piece.onset
    if sound is None:
        hidden = hide_rests and not _within_a_beat(bar.meter, piece)
        return Value(onset, duration, piece.kind, piece.dots, tuplet=piece.tuplet, hidden=hidden)
    tie_to = sound.onset + shift < piece.onset
    tie_from = sound.end + shift > piece.end and not (bar.is_last and piece.end - bar.shortfall == bar.length)
    crosses = sound.crosses or (False,) * len(sound.pitches)
    heads = tuple(Head(pitch, tie_from, tie_to, cross=cross)
                  for pitch, cross in zip(sound.pitches, crosses, strict=True))
    return Value(onset, duration, piece.kind, piece.dots, heads, piece.tuplet,
                 lyric="" if tie_to else sound.lyric, syllabic=sound.syllabic)


def _within_a_beat(meter: Meter, piece: Piece) -> bool:
    """Whether a rest shares its beat with notes: then even a second voice shows it."""
    beats = beats_of(meter)
    return piece.onset not in beats or piece.end not in (*beats, round(meter.bar_beats * TICKS))


def _tuplet_edges(pieces: Sequence[tuple[Piece, Sounding | None]], values: list[Value]) -> list[Value]:
    groups = [piece.group for piece, _ in pieces]
    for i, group in enumerate(groups):
        if group >= 0 and (i == 0 or groups[i - 1] != group):
            values[i] = replace(values[i], tuplet_edge="start")
        if group >= 0 and (i + 1 == len(groups) or groups[i + 1] != group):
            values[i] = replace(values[i], tuplet_edge="stop")
    return values


# -- beams ---------------------------------------------------------------------------------------------


def _beamed(bar: BarLine, values: list[Value]) -> list[Value]:
    for group in _beam_groups(bar, values):
        flags = [FLAGS[values[i].kind] for i in group]
        for position, index in enumerate(group):
            marks = tuple(_mark(flags, position, level, values[index].onset) for level in range(1, flags[position] + 1))
            values[index] = replace(values[index], beams=marks)
    return values


def _mark(flags: Sequence[int], position: int, level: int, onset: int) -> str:
    """What beam ``level`` does at a note of its group."""
    before = position > 0 and flags[position - 1] >= level
    after = position + 1 < len(flags) and flags[position + 1] >= level
    if before and after:
        return "continue"
    if before or after:
        return "end" if before else "begin"
    first = position == 0
    return "forward hook" if first or (position + 1 < len(flags) and onset % 12 == 0) else "backward hook"


def _beam_groups(bar: BarLine, values: Sequence[Value]) -> list[list[int]]:
    """Indices of notes that share a beam, two at least."""
    groups: list[list[int]] = []
    for start, end in beam_spans(bar, values):
        run: list[int] = []
        for i, value in enumerate(values):
            if not start <= value.onset < end:
                continue
            if value.is_rest or value.kind not in FLAGS:
                groups.append(run)
                run = []
            else:
                run.append(i)
        groups.append(run)
    return [run for run in groups if len(run) > 1]


def beam_spans(bar: BarLine, values: Sequence[Value]) -> list[tuple[int, int]]:
    """Stretches of a bar (ticks from its start) whose short notes share a beam: beats, or the halves of 4/4 and all
    of 3/4 where there are eighths only."""
    full = bar.length + bar.shortfall
    beats = [*beats_of(bar.meter), full]
    wide = beats if bar.meter.is_compound or bar.meter.denominator >= 8 else [0, *middles_of(bar.meter), full]
    spans = []
    for start, end in pairwise(wide):
        inside = [v for v in values if start <= v.onset + bar.shortfall < end]
        plain = all(v.kind <= 8 and v.tuplet is None and not (v.is_rest and v.kind >= 8) for v in inside)
        if plain and all(v.kind == 8 and v.dots == 0 and not v.is_rest for v in inside):
            spans.append((start, end))
        else:
            spans += [(a, b) for a, b in pairwise(beats) if start <= a < end]
    return [(start - bar.shortfall, end - bar.shortfall) for start, end in spans]


# -- accidentals ---------------------------------------------------------------------------------------


def with_accidentals(bars: Sequence[BarLine], staff: Sequence[tuple[tuple[Value, ...], ...]],
                     signatures: Sequence[dict[Step, int]]) -> tuple[tuple[tuple[Value, ...], ...], ...]:
    """The staff's values with the accidentals a reader needs: those the key does not give, and, as a courtesy, those
    that take back one of the bar before. ``signatures`` holds what each bar's key does to a letter."""
    done = []
    lately: dict[int, int] = {}  # staff place: alter it last had in the bar before
    for _bar, voices, signature in zip(bars, staff, signatures, strict=True):
        now: dict[int, int] = {}
        printed: dict[tuple[int, int, int], int | None] = {}
        order = sorted(((value.onset, v, i) for v, voice in enumerate(voices) for i, value in enumerate(voice)))
        for _, v, i in order:
            for h, head in enumerate(voices[v][i].heads):
                place, alter = head.pitch.staff_place, head.pitch.alter
                expected = now.get(place, signature.get(head.pitch.step, 0))
                courtesy = place not in now and lately.get(place, alter) != alter
                if head.tie_to:
                    printed[v, i, h] = None
                    if place not in now and alter != expected:
                        continue  # the tie says it; whoever plays the place anew in this bar is told again
                else:
                    printed[v, i, h] = alter if alter != expected or courtesy else None
                now[place] = alter
        done.append(tuple(
            tuple(replace(value, heads=tuple(replace(head, accidental=printed[v, i, h])
                                             for h, head in enumerate(value.heads))) if value.heads else value
                  for i, value in enumerate(voice)) for v, voice in enumerate(voices)))
        lately = {place: alter for place, alter in now.items() if alter != signature.get(STEPS[place % 7], 0)}
    return tuple(done)

