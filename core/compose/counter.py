"""The second voice: it answers where the tune rests, carries the middle, and sings along at the end."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core import theory
from core.compose.feel import clamp
from core.compose.session import Session
from core.compose.styles import Player
from core.music import Note, Section

ANSWERS = (  # onsets and lengths in beats, and steps of the scale
    ((0.0, 0.5, 0), (0.5, 0.5, 1), (1.0, 1.0, 2)),
    ((0.0, 1.0, 0), (1.0, 0.5, -1), (1.5, 0.5, -2)),
    ((0.0, 0.5, 0), (0.5, 0.25, 1), (0.75, 0.25, 2), (1.0, 1.0, 1)),
    ((0.5, 0.5, 0), (1.0, 0.5, -1), (1.5, 1.0, 0)),
    ((0.0, 1.5, 0), (1.5, 0.5, 1)),
)


def second_voice(session: Session, player: Player, tune: Sequence[Note]) -> list[Note]:
    """Notes of the counter player; ``tune`` is the melody as the melody player has it, in song beats."""
    rng = session.dice("counter")
    notes: list[Note] = []
    for index, section in enumerate(session.plan.sections):
        if section.name == "middle":
            notes += developed(session, player, tune, section, rng)
        elif section.name == "intro" and section.duration_beats >= 2 * session.plan.meter.bar_beats:
            if rng.random() < 0.4:
                notes += developed(session, player, tune, section, rng)
        elif section.name == "statement":
            first, after = session.plan.tellings[-1]
            stages = after - first
            sings_along = after - max(1, stages // 2) <= index < after and section.intensity >= 0.6
            # whoever hears the tune once hears it alone first; and in its rests there is always room for an answer
            half = replace(section, onset_beats=section.onset_beats + section.duration_beats / 2)
            joins = half if len(session.plan.tellings) == stages == 1 else section
            until = section.end_beats - (session.plan.tune.upbeat_beats if index + 1 < after else 0.0)
            along = harmony(session, player, tune, joins, until=until) if sings_along else []
            if section.intensity >= player.enter:
                taken = [(note.onset_beats - 0.5, note.end_beats + 0.25) for note in along]
                notes += [note for note in answers(session, player, tune, section, rng)
                          if not any(start < note.end_beats and note.onset_beats < end for start, end in taken)]
            notes += along
    return notes


def _ladder(session: Session, symbol: str, low: int, high: int) -> list[int]:
    """Pitches of the key within low..high, bent to the chord: its tones replace close neighbours."""
    pcs = set(theory.chord_pitch_classes(symbol))
    scale = {
        pc
        for pc in session.key.scale
        if pc in pcs or not {(pc + 1) % 12, (pc - 1) % 12} & (pcs - set(session.key.scale))
    }
    return [pitch for pitch in range(low, high + 1) if pitch % 12 in scale | pcs]


def _chord_tone(session: Session, beats: float, target: float, low: int, high: int) -> int:
    symbol = session.plan.chords[session.chord_at(session.at(beats))].symbol
    pcs = theory.chord_pitch_classes(symbol)
    return min((p for p in range(low, high + 1) if p % 12 in pcs), key=lambda p: (abs(p - target), p))


def _nearest(pitches: Sequence[int], target: float) -> int:
    return min(pitches, key=lambda pitch: (abs(pitch - target), pitch))


def _sound(session: Session, player: Player, onset: float, duration: float, pitch: int, loud: float) -> Note:
    start, end = session.at(onset), session.at(onset + duration)
    return Note(
        start, max(0.08, (end - start) * player.gate), pitch, clamp(player.velocity + loud, 25, 115)
    )


def developed(
    session: Session, player: Player, tune: Sequence[Note], section: Section, rng: np.random.Generator
) -> list[Note]:
    """The tune's first motif sent through the section's chords: its rhythm and contour, new pitches."""
    bar = session.plan.meter.bar_beats
    motif_bars = 2 if session.plan.tune.bars >= 2 else 1
    motif = [n for n in session.plan.tune.notes if 0 <= n.onset_beats < motif_bars * bar]
    if not motif:
        return []
    low, high = player.range
    notes: list[Note] = []
    at = section.onset_beats
    pitch = float((low + high) / 2 + 2)
    turn = 1
    while at < section.end_beats - 1e-6:
        room = min(motif_bars * bar, section.end_beats - at)
        before = motif[0].pitch
        for i, note in enumerate(motif):
            onset = at + note.onset_beats
            if note.onset_beats >= room - 0.2:
                break
            move = turn * (note.pitch - before)
            before = note.pitch
            target = min(max(pitch + move, low + 2), high - 2)
            strong = (
                i == 0 or note.onset_beats % session.plan.meter.pulse_beats < 0.01 or note.duration_beats >= 1
            )
            symbol = session.plan.chords[session.chord_at(session.at(onset))].symbol
            ladder = _ladder(session, symbol, low, high)
            chosen = (
                _chord_tone(session, onset, target, low, high)
                if strong
                else _nearest(ladder, target)
            )
            length = min(note.duration_beats, room - note.onset_beats)
            notes.append(_sound(session, player, onset, length, chosen, 4 + 6 * (i == 0)))
            pitch = float(chosen)
        turn = -turn if rng.random() < 0.35 else turn
        pitch += float(rng.choice([-3, 0, 2, 4])) + 0.25 * ((low + high) / 2 - pitch)
        at += motif_bars * bar
    return notes


def answers(
    session: Session, player: Player, tune: Sequence[Note], section: Section, rng: np.random.Generator
) -> list[Note]:
    """A short figure wherever the tune rests or holds for two beats or more."""
    low, high = player.range
    inside = [n for n in tune if section.onset_beats - 1e-6 <= n.onset_beats < section.end_beats]
    stops = [n.onset_beats for n in inside[1:]] + [section.end_beats - session.plan.tune.upbeat_beats]
    notes: list[Note] = []
    for note, until in zip(inside, stops, strict=True):
        start = float(np.ceil(min(note.end_beats, note.onset_beats + 1.5) - 1e-6))
        room = until - start
        if room < 1.5 or rng.random() > 0.55 + 0.35 * section.intensity:
            continue
        figure = ANSWERS[int(rng.integers(len(ANSWERS)))]
        pitch = _chord_tone(session, start, (low + high) / 2 + float(rng.normal(0, 3)), low, high)
        for onset, length, step in figure:
            if onset + 0.25 > room:
                break
            symbol = session.plan.chords[session.chord_at(session.at(start + onset))].symbol
            ladder = _ladder(session, symbol, low, high)
            place = min(range(len(ladder)), key=lambda k: (abs(ladder[k] - pitch), k))
            chosen = ladder[clamp(place + step, 0, len(ladder) - 1)]
            if length >= 1 or onset == 0:
                chosen = _chord_tone(session, start + onset, chosen, low, high)
            notes.append(_sound(session, player, start + onset, min(length, room - onset), chosen, -6))
    return notes


def harmony(session: Session, player: Player, tune: Sequence[Note], section: Section, *, until: float) -> list[Note]:
    """A voice a third or more below the tune, on chord tones where the tune stands on the beat."""
    low = player.range[0] - 5
    notes: list[Note] = []
    inside = [
        n
        for n in tune
        if section.onset_beats - session.plan.tune.upbeat_beats - 1e-6
        <= n.onset_beats
        < until - 1e-6
    ]
    for note in inside:
        symbol = session.plan.chords[session.chord_at(session.at(note.onset_beats))].symbol
        ladder = _ladder(session, symbol, low, note.pitch - 3)
        tones = [p for p in ladder if p % 12 in theory.chord_pitch_classes(symbol)]
        strong = note.onset_beats % 1.0 < 0.01 and note.duration_beats >= 0.5
        pool = [p for p in (tones if strong and tones else ladder) if p >= note.pitch - 9] or tones or ladder
        if not pool:
            continue
        notes.append(_sound(session, player, note.onset_beats, note.duration_beats, max(pool), -10))
    return [n for i, n in enumerate(notes) if i == 0 or n.onset_beats > notes[i - 1].onset_beats]


def without_overlap(notes: Sequence[Note]) -> list[Note]:
    """One voice: each note ends where the next begins."""
    ordered = sorted(notes, key=lambda n: n.onset_beats)
    out = []
    for note, following in pairwise(ordered):
        length = min(note.duration_beats, following.onset_beats - note.onset_beats)
        if length > 0.02:
            out.append(Note(note.onset_beats, length, note.pitch, note.velocity))
    return out + ordered[-1:]
