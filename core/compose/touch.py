"""How human drummers strike and time each drum, learned from the Groove MIDI Dataset (models/groove.md)."""

from collections.abc import Mapping, Sequence

import numpy as np

from core import theory
from core.compose.drums import HIT_BEATS, Hit
from core.compose.feel import clamp, drift
from core.compose.habits import KIN, habits
from core.compose.session import Session
from core.music import Note

CLASS = {
    "hat_closed": "hat", "shaker": "hat", "cabasa": "hat", "maracas": "hat", "tambourine": "hat", "snare_2": "snare",
    "ride_2": "ride", "crash_2": "crash", "high_tom": "tom", "mid_tom": "tom", "low_tom": "tom", "claves": "side_stick",
}  # fmt: skip
GHOST = 50
VELOCITY_SHARE = 0.35  # how far a stroke follows the table rather than the written level
SPREAD_SHARE = 0.3  # of the human spread, which also holds the differences between drummers
TIMING_SHARE = 0.6
Cell = tuple[float, float, float, float]


def load_touch() -> Mapping[str, Mapping[str, Mapping[str, Cell]]]:
    """genre (or ``any``) -> drum -> place -> (velocity mean, its spread, ms late, their spread)."""
    return habits()["touch"]


def place_in_bar(beats: float, bar_beats: float) -> str:
    """downbeat, beat, half (the offbeat eighth, swung or not) or fine."""
    inside = beats % 1.0
    if inside < 0.04 or inside > 0.96:
        return "downbeat" if min(beats % bar_beats, bar_beats - beats % bar_beats) < 0.05 else "beat"
    return "half" if 0.46 < inside < 0.72 else "fine"


def look_up(genre: str, drum: str, place: str) -> Cell | None:
    """What the table knows of a stroke; the genre's own drummers first, then all of them."""
    touch = load_touch()
    for owner in (KIN.get(genre, genre), "any"):
        found = touch.get(owner, {}).get(drum, {}).get(place)
        if found:
            return found
    return None


def struck(session: Session, hits: Sequence[Hit], *, scale: float, wander: np.ndarray) -> tuple[Note, ...]:
    """Strokes as General MIDI notes in played time, as a person (or, for such styles, a machine) plays them.

    ``scale`` multiplies lag and unevenness in time; the band's ``wander`` (ms at each beat) comes on top.
    Where two strokes fall on one drum at once the louder stays.
    """
    style = session.style
    rng = session.dice("hands", "drums")
    best: dict[tuple[int, str], Hit] = {}
    for hit in sorted(hits, key=lambda h: (h.onset, h.drum)):
        key = (round(hit.onset * 48), hit.drum)
        if key not in best or best[key].velocity < hit.velocity:
            best[key] = hit
    strokes = list(best.values())
    unit = drift(len(strokes), 1.0, rng, memory=0.25)
    force = drift(len(strokes), 1.0, rng, memory=0.3)
    bar = session.plan.meter.bar_beats
    notes = []
    band = np.interp([hit.onset for hit in strokes], np.arange(len(wander)), wander)
    for hit, late, push, together in zip(strokes, unit, force, band, strict=True):
        velocity, ms = hit.velocity + 2.0 * push, 0.0
        if not style.machine:
            name = CLASS.get(hit.drum, hit.drum)
            if name == "snare" and hit.velocity < GHOST:
                name = "ghost"
            cell = look_up(style.genre, name, place_in_bar(hit.onset / session.stretch, bar / session.stretch))
            mean, spread, lag, uneven = cell or (hit.velocity, 14.0, 0.0, 16.0)
            share = VELOCITY_SHARE if name != "kick" else 0.15
            velocity = hit.velocity * (1 - share) + mean * share + SPREAD_SHARE * spread * push
            ms = style.drum_lag_ms + 0.6 * lag + TIMING_SHARE * uneven * late
        onset = max(0.0, hit.onset + (scale * ms + float(together)) * session.bpm / 60_000)
        loud = clamp(round(velocity), 10, 124)
        notes.append(Note(onset, HIT_BEATS, theory.GM_DRUMS[hit.drum], loud))
    return tuple(sorted(notes, key=lambda note: (note.onset_beats, note.pitch)))
