"""Hypothesis strategies for the things of ``core.music``."""

from hypothesis import strategies as st

from core import theory
from core.music import Chord, Key, LeadSheet, Melody, Meter, Note

pitch_classes = st.integers(0, 11)
keys = st.builds(Key, pitch_classes, st.sampled_from(sorted(theory.MODES)))
meters = st.sampled_from([Meter(4, 4), Meter(3, 4), Meter(2, 4), Meter(6, 8)])
notes = st.builds(Note, st.integers(0, 400).map(lambda n: n / 4), st.integers(1, 16).map(lambda n: n / 4),
                  st.integers(0, 127), st.integers(1, 127))
chord_symbols = st.builds(
    lambda root, quality, bass, flats: theory.chord_symbol(root, quality, bass_pc=bass, flats=flats),
    pitch_classes, st.sampled_from(sorted(theory.CHORD_SHAPES)), st.none() | pitch_classes, st.booleans())


@st.composite
def tunes(draw, min_notes=1, max_notes=24, low=48, high=84):
    """A monophonic tune on a sixteenth grid, as singers sing them: no overlaps, a rest now and then."""
    steps = draw(st.lists(st.tuples(st.sampled_from([1, 2, 2, 4, 4, 6, 8]), st.integers(low, high),
                                    st.sampled_from([0, 0, 0, 0, 4])),
                          min_size=min_notes, max_size=max_notes))
    onset, made = draw(st.integers(0, 12)), []
    for sixteenths, pitch, rest in steps:
        made.append(Note(onset / 4, sixteenths / 4, pitch))
        onset += sixteenths + rest
    return Melody(tuple(made), draw(st.integers(50, 200)) * 1.0, draw(keys), draw(meters))


@st.composite
def lead_sheets(draw):
    """A tune with a chord to the bar."""
    tune = draw(tunes())
    bar = tune.meter.bar_beats
    symbols = draw(st.lists(chord_symbols, min_size=tune.bars, max_size=tune.bars))
    return LeadSheet(tune, tuple(Chord(i * bar, bar, s) for i, s in enumerate(symbols)))
