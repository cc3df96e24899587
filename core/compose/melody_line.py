"""The tune as a player phrases it: an octave for the instrument, breath, and a way through each phrase."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core.compose.feel import clamp
from core.compose.form import Plan
from core.compose.instruments import unreached
from core.compose.session import Session
from core.compose.styles import Player
from core.music import Note

AGAIN_S, ON_S = 0.08, 0.03  # silence before a note struck again, and between two notes of a line: tongue and bow
UP = 2.0  # semitones above the middle of its range a lead feels best: the low third is where the band is
MOST = 0.3  # of a note's time that such a silence takes


def at_home(notes: Sequence[Note], player: Player) -> tuple[Note, ...]:
    """The tune moved by whole octaves to the middle of the player's range, or a little above."""
    centre = sum(player.range) / 2 + UP
    middle = float(np.median([note.pitch for note in notes]))
    octaves = round((centre - middle) / 12)
    return tuple(replace(note, pitch=note.pitch + 12 * octaves) for note in notes)


def lifted(plan: Plan, player: Player, programs: Sequence[int], rng: np.random.Generator) -> tuple[Note, ...]:
    """The tune, which in some takes goes up an octave for its last statement, if it was heard twice before."""
    last = plan.sections[plan.last_statement]
    start = last.onset_beats - plan.tune.upbeat_beats - 1e-6
    raised = tuple(replace(n, pitch=n.pitch + 12) if n.onset_beats >= start else n for n in plan.notes)
    reached = any(unreached(raised, program, margin=6) == 0 for program in programs)
    too_high = float(np.median([n.pitch for n in plan.notes])) + 12 > player.range[1] + 3
    if len(plan.tellings) < 3 or not reached or too_high or rng.random() < 0.4:
        return plan.notes
    return raised


def phrases(notes: Sequence[Note], bar_beats: float) -> list[list[Note]]:
    """The tune cut at its rests, and at long notes once a phrase lasts two bars."""
    groups: list[list[Note]] = [[notes[0]]]
    for before, note in pairwise(notes):
        rest = note.onset_beats - before.end_beats
        length = note.onset_beats - groups[-1][0].onset_beats
        if rest >= bar_beats / 4 - 1e-6 or (
            before.duration_beats >= bar_beats / 2 and length >= 2 * bar_beats - 1e-6
        ):
            groups.append([])
        groups[-1].append(note)
    return groups


def phrased(session: Session, player: Player, notes: Sequence[Note]) -> list[Note]:
    """The tune with dynamics that rise to each phrase's peak, metric accents, and notes bound to the next."""
    bar = session.plan.meter.bar_beats
    out: list[Note] = []
    for phrase in phrases(notes, bar):
        pitches = np.array([note.pitch for note in phrase], dtype=float)
        peak = int(np.argmax(pitches + 0.6 * np.array([note.duration_beats for note in phrase])))
        spread = max(3.0, float(np.ptp(pitches)))
        for i, note in enumerate(phrase):
            way = i / peak if i <= peak and peak else (len(phrase) - 1 - i) / max(1, len(phrase) - 1 - peak)
            velocity = player.velocity - 8 + 12 * way + 6 * (note.pitch - pitches.mean()) / spread
            velocity += 5 if note.onset_beats % bar < 0.02 else 0
            velocity += 22 * (_intensity(session, note.onset_beats) - 0.6)
            duration = note.duration_beats
            if i + 1 < len(phrase):
                gap = phrase[i + 1].onset_beats - note.end_beats
                if gap <= 0.26:  # what the voice left open by a consonant is one line
                    duration += gap
            onset = session.at(note.onset_beats)
            end = session.at(note.onset_beats + duration)
            length = (end - onset) * player.gate
            if i + 1 < len(phrase):
                following = phrase[i + 1]
                room = session.at(following.onset_beats) - onset
                silence = (AGAIN_S if following.pitch == note.pitch else ON_S) * session.bpm / 60
                length = min(length, room - min(silence, MOST * room))
            out.append(
                Note(
                    onset, max(0.08, length), note.pitch, clamp(velocity, 35, 122)
                )
            )
    return out


def _intensity(session: Session, beats: float) -> float:
    for section in session.plan.sections:
        if beats < section.end_beats:
            return section.intensity
    return session.plan.sections[-1].intensity
