"""The notes between the pillars of a tune, written anew by the network."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.compose.invent.decode import FORBIDDEN, LENGTHS, Floats, Manner, write
from core.compose.invent.follow import nearest_style
from core.compose.invent.names import STYLES
from core.compose.invent.runs import note_runs
from core.compose.invent.style import longest_repeat, style_of
from core.compose.invent.tokens import DURATIONS, PITCHES, TICKS, Event, Reader, frame_of, to_events, to_notes
from core.errors import NoIdea
from core.music import Melody

DRAFTS = 4
PILLAR_BONUS, SAME_PENALTY = 9.0, 1.5  # log odds


def refilled(melody: Melody, pillars: Sequence[bool], rng: np.random.Generator) -> Melody:
    """The tune with its notes that are no pillars chosen again. Raises NoIdea."""
    heard = frame_of(melody)
    events = to_events(melody, heard)
    frame = replace(heard, style=STYLES.index(nearest_style(events, heard)))
    fixed = {round(n.onset_beats * TICKS) for n, pillar in zip(melody.notes, pillars, strict=True) if pillar}
    fixed.add(events[0].onset)
    at = {event.onset: event for event in events}
    onsets = sorted(onset for onset in fixed if onset in at)

    def lean(reader: Reader) -> Floats:
        more: Floats = np.zeros((PITCHES, len(DURATIONS)))
        following = next((onset for onset in onsets if onset > reader.onset), frame.end)
        more[:, reader.onset + LENGTHS > following] = FORBIDDEN / 4  # a pillar is not slept through
        before = at.get(reader.onset)
        if before is not None and reader.onset in fixed:
            more[before.pitch] += PILLAR_BONUS
        elif before is not None:
            more[before.pitch, before.duration] -= SAME_PENALTY
        return more

    usual, pitches = style_of(STYLES[frame.style]), [event.pitch for event in events if event.sounds]
    manner = Manner(nucleus=0.9, widest=min(24, max(usual.widest, max(pitches) - min(pitches) + 2)),
                    most_repeats=max(usual.most_repeats, longest_repeat(events)), allowed=note_runs(melody.notes))
    drafts = write(frame, DRAFTS, rng, manner, leanings=[lean] * DRAFTS, start=events[0].onset)
    if not drafts:
        raise NoIdea()

    def novelty(written: Sequence[Event]) -> float:
        return float(np.mean([at.get(e.onset) != e for e in written]))

    chosen = max(drafts, key=lambda draft: novelty(draft.drawn) - 0.3 * draft.nats_a_note)
    return replace(melody, notes=to_notes(chosen.drawn, frame))
