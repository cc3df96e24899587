"""How human drummers strike and time each drum, learned from the Groove MIDI Dataset (models/groove.md)."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from core import theory
from core.compose.drums import HIT_BEATS
from core.compose.feel import clamp, drift
from core.compose.habits import KIN, habits, hands
from core.compose.limbs import Hit
from core.compose.session import Session
from core.music import Note

CLASS = {
    "hat_closed": "hat", "shaker": "hat", "cabasa": "hat", "maracas": "hat", "tambourine": "hat", "snare_2": "snare",
    "ride_2": "ride", "crash_2": "crash", "high_tom": "tom", "mid_tom": "tom", "low_tom": "tom", "claves": "side_stick",
}  # fmt: skip
GHOST = 50
VELOCITY_SHARE = 0.45  # how far a stroke follows the table rather than the written level
SPREAD_SHARE = 0.45  # of the human spread, which also holds the differences between drummers
LAG_SHARE = 0.6
MOST_MS = 11.7  # habit, moment and limb together: with drags and bounces some 14 to 15, where people have 15 to 18
TIGHTNESS_SD = 0.12  # of the logarithm: drummers differ
LEAN_MS = 6.0  # spread, from take to take, of a drummer who pushes or lies back
DRIFT_MEMORY = 0.9  # from beat to beat
TAIL = 6  # degrees of freedom: a stroke now and then is far off (excess kurtosis 1.2 to 2.6 in people)
LEAST_GAP_MS = 32.0  # between two strokes of one stick
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
    strokes = sorted(best.values(), key=lambda h: (h.onset, h.drum))
    force = drift(len(strokes), 1.0, rng, memory=0.3)
    bar = session.plan.meter.bar_beats
    late = np.interp([hit.onset for hit in strokes], np.arange(len(wander)), wander)
    if not style.machine:
        late = late + scale * _unevenness(session, strokes)
    last: dict[str, float] = {}
    notes = []
    for hit, push, ms in zip(strokes, force, late, strict=True):
        velocity = hit.velocity + 2.0 * push
        if not style.machine:
            name = _named(hit)
            cell = look_up(style.genre, name, place_in_bar(hit.onset / session.stretch, bar / session.stretch))
            mean, spread, lag, _ = cell or (hit.velocity, 14.0, 0.0, 16.0)
            share = VELOCITY_SHARE if name != "kick" else 0.15
            velocity = hit.velocity * (1 - share) + mean * share + SPREAD_SHARE * spread * push
            ms += scale * (style.drum_lag_ms + LAG_SHARE * lag)
        gap = LEAST_GAP_MS * session.bpm / 60_000
        onset = max(0.0, hit.onset + float(ms) * session.bpm / 60_000, last.get(hit.drum, -gap) + gap)
        last[hit.drum] = onset
        loud = clamp(round(velocity), 10, 124)
        notes.append(Note(onset, HIT_BEATS, theory.GM_DRUMS[hit.drum], loud))
    return tuple(sorted(notes, key=lambda note: (note.onset_beats, note.pitch)))


def _named(hit: Hit) -> str:
    """The table's name of a stroke's drum."""
    name = CLASS.get(hit.drum, hit.drum)
    return "ghost" if name == "snare" and hit.velocity < GHOST else name


def _unevenness(session: Session, strokes: Sequence[Hit]) -> np.ndarray:
    """How late each stroke is, in ms, (strokes,): what people's distance from a click was found to be made of.

    A lean of the whole take; a habit of each drum on each sixteenth, the same in every bar; a slow drift; and the
    unevenness of a moment, shared by all that is struck at it, and of each limb alone, both with long tails.
    """
    rng = session.dice("hands", "drums", "timing")
    tightness = float(np.exp(rng.normal(0.0, TIGHTNESS_SD)))
    habit_ms, drift_ms, moment_ms, limb_ms = hands(session.style.genre)
    tight = tightness * min(1.0, MOST_MS / math.hypot(habit_ms, moment_ms, limb_ms))
    onsets = np.array([hit.onset for hit in strokes])
    beats = np.arange(int(onsets.max(initial=0.0)) + 2)
    slow = np.interp(onsets, beats, drift(len(beats), drift_ms, rng, memory=DRIFT_MEMORY))
    tail = np.clip(rng.standard_t(TAIL, (2, len(strokes))) * ((TAIL - 2) / TAIL) ** 0.5, -3.0, 3.0)
    cell = session.plan.meter.bar_beats
    own: dict[tuple[str, int], float] = {}
    moments: dict[int, float] = {}
    late = slow + LEAN_MS * float(rng.standard_normal()) + tight * limb_ms * tail[0]
    for index, hit in enumerate(strokes):
        place = _named(hit), round(hit.onset % cell * 4)
        if place not in own:
            own[place] = tight * habit_ms * float(rng.standard_normal())
        late[index] += own[place] + moments.setdefault(round(hit.onset * 48), tight * moment_ms * float(tail[1, index]))
    return late
