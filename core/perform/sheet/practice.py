"""A song to practise with: a click on every pulse, and a bar of it before anything sounds."""

from dataclasses import replace

from core.music import Chord, Note, Section, Song, Track
from core.theory import GM_DRUMS

ACCENT, PLAIN = (GM_DRUMS["woodblock_high"], 112), (GM_DRUMS["woodblock_low"], 84)  # (drum key, velocity)


def with_click(song: Song) -> Song:
    """The song one bar later, with a track ``click`` from the first beat to the last bar line."""
    bar, pulse = song.meter.bar_beats, song.meter.pulse_beats

    def later(notes: tuple[Note, ...]) -> tuple[Note, ...]:
        return tuple(replace(note, onset_beats=note.onset_beats + bar) for note in notes)

    bars = max(1, -(-song.end_beats // bar)) + 1
    count = round(bars * bar / pulse)
    per_bar = max(1, round(bar / pulse))
    click = []
    for index in range(count):
        key, velocity = PLAIN if index % per_bar else ACCENT
        click.append(Note(index * pulse, pulse / 2, key, velocity))
    tracks = (*(replace(track, notes=later(track.notes)) for track in song.tracks),
              Track("click", 0, tuple(click), is_drum=True, reverb=0.0))
    return replace(
        song, notes=later(song.notes), tracks=tracks,
        chords=tuple(Chord(c.onset_beats + bar, c.duration_beats, c.symbol) for c in song.chords),
        sections=(Section("count-in", 0.0, bar), *(replace(s, onset_beats=s.onset_beats + bar) for s in song.sections)))
