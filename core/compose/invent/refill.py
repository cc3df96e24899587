"""The notes between the pillars of a tune, written anew by the network."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.compose.invent.decode import FORBIDDEN, LENGTHS, Draft, Floats, Manner, write
from core.compose.invent.follow import nearest_style
from core.compose.invent.names import STYLES
from core.compose.invent.runs import note_runs
from core.compose.invent.style import longest_repeat, style_of
from core.compose.invent.tokens import DURATIONS, PITCHES, TICKS, Reader, frame_of, to_events, to_notes
from core.errors import NoIdea
from core.music import Melody

DRAFTS = 8
PILLAR_BONUS, SAME_PENALTY = 9.0, 1.0  # log odds
NEAR, FAR_PENALTY, HURRY_PENALTY = 4, 0.6, 2.5  # semitones beside the way between pillars; log odds for each beyond
LIKELY, CROWDED = 0.3, 1.5  # what a nat a note, and twice or half as many notes as the tune's, cost a draft


def refilled(melody: Melody, pillars: Sequence[bool], rng: np.random.Generator) -> Melody:
    """The tune with its notes that are no pillars chosen again. Raises NoIdea."""
    heard = frame_of(melody)
    events = to_events(melody, heard)
    frame = replace(heard, style=STYLES.index(nearest_style(events, heard)))
    fixed = {round(n.onset_beats * TICKS) for n, pillar in zip(melody.notes, pillars, strict=True) if pillar}
    fixed |= {events[0].onset, max(event.onset for event in events if event.sounds)}
    at = {event.onset: event for event in events}
    onsets = sorted(onset for onset in fixed if onset in at)
    way = [at[onset].pitch for onset in onsets]
    hurried = np.percentile([event.ticks for event in events if event.sounds], 10) > LENGTHS
    pitches = np.arange(PITCHES - 1)

    def lean(reader: Reader) -> Floats:
        more: Floats = np.zeros((PITCHES, len(DURATIONS)))
        following = next((onset for onset in onsets if onset > reader.onset), frame.end)
        more[:-1] -= FAR_PENALTY * np.maximum(0, np.abs(pitches - np.interp(reader.onset, onsets, way)) - NEAR)[:, None]
        more[:, hurried] -= HURRY_PENALTY
        more[:, reader.onset + LENGTHS > following] = FORBIDDEN / 4  # a pillar is not slept through
        before = at.get(reader.onset)
        if before is not None and reader.onset in fixed:
            more[before.pitch] += PILLAR_BONUS
        elif before is not None:
            more[before.pitch, before.duration] -= SAME_PENALTY
        return more

    usual, own = style_of(STYLES[frame.style]), [event.pitch for event in events if event.sounds]
    manner = Manner(nucleus=0.9, widest=min(24, max(usual.widest, max(own) - min(own) + 2)),
                    most_repeats=max(usual.most_repeats, longest_repeat(events)), allowed=note_runs(melody.notes))
    drafts = write(frame, DRAFTS, rng, manner, leanings=[lean] * DRAFTS, start=events[0].onset)
    if not drafts:
        raise NoIdea()

    def worth(draft: Draft) -> float:
        novelty = float(np.mean([at.get(event.onset) != event for event in draft.drawn]))
        crowded = abs(np.log2(draft.notes / len(own)))
        return novelty - LIKELY * draft.nats_a_note - CROWDED * max(0.0, float(crowded) - 0.2)

    return replace(melody, notes=to_notes(max(drafts, key=worth).drawn, frame))
