"""A score as music21's objects. The one module that imports music21, which costs a third of a second: enter it late."""

from collections.abc import Iterable

from music21 import (
    bar,
    beam,
    chord,
    clef,
    duration,
    expressions,
    instrument,
    key,
    layout,
    metadata,
    meter,
    note,
    percussion,
    pitch,
    spanner,
    stream,
    tempo,
    tie,
)

from core import theory
from core.music import Key
from core.perform.sheet.score import TICKS, BarLine, Head, Part, Score, Value

ALONE = "Melody"  # what a lone part is called in files that want a name
TYPES = {1: "whole", 2: "half", 4: "quarter", 8: "eighth", 16: "16th", 32: "32nd"}
CLEFS = {"treble": clef.TrebleClef, "treble_8": clef.Treble8vbClef, "bass": clef.BassClef,
         "alto": clef.AltoClef,
         "percussion": clef.PercussionClef}
BEAMS = {"begin": ("start", None), "continue": ("continue", None), "end": ("stop", None),
         "forward hook": ("partial", "right"), "backward hook": ("partial", "left")}


def build(score: Score, breaks: frozenset[int] = frozenset()) -> stream.Score:
    """The score; ``breaks`` are the indices of bars that start a new line."""
    built = stream.Score()
    built.metadata = metadata.Metadata()
    built.metadata.title = score.title or None
    built.metadata.composer = score.composer or None
    for part in score.parts:
        staves = [_staff(score, part, index, breaks) for index in range(len(part.staves))]
        for staff in staves:
            built.insert(0, staff)
        if len(staves) > 1:
            built.insert(0, layout.StaffGroup(staves, name=part.name or None, symbol="brace", barTogether=True))
    return built


def fifths_of(key: Key, part: Part) -> int:
    """The key signature that a part reads: sharps, or flats below 0."""
    written = key.transposed(-part.sounds)
    return theory.fifths(written.tonic_pc, written.mode)


def _staff(score: Score, part: Part, index: int, breaks: frozenset[int]) -> stream.Part:
    built = stream.PartStaff() if len(part.staves) > 1 else stream.Part()
    player = instrument.Instrument(part.name or ALONE)
    player.midiProgram = part.program
    built.insert(0, player)
    built.partName = part.name
    leads = part is score.parts[0] and index == 0
    for number in range(len(score.bars)):
        built.append(_measure(score, part, index, number, leads=leads, new_line=number in breaks and number > 0))
    if leads:
        for bracket in _endings(score.bars, list(built.getElementsByClass(stream.Measure))):
            built.insert(0, bracket)
    return built


def _measure(score: Score, part: Part, index: int, number: int, *, leads: bool, new_line: bool) -> stream.Measure:
    line, before = score.bars[number], score.bars[number - 1] if number else None
    built = stream.Measure(number=line.number)
    built.paddingLeft = line.shortfall / TICKS
    if new_line:
        built.insert(0, layout.SystemLayout(isNew=True))
    if before is None:
        built.insert(0, CLEFS[part.staves[index].clef]())
    if (before is None or before.key != line.key) and not part.unpitched:
        built.insert(0, key.KeySignature(fifths_of(line.key, part)).asKey(line.key.mode))
    if before is None or before.meter != line.meter:
        built.insert(0, meter.TimeSignature(str(line.meter)))
    if leads and before is None:
        built.insert(0, _tempo_mark(line, score.bpm))
    if leads and line.mark:
        built.insert(0, expressions.RehearsalMark(line.mark))
    if line.repeat_from and number:
        built.leftBarline = bar.Repeat(direction="start")
    if line.repeat_to:
        built.rightBarline = bar.Repeat(direction="end")
    elif number == len(score.bars) - 1:
        built.rightBarline = bar.Barline("final")
    voices = part.staves[index].bars[number]
    if len(voices) == 1:
        _fill(built, voices[0], line, "up" if part.unpitched else "", unpitched=part.unpitched)
    for name, voice in enumerate(voices if len(voices) > 1 else (), start=1):
        holder = stream.Voice(id=str(name + 4 * index))
        _fill(holder, voice, line, "up" if name == 1 else "down")
        built.insert(0, holder)
    return built


def _tempo_mark(line: BarLine, bpm: float) -> tempo.MetronomeMark:
    pulse = line.meter.pulse_beats if line.meter.is_compound else 1.0
    return tempo.MetronomeMark(number=round(bpm / pulse), referent=duration.Duration(pulse))


def _endings(bars: Iterable[BarLine], measures: list[stream.Measure]) -> list[spanner.RepeatBracket]:
    brackets, run = [], []
    for line, measure, after in zip(bars, measures, [*list(bars)[1:], None], strict=True):
        if line.ending:
            run.append(measure)
            if after is None or after.ending != line.ending:
                brackets.append(spanner.RepeatBracket(run, number=line.ending))
                run = []
    return brackets


def _fill(holder: stream.Stream, voice: Iterable[Value], line: BarLine, stems: str, *, unpitched: bool = False) -> None:
    for value in voice:
        element = _rest(value, line) if value.is_rest else _sounding(value, stems, unpitched=unpitched)
        holder.insert(value.onset / TICKS, element)


def _rest(value: Value, line: BarLine) -> note.Rest:
    rest = note.Rest()
    if value.whole_bar:
        rest.duration = duration.Duration(line.length / TICKS)
        rest.fullMeasure = True
    else:
        rest.duration = _duration(value)
    if value.hidden:
        rest.style.hideObjectOnPrint = True
    return rest


def _sounding(value: Value, stems: str, *, unpitched: bool) -> note.NotRest:
    element: note.NotRest
    if unpitched:
        strokes = [_stroke(head) for head in value.heads]
        element = strokes[0] if len(strokes) == 1 else percussion.PercussionChord(strokes)
    else:
        heads = [_note(head) for head in value.heads]
        element = heads[0] if len(heads) == 1 else chord.Chord(heads)
    element.duration = _duration(value)
    if stems:
        element.stemDirection = stems
    if value.lyric:
        element.lyrics.append(note.Lyric(text=value.lyric, syllabic=value.syllabic))
    for number, mark in enumerate(value.beams, start=1):
        kind, direction = BEAMS[mark]
        drawn = beam.Beam(type=kind, direction=direction)
        drawn.number = number
        element.beams.beamsList.append(drawn)
    return element


def _note(head: Head) -> note.Note:
    written = pitch.Pitch(step=head.pitch.step, octave=head.pitch.octave)
    if head.pitch.alter or head.accidental is not None:
        written.accidental = pitch.Accidental(head.pitch.alter)
        written.accidental.displayStatus = head.accidental is not None
    built = note.Note(written)
    if head.tie_to or head.tie_from:
        built.tie = tie.Tie("continue" if head.tie_to and head.tie_from else "stop" if head.tie_to else "start")
    return built


def _stroke(head: Head) -> note.Unpitched:
    stroke = note.Unpitched(displayName=f"{head.pitch.step}{head.pitch.octave}")
    if head.cross:
        stroke.notehead = "x"
    return stroke


def _duration(value: Value) -> duration.Duration:
    built = duration.Duration(type=TYPES[value.kind], dots=value.dots)
    if value.tuplet:
        tuplet = duration.Tuplet(value.tuplet.actual, value.tuplet.normal)
        tuplet.type = value.tuplet_edge
        tuplet.bracket = not value.beams
        built.appendTuplet(tuplet)
    return built
