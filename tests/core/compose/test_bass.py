"""The bass: the root on beat one, the nearest road, the kick."""

import pytest

from core import theory
from core.compose.arrange import arrange
from core.music import GENRES, Wish
from tests.core.compose import sheets


def sounding(song, beats):
    return [n for n in song.track("bass").notes if n.onset_beats < beats + 0.15 and n.end_beats > beats + 0.15]


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("name", ["upbeat", "waltz", "jig", "polka"])
def test_every_chord_begins_on_its_root(genre, name):
    song = arrange(sheets.ALL[name], Wish(seed=4), genre=genre)
    good = total = 0
    start = next(s for s in song.sections if s.name == "statement").onset_beats  # it may be silent in the intro
    for chord in song.chords:
        if chord.onset_beats < start:
            continue
        notes = [n for n in song.track("bass").notes if abs(n.onset_beats - chord.onset_beats) < 0.2]
        if notes:
            total += 1
            good += notes[0].pitch % 12 in (chord.bass_pc, (chord.root_pc + 7) % 12)
    assert total >= 0.9 * len([c for c in song.chords if c.duration_beats >= 1 and c.onset_beats >= start])
    assert good >= 0.95 * total


def test_a_slash_chord_gives_its_bass():
    slash = sheets.sheet([(i, 1, 72) for i in range(16)], [(0, 8, "C/E"), (8, 8, "F")])
    song = arrange(slash, Wish(), genre="pop")
    chord = next(c for c in reversed(song.chords) if c.symbol == "C/E")
    first = [n for n in song.track("bass").notes if abs(n.onset_beats - chord.onset_beats) < 0.2]
    assert first[0].pitch % 12 == 4


def test_a_walking_line_steps_into_each_new_root():
    steps = []
    for seed in range(6):
        song = arrange(sheets.UPBEAT, Wish(seed=seed), genre="jazz")
        if song.style != "swing":
            continue
        notes = song.track("bass").notes
        for chord in song.chords[1:]:
            at = [i for i, n in enumerate(notes) if abs(n.onset_beats - chord.onset_beats) < 0.2]
            if at and at[0] > 0 and notes[at[0]].onset_beats - notes[at[0] - 1].onset_beats <= 1.2:
                steps.append(abs(notes[at[0]].pitch - notes[at[0] - 1].pitch))
    assert steps and sum(step <= 2 for step in steps) >= 0.5 * len(steps)


def test_a_rock_bass_locks_with_the_kick():
    song = next(s for seed in range(40) for s in [arrange(sheets.UPBEAT, Wish(seed=seed), genre="rock")]
                if s.style == "straight")
    kicks = [n.onset_beats for n in song.track("drums").notes if n.pitch == theory.GM_DRUMS["kick"]]
    bass = [n.onset_beats for n in song.track("bass").notes]
    near = sum(any(abs(kick - at) < 0.12 for at in bass) for kick in kicks)
    assert near >= 0.6 * len(kicks)
