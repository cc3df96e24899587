"""The drums on one staff, with the places and heads of Weinberg, "Guide to Standardized Drumset Notation" (1998)."""

from collections.abc import Sequence
from itertools import pairwise

from core.music import Note
from core.perform.sheet.bars import Signature
from core.perform.sheet.quantize import quantize, readable_steps, struck_together
from core.perform.sheet.score import TICKS, BarLine, Part, Pitch, Staff
from core.perform.sheet.voices import Sounding, write_voice
from core.theory import GM_DRUMS

PLACES: dict[str, tuple[Pitch, bool]] = {  # drum: place on the staff, whether its head is a cross
    "kick": (Pitch("F", 0, 4), False), "snare": (Pitch("C", 0, 5), False), "snare_2": (Pitch("C", 0, 5), False),
    "side_stick": (Pitch("C", 0, 5), True), "clap": (Pitch("C", 0, 5), True), "low_tom": (Pitch("A", 0, 4), False),
    "mid_tom": (Pitch("D", 0, 5), False), "high_tom": (Pitch("E", 0, 5), False),
    "hat_closed": (Pitch("G", 0, 5), True), "hat_open": (Pitch("G", 0, 5), True), "hat_pedal": (Pitch("D", 0, 4), True),
    "ride": (Pitch("F", 0, 5), True), "ride_2": (Pitch("F", 0, 5), True), "ride_bell": (Pitch("F", 0, 5), True),
    "crash": (Pitch("A", 0, 5), True), "crash_2": (Pitch("A", 0, 5), True), "china": (Pitch("B", 0, 5), True),
    "splash": (Pitch("B", 0, 5), True),
}
ELSEWHERE = (Pitch("E", 0, 5), True)  # shakers, congas and what else there is
_BY_KEY = {GM_DRUMS[name]: place for name, place in PLACES.items()}


def drum_part(bars: Sequence[BarLine], hits: Sequence[Note], signatures: Sequence[Signature], bpm: float,
              name: str = "Drums") -> Part:
    """One voice of all that is struck, each stroke written until the next, at most to the end of its beat."""
    steps = {step: cost for step, cost in readable_steps(bpm).items() if step >= 6}
    struck: dict[int, dict[Pitch, bool]] = {}
    for hit in quantize(struck_together(hits, bpm), signatures, written=False, steps=steps):
        place, cross = _BY_KEY.get(hit.pitch, ELSEWHERE)
        struck.setdefault(hit.onset, {})[place] = cross
    onsets = sorted(struck)
    ends = [min(after, (onset // TICKS + 1) * TICKS) for onset, after in pairwise([*onsets, 1 << 30])]
    sounding = []
    for onset, end in zip(onsets, ends, strict=True):
        places = sorted(struck[onset], key=lambda pitch: pitch.staff_place)
        sounding.append(Sounding(onset, end, tuple(places), crosses=tuple(struck[onset][place] for place in places)))
    staff = Staff("percussion", tuple((write_voice(bar, sounding),) for bar in bars))
    return Part(name, (staff,), unpitched=True)
