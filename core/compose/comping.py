"""Chords as hands play them: colours, voice leading, rhythms, strums, arpeggios and pads."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from core import theory
from core.compose.feel import clamp
from core.compose.session import Cell, Session, pick_pattern, varied
from core.compose.styles import Player
from core.music import Chord, Key, Note

VELOCITY = {"X": 14, "x": 0, "o": -14, "d": 2, "u": -8}
STRUM_S = 0.014  # between two strings
MACHINE = 0.4  # of the variety that hands have
SPARKLE = 68  # a chord player whose range lies about here or higher plays over the tune: harps, bells, arpeggios
DEFAULT_PATTERNS = {
    "4/4": ("x---------------", "x-------x-------", "x---x---x---x---"),
    "3/4": ("x-----------", "....x---x---"),
    "6/8": ("x-----------", "x-----x-----", "x---..x---.."),
}


def tones(symbol: str, key: Key, colour: str, avoid: frozenset[int] = frozenset()) -> tuple[int, ...]:
    """Pitch classes to voice a chord with, most needed first.

    ``power`` keeps root and fifth; ``seventh`` and ``ninth`` add the key's own seventh and ninth to plain
    chords as a jazz player would, leaving out what lies a semitone from a held melody note (``avoid``).
    """
    root, quality, _ = theory.parse_chord(symbol)
    shape = theory.CHORD_SHAPES[quality]
    if colour == "power" and 7 in shape:
        return (root, (root + 7) % 12)
    if colour == "triad" or quality in ("5", "dim", "dim7", "aug", "sus4", "sus2"):
        steps = shape if len(shape) < 4 else (shape[1], shape[3], shape[0], shape[2])
        return tuple((root + step) % 12 for step in steps)
    added = list(shape)
    if quality in ("", "m"):
        added += [_seventh(root, quality, key)]
    if colour == "ninth" and (root + 2) % 12 in key.scale and not any(step > 12 for step in added):
        added += [14]
    extra = {step for step in added if step not in shape}
    kept = [
        step
        for step in added
        if step not in extra or not {(root + step + 1) % 12, (root + step - 1) % 12} & avoid
    ]
    # Guide tones first, then colours; the bass has the root, and the fifth says least.
    order = sorted(
        kept, key=lambda step: {3: 0, 4: 0, 5: 0, 10: 1, 11: 1, 9: 1, 14: 2, 21: 2, 7: 3, 0: 4}.get(step, 2)
    )
    return tuple((root + step) % 12 for step in order)


def suspended(pcs: tuple[int, ...], root: int, held: frozenset[int]) -> tuple[int, ...]:
    """A chord's pitch classes without those a semitone under a held note of the tune, as a hand would play it.

    A third makes way for the fourth above it (a sus chord); other tones are left out; the root stays.
    """
    out = []
    for pc in pcs:
        above = (pc + 1) % 12
        if pc == root or above not in held or pc in held:
            out.append(pc)
        elif (pc - root) % 12 == 4:
            out.append(above)
    return tuple(dict.fromkeys(out)) if len(out) > 1 else pcs


def _seventh(root: int, quality: str, key: Key) -> int:
    """The seventh (or sixth) that a plain triad takes in this key."""
    if quality == "m":
        return 10
    if root == (key.tonic_pc + 7) % 12:
        return 10
    return 11 if (root + 11) % 12 in key.scale else 10 if (root + 10) % 12 in key.scale else 9


@lru_cache(maxsize=8192)
def candidates(pcs: tuple[int, ...], voices: int, low: int, high: int) -> tuple[tuple[int, ...], ...]:
    """All close and drop-two voicings of these pitch classes within low..high, sorted from the bottom."""
    chosen = list(dict.fromkeys(pcs))[:voices]
    ring = sorted(chosen)
    found = set()
    for start in range(len(ring)):
        order = ring[start:] + ring[:start]
        while len(order) < voices:
            order.append(order[len(order) - len(ring)])
        for base in range(low + (order[0] - low) % 12, high + 1, 12):
            pitches = [base]
            for pc in order[1:]:
                pitches.append(pitches[-1] + ((pc - pitches[-1]) % 12 or 12))
            found.add(tuple(pitches))
            if voices >= 4:
                dropped = sorted([*pitches[:-2], pitches[-2] - 12, pitches[-1]])
                found.add(tuple(dropped))
    inside = sorted(v for v in found if v[0] >= low and v[-1] <= high)
    return tuple(inside) or (tuple(sorted(theory.nearest_pitch(pc, (low + high) / 2) for pc in ring)),)


def voice_lead(chords: Sequence[Chord], session: Session, player: Player) -> tuple[tuple[int, ...], ...]:
    """One voicing a chord: each as near as can be to the one before, and to the middle of the range."""
    sparkle = player.kind == "comp" and sum(player.range) / 2 >= SPARKLE
    voicings: list[tuple[int, ...]] = []
    for chord in chords:
        low, high = player.range
        if not sparkle:  # below the tune, to leave it its place
            ceiling = session.ceiling(chord)
            low, high = min(low, max(48, ceiling - 14)), min(high, max(60, ceiling))
        centre = (low + high) / 2
        pcs = tones(chord.symbol, session.key, player.colour, session.melody_pcs(chord))
        pcs = suspended(pcs, chord.root_pc, frozenset(note.pitch % 12 for note in session.during(chord, 1.0)))
        before = voicings[-1] if voicings else None

        def cost(
            voicing: tuple[int, ...], before: tuple[int, ...] | None = before, centre: float = centre
        ) -> tuple[float, tuple[int, ...]]:
            away = abs(sum(voicing) / len(voicing) - centre)
            muddy = 2.0 * sum(b - a < 3 for a, b in pairwise(voicing) if a < 52)
            if before is None:
                return away + muddy, voicing
            move = sum(abs(a - b) for a, b in zip(voicing, before, strict=False)) / len(voicing)
            return move + 0.12 * away + muddy, voicing

        voicings.append(min(candidates(pcs, player.voices, low, high), key=cost))
    return tuple(voicings)


def comp(session: Session, player: Player) -> list[Note]:
    """The notes of a chord player over the whole song."""
    rng = session.dice("comp", player.role)
    voicings = voice_lead(session.plan.chords, session, player)
    patterns = player.patterns.get(session.family) or DEFAULT_PATTERNS[session.family]
    notes: list[Note] = []
    chosen: dict[tuple[str, int], str] = {}
    for cell in session.cells:
        section = cell.section
        if not player.enter <= section.intensity < player.leave and section.name != "ending":
            continue
        if section.name == "ending" and cell.is_section_end:
            notes += _last_chord(session, player, voicings, cell)
            continue
        name = (section.name, round(section.intensity * 10))
        if name not in chosen:
            chosen[name] = pick_pattern(patterns, section.intensity, rng)
        pattern = chosen[name]
        # Holes where the melody is busy, answers where it rests, another hand at the end of a phrase.
        busy = session.busyness(cell.onset, cell.onset + cell.beats) * session.stretch
        if len(patterns) > 1 and ((cell.is_phrase_end and rng.random() < 0.5) or rng.random() < 0.12):
            pattern = pick_pattern(patterns, section.intensity + (0.25 if busy < 0.8 else -0.25), rng)
        base = player.velocity + 32 * (section.intensity - 0.6) - (5 if busy > 2.2 else 0)
        variety = player.variety * (MACHINE if session.style.machine else 1.0)
        hits = varied(session.hits(pattern, cell), session, variety, rng)
        notes += _cell_notes(session, player, voicings, cell, hits, base)
    return notes


def _last_chord(
    session: Session, player: Player, voicings: Sequence[tuple[int, ...]], cell: Cell
) -> list[Note]:
    """The final chord, held to the end."""
    onset = cell.onset
    last_bar = session.plan.end_beats - session.plan.meter.bar_beats
    notes = [
        Note(at, until - at, pitch, int(player.velocity + 6))
        for at, until in ([(onset, last_bar)] if onset < last_bar - 1e-6 else [])
        for pitch in voicings[session.chord_at(at)]
    ]
    return notes + [
        Note(
            last_bar + k * STRUM_S * session.bpm / 60,
            session.plan.end_beats - last_bar,
            pitch,
            int(player.velocity + 6),
        )
        for k, pitch in enumerate(voicings[-1])
    ]


def _cell_notes(
    session: Session,
    player: Player,
    voicings: Sequence[tuple[int, ...]],
    cell: Cell,
    hits: Sequence[tuple[float, str]],
    velocity: float,
) -> list[Note]:
    end = session.at(cell.onset + cell.beats)
    strikes = [(at, mark) for at, mark in hits if mark != "-"] + [(end, ".")]
    notes: list[Note] = []
    for (at, mark), (until, _) in pairwise(strikes):
        if mark == ".":
            continue
        first = session.chord_at(at)
        for index in range(first, session.chord_at(until - 1e-3) + 1):
            start = max(at, session.chord_onsets[index])
            stop = min(until, session.chord_onsets[index + 1]) if index + 1 < len(voicings) else until
            if stop - start > 0.12:
                notes += _strike(
                    session,
                    player,
                    voicings[index],
                    session.plan.chords[index],
                    start,
                    stop,
                    mark,
                    velocity + (6 if abs(start % 1.0) < 0.01 and start == cell.onset else 0),
                )
    return notes


def _strike(
    session: Session,
    player: Player,
    voicing: tuple[int, ...],
    chord: Chord,
    start: float,
    stop: float,
    mark: str,
    velocity: float,
) -> list[Note]:
    length = max(0.06, (stop - start) * player.gate)
    loud = clamp(velocity + VELOCITY.get(mark, 0), 20, 118)
    if mark == "0":
        pitch = theory.nearest_pitch(chord.bass_pc, voicing[0] - 10)
        return [Note(start, length, pitch, loud)]
    if mark.isdigit():
        place = int(mark) - 1
        octave, place = divmod(place, len(voicing))
        return [Note(start, length, voicing[place] + 12 * octave, loud)]
    if mark in "du":
        strings = voicing if mark == "d" else tuple(reversed(voicing))[:3]
        gap = STRUM_S * session.bpm / 60
        return [
            Note(start + k * gap, max(0.05, length - k * gap), pitch, loud - 2 * k)
            for k, pitch in enumerate(strings)
        ]
    return [Note(start, length, pitch, loud) for pitch in voicing]


def pad(session: Session, player: Player) -> list[Note]:
    """Held chords under the band: common tones are tied over a change, the others move."""
    if player.patterns.get(session.family):
        return comp(session, player)
    voicings = voice_lead(session.plan.chords, session, player)
    held: dict[int, tuple[float, int]] = {}
    notes: list[Note] = []
    bar = session.plan.meter.bar_beats
    for section in session.plan.sections:
        if section.name != "ending" and not player.enter <= section.intensity < player.leave:
            continue
        velocity = clamp(player.velocity + 36 * (section.intensity - 0.6), 20, 115)
        for chord, voicing in zip(session.plan.chords, voicings, strict=True):
            start, stop = max(chord.onset_beats, section.onset_beats), min(chord.end_beats, section.end_beats)
            if stop - start < 0.1:
                continue
            for pitch in [p for p in held if p not in voicing or start - held[p][0] > 4 * bar - 0.1]:
                since, loud = held.pop(pitch)
                notes.append(Note(since, start - since, pitch, loud))
            for pitch in voicing:
                held.setdefault(pitch, (start, velocity))
        for pitch, (since, loud) in held.items():
            notes.append(Note(since, section.end_beats - since, pitch, loud))
        held.clear()
    return notes
