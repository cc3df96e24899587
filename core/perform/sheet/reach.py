"""What two hands can take of a recording: a band's chords span three octaves and double themselves in all of them.

Only music that was heard or played is thinned; what somebody wrote is left as it stands.
"""

from collections.abc import Sequence

from core.perform.sheet.quantize import Placed

REACH = 15  # semitones of one hand, a minor tenth: what is wider is rolled or left out
MOST_RIGHT, MOST_LEFT = 4, 3  # notes a hand strikes at once, on a page to be read at sight


def within_reach(right: Sequence[Placed], left: Sequence[Placed]) -> tuple[list[Placed], list[Placed]]:
    """(right, left) with no chord wider than a hand: a note beyond it goes to the other hand or, where that is as far
    away, is left out. The highest note of the right hand and the lowest of the left always stay."""
    rights, lefts = _by_onset(right), _by_onset(left)
    upper: list[Placed] = []
    lower: list[Placed] = []
    for onset in sorted({*rights, *lefts}):
        high, low = rights.get(onset, []), lefts.get(onset, [])
        low, beyond = low[:1], low[1:]
        near = [note for note in beyond if note.pitch - low[0].pitch <= REACH]
        spare = [note for note in beyond if note.pitch - low[0].pitch > REACH]
        low += near
        if high:
            top = high[-1]
            spare += [note for note in high if top.pitch - note.pitch > REACH]
            high = [note for note in high if top.pitch - note.pitch <= REACH]
            for note in spare:
                if 0 < top.pitch - note.pitch <= REACH and len(high) < MOST_RIGHT and not _has(high, note):
                    high = [note, *high]
                elif not low or (0 < note.pitch - low[0].pitch <= REACH and len(low) < MOST_LEFT
                                 and not _has(low, note)):
                    low = [*low, note]
        elif spare:
            high = [note for note in spare if spare[-1].pitch - note.pitch <= REACH]
        upper += _thinned(sorted(high, key=_pitch), keep=-1, most=MOST_RIGHT)
        lower += _thinned(sorted(low, key=_pitch), keep=0, most=MOST_LEFT)
    return upper, lower


def _by_onset(notes: Sequence[Placed]) -> dict[int, list[Placed]]:
    """The notes struck at each tick, low to high, no pitch twice."""
    found: dict[int, dict[int, Placed]] = {}
    for note in notes:
        at = found.setdefault(note.onset, {})
        if note.pitch not in at or at[note.pitch].end < note.end:
            at[note.pitch] = note
    return {onset: sorted(at.values(), key=_pitch) for onset, at in found.items()}


def _has(notes: Sequence[Placed], note: Placed) -> bool:
    return any(other.pitch == note.pitch for other in notes)


def _pitch(note: Placed) -> int:
    return note.pitch


def _thinned(notes: list[Placed], *, keep: int, most: int) -> list[Placed]:
    """At most so many notes: doublings go first, then what was struck most softly; ``keep`` is the place that stays."""
    kept = list(notes)
    while len(kept) > most:
        inner = [note for note in kept if note is not kept[keep]]
        classes = [note.pitch % 12 for note in kept]
        kept.remove(min(inner, key=lambda note: (classes.count(note.pitch % 12) == 1, note.velocity, note.pitch)))
    return kept
