"""Which letter a pitch is written with: by its key, its chord, its neighbours and where the line goes.

Pitches lie on the line of fifths (F -1, C 0, G 1 ... F# 6, Bb -2), as in Temperley, "The Cognition of Basic Musical
Structures" (2001), ch. 5: what is near the key and near the notes around it is right, a step of a semitone changes
its letter, and a note of the chord is spelt as the chord spells it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core import theory
from core.music import Key
from core.perform.sheet.score import Pitch, Step

LETTERS: tuple[Step, ...] = ("F", "C", "G", "D", "A", "E", "B")  # along the line of fifths
LOWEST, HIGHEST = -9, 15  # Bbb to E##: what is ever considered
_CHORD_STEPS = {0: 0, 1: 7, 2: 2, 3: -3, 4: 4, 5: -1, 6: -6, 7: 1, 8: 8, 9: 3, 10: -2, 11: 5, 14: 2, 21: 3}
NEAR_BEATS = 2.0
KEY_WEIGHT, NEAR_WEIGHT, LINE_WEIGHT, CHORD_WEIGHT, DOUBLE_WEIGHT, SAME_WEIGHT = 0.5, 0.25, 1.5, 2.5, 2.0, 1.0


@dataclass(frozen=True, slots=True)
class Unspelt:
    """A note to be spelt: when (beats), which pitch, in which key, under which chord, what its line does."""

    onset_beats: float
    pitch: int
    key: Key
    chord: str | None = None
    before: int | None = None  # the line's neighbours, MIDI
    after: int | None = None


def place_of(name: str) -> int:
    """Place on the line of fifths of a note name such as ``"F#"``."""
    return "FCGDAEB".index(name[0]) - 1 + 7 * (name.count("#") - name.count("b"))


def name_at(place: int) -> str:
    """The inverse of :func:`place_of`."""
    alter, letter = divmod(place + 1, 7)
    return LETTERS[letter] + ("#" * alter if alter > 0 else "b" * -alter)


def places_of(pitch_class: int, low: int = LOWEST, high: int = HIGHEST) -> list[int]:
    """All places low..high that sound as this pitch class."""
    return [place for place in range(low, high + 1) if place * 7 % 12 == pitch_class % 12]


def pitch_at(place: int, midi: int) -> Pitch:
    """The written pitch of a MIDI number that is spelt as this place of the line of fifths."""
    alter, letter = divmod(place + 1, 7)
    step = LETTERS[letter]
    return Pitch(step, alter, (midi - alter - theory.NATURALS[step]) // 12 - 1)


def centre_of(key: Key) -> float:
    """Middle of the places a key uses. A minor key leans to its raised sixth and seventh degrees."""
    return theory.fifths(key.tonic_pc, key.mode) + (2.75 if key.mode == "minor" else 2.0)


def signature_of(fifths: int) -> dict[Step, int]:
    """What a key signature does to letters: {"F": 1} for one sharp."""
    return dict.fromkeys(LETTERS[:max(0, fifths)], 1) | dict.fromkeys(LETTERS[::-1][:max(0, -fifths)], -1)


def spell_chord(symbol: str, key: Key) -> str:
    """The chord symbol with root and bass as a musician writes them in this key: Bb7 in C, G#dim7 in A minor."""
    root, quality, bass = theory.parse_chord(symbol)
    centre = centre_of(key)
    place = min(places_of(root, -6, 11), key=lambda p: (abs(p - centre), p))
    if bass == root:
        return name_at(place) + quality
    tones = _chord_places(place, quality)
    low = tones.get(bass)
    if low is None or not -6 <= low <= 11:
        low = min(places_of(bass, -6, 11), key=lambda p: (abs(p - (centre + place) / 2), p))
    return f"{name_at(place)}{quality}/{name_at(low)}"


def _chord_places(root: int, quality: str) -> dict[int, int]:
    """Pitch class: place, of a chord's tones."""
    shape = theory.CHORD_SHAPES[quality]
    places = [root + (-9 if quality == "dim7" and step == 9 else _CHORD_STEPS[step]) for step in shape]
    return {place * 7 % 12: place for place in places}


def spell(notes: Sequence[Unspelt]) -> list[Pitch]:
    """Written pitches for notes in order of onset."""
    centres = [centre_of(note.key) for note in notes]
    places = [min(places_of(n.pitch), key=lambda p: (abs(p - c), p)) for n, c in zip(notes, centres, strict=True)]
    first = 0
    spelt: list[int] = []
    lately: dict[int, tuple[float, int]] = {}  # pitch class: when it was last written, and how
    for i, note in enumerate(notes):
        while notes[first].onset_beats < note.onset_beats - NEAR_BEATS:
            first += 1
        near: list[int] = []
        last = first
        while last < len(notes) and notes[last].onset_beats <= note.onset_beats + NEAR_BEATS and len(near) < 40:
            if notes[last].pitch % 12 != note.pitch % 12:
                near.append(places[last])
            last += 1
        around = sum(near) / len(near) if near else centres[i]
        tones = _tones(note)
        when, same = lately.get(note.pitch % 12, (-9.0, 0))
        kept = same if note.onset_beats - when <= NEAR_BEATS else None

        def cost(place: int, note: Unspelt = note, centre: float = centres[i], around: float = around,
                 tones: dict[int, int] = tones, kept: int | None = kept) -> float:
            chordal = CHORD_WEIGHT * (note.pitch % 12 in tones and tones[note.pitch % 12] != place)
            double = DOUBLE_WEIGHT * (not -7 <= place <= 12)
            return (KEY_WEIGHT * abs(place - centre) + NEAR_WEIGHT * abs(place - around) + chordal + double
                    + _line_cost(note, place, centre) + SAME_WEIGHT * (kept is not None and kept != place))

        spelt.append(min(places_of(note.pitch), key=lambda p: (cost(p), p)))
        lately[note.pitch % 12] = note.onset_beats, spelt[-1]
    return [pitch_at(place, note.pitch) for place, note in zip(spelt, notes, strict=True)]


def _tones(note: Unspelt) -> dict[int, int]:
    if note.chord is None:
        return {}
    root, quality, _ = theory.parse_chord(note.chord)
    centre = centre_of(note.key)
    return _chord_places(min(places_of(root, -6, 11), key=lambda p: (abs(p - centre), p)), quality)


def _line_cost(note: Unspelt, place: int, centre: float) -> float:
    """A chromatic note that moves on by a semitone, or came by one, takes another letter than where it goes."""
    if abs(place - centre) <= 3.5:
        return 0.0
    cost = 0.0
    for other, share in ((note.after, 1.0), (note.before, 0.4)):
        if other is None or abs(other - note.pitch) != 1:
            continue
        there = min(places_of(other), key=lambda p: (abs(p - centre), p))
        cost += share * LINE_WEIGHT * (abs(there - place) != 5)
    return cost
