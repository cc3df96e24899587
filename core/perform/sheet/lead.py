"""The lead sheet: one staff of melody, chord symbols above it, words below it."""

from collections.abc import Sequence
from dataclasses import replace

from core import theory
from core.music import Chord, Key, LeadSheet, Meter
from core.perform.sheet.bars import Signature, lay_bars
from core.perform.sheet.quantize import STEPS, SUNG_STEPS, Placed, is_written, quantize
from core.perform.sheet.readers import ANYBODY, Reader
from core.perform.sheet.score import TICKS, BarLine, Part, Score, Staff, Step, Syllabic, Symbol
from core.perform.sheet.simple import without_afterthought, without_strays
from core.perform.sheet.spelling import Unspelt, signature_of, spell, spell_chord
from core.perform.sheet.values import beats_of
from core.perform.sheet.voices import Sounding, with_accidentals, write_voice

SWINGS_FROM = 0.54
TREBLE_FROM, TENOR_FROM = 57.5, 44.0  # median MIDI pitch from which a tune is read in a treble clef, or an octave below


def lead_score(sheet: LeadSheet, *, title: str = "", composer: str = "", reader: Reader = ANYBODY,
               syllables: Sequence[tuple[str, Syllabic]] = (), sung: bool = False,
               signatures: Sequence[Signature] = ()) -> Score:
    """A lead sheet's page for ``reader``. ``sung``: the lengths are a voice's, with its breaths, and not a writer's;
    ``signatures``: where meters and keys change."""
    melody = sheet.melody
    signatures = signatures or [Signature(0.0, melody.meter, melody.key)]
    written = is_written(melody.notes)
    tune = one_line(quantize(melody.notes, signatures, written=written or sung, weigh_ends=written,
                             steps=SUNG_STEPS if sung else STEPS))
    if sung:
        tune = one_line(without_strays(without_afterthought(tune, melody.meter), melody.meter))
        tune = without_breaths(with_prompt_entries(tune, melody.meter), melody.meter)
    end = max(note.end for note in tune)
    bars = lay_bars(signatures, tune[0].onset, end)
    part = melody_part(bars, tune, sheet.chords, reader=reader, syllables=syllables)
    return Score(title, composer, melody.bpm, bars, (part,), melody.swing >= SWINGS_FROM)


def one_line(placed: Sequence[Placed]) -> list[Placed]:
    """One note at a time: each ends where the next begins; of two at one place the longer stays."""
    line: list[Placed] = []
    for note in sorted(placed, key=lambda n: (n.onset, n.end, n.pitch)):
        if line and line[-1].onset == note.onset:
            line.pop()
        if line and line[-1].end > note.onset:
            line[-1] = Placed(line[-1].onset, note.onset, line[-1].pitch, line[-1].velocity)
        line.append(note)
    return line


def with_prompt_entries(line: Sequence[Placed], meter: Meter) -> list[Placed]:
    """A sung line whose phrases start on a beat where they came a sixteenth late: nobody writes that rest.

    What goes on in sixteenths right away stays, since there the rest is meant; so does what was sung without a break.
    """
    bar, beats = round(meter.bar_beats * TICKS), beats_of(meter)
    late = TICKS // 4
    prompt = []
    for i, note in enumerate(line):
        enters = (note.onset - late) % bar in beats and (i == 0 or line[i - 1].end <= note.onset - late)
        runs = i + 1 < len(line) and line[i + 1].onset - note.onset <= late
        prompt.append(replace(note, onset=note.onset - late) if enters and not runs else note)
    return prompt


def without_breaths(line: Sequence[Placed], meter: Meter) -> list[Placed]:
    """A sung line with the lengths a person writes: what stops short of its half beat, or, having sounded for most
    of it, of its beat, is held to there. A rest stays where there is silence for longer."""
    beats = [*beats_of(meter), round(meter.bar_beats * TICKS)]
    held = []
    for i, note in enumerate(line):
        room = line[i + 1].onset if i + 1 < len(line) else 1 << 30
        bar = note.end // beats[-1] * beats[-1]
        beat = bar + max(b for b in beats if bar + b <= note.end)
        after = bar + min(b for b in beats if bar + b > note.end)
        into, length = note.end - beat, note.end - note.onset
        end = note.end
        if into:
            half = beat + TICKS // 2 * -(-into // (TICKS // 2))
            end = after if half >= after or (note.onset == beat and into > 0.55 * (after - beat)) else half
        if length > 1.4 * TICKS and 0 < note.end - bar <= TICKS // 2 and note.onset < bar:
            end = bar  # a long note's last breath reaches over the bar line
        if length < TICKS and room - end <= TICKS // 4:
            end = room
        held.append(Placed(note.onset, min(end, room), note.pitch, note.velocity))
    return held


def melody_part(bars: Sequence[BarLine], tune: Sequence[Placed], chords: Sequence[Chord], *, reader: Reader = ANYBODY,
                syllables: Sequence[tuple[str, Syllabic]] = (), name: str = "", program: int = 0) -> Part:
    """A staff of melody with its chord symbols."""
    transpose = reader.transpose
    up = reader.shift([note.pitch for note in tune])
    symbols = symbols_in(bars, chords, transpose)
    sounding = spelt_line(bars, [Placed(n.onset, n.end, n.pitch + up, n.velocity) for n in tune], chords, transpose,
                          syllables)
    staff = tuple((write_voice(bar, sounding),) for bar in bars)
    clef = reader.clef or clef_of([note.pitch for note in tune])
    written = with_accidentals(bars, staff, written_keys(bars, transpose))
    return Part(name, (Staff(clef, written),), symbols, -up, program)


def written_keys(bars: Sequence[BarLine], transpose: int) -> list[dict[Step, int]]:
    """What each bar's written key does to letters."""
    keys = [bar.key.transposed(transpose) for bar in bars]
    return [signature_of(theory.fifths(key.tonic_pc, key.mode)) for key in keys]


def key_at(bars: Sequence[BarLine], tick: int) -> Key:
    """The key of the bar that holds this tick."""
    return next((bar.key for bar in reversed(bars) if bar.onset <= tick), bars[0].key)


def spelt_line(bars: Sequence[BarLine], tune: Sequence[Placed], chords: Sequence[Chord], transpose: int,
               syllables: Sequence[tuple[str, Syllabic]] = ()) -> list[Sounding]:
    """A line's notes with their letters and words. ``tune`` is at reading pitch, ``chords`` at sounding pitch."""
    unspelt = []
    for i, note in enumerate(tune):
        chord = next((c.symbol for c in reversed(chords) if c.onset_beats * TICKS <= note.onset + 1), None)
        unspelt.append(Unspelt(
            note.onset / TICKS, note.pitch, key_at(bars, note.onset).transposed(transpose),
            theory.transpose_chord(chord, transpose) if chord else None,
            tune[i - 1].pitch if i else None, tune[i + 1].pitch if i + 1 < len(tune) else None))
    return [Sounding(note.onset, note.end, (pitch,), *(syllables[i] if i < len(syllables) else ()))
            for i, (note, pitch) in enumerate(zip(tune, spell(unspelt), strict=True))]


def symbols_in(bars: Sequence[BarLine], chords: Sequence[Chord], transpose: int) -> tuple[tuple[Symbol, ...], ...]:
    """The chord symbols of every bar, at reading pitch; a chord that goes on is not named again."""
    if not chords:
        return ()
    placed: list[list[Symbol]] = [[] for _ in bars]
    last = ""
    for chord in sorted(chords, key=lambda c: c.onset_beats):
        onset = max(round(chord.onset_beats * TICKS / 6) * 6, bars[0].onset)
        index = next((i for i in reversed(range(len(bars))) if bars[i].onset <= onset), 0)
        if onset >= bars[index].end or chord.end_beats * TICKS <= bars[0].onset:
            continue
        key = bars[index].key.transposed(transpose)
        text = spell_chord(theory.transpose_chord(chord.symbol, transpose), key)
        if text != last:
            placed[index].append(Symbol(onset - bars[index].onset, text))
        last = text
    return tuple(tuple(_one_a_place(symbols)) for symbols in placed)


def _one_a_place(symbols: Sequence[Symbol]) -> list[Symbol]:
    return list({symbol.onset: symbol for symbol in symbols}.values())


def reads_at(program: int, pitches: Sequence[int]) -> tuple[int, str]:
    """(semitones up from sound to page, clef) for a General MIDI program: guitars and basses read an octave up."""
    if 24 <= program <= 31:
        return 12, "treble"
    if 32 <= program <= 39 or program == 43:
        return 12, "bass"
    if 52 <= program <= 54:
        return 0, clef_of(pitches)
    return 0, "treble" if sorted(pitches)[len(pitches) // 2] >= 57 else "bass"


def clef_of(pitches: Sequence[int]) -> str:
    """The clef that keeps most of the notes within the staff."""
    middle = sorted(pitches)[len(pitches) // 2]
    return "treble" if middle >= TREBLE_FROM else "treble_8" if middle >= TENOR_FROM else "bass"
