import pytest

from core.errors import BadWish
from core.studio import instruments_named
from core.theory import GM_PROGRAMS


@pytest.mark.parametrize("program", range(128))
def test_every_general_midi_name_is_known(program):
    assert instruments_named(GM_PROGRAMS[program]) == (program, program)


@pytest.mark.parametrize(("text", "upper", "lower"), [
    ("Violin", "violin", "violin"), ("piano", "acoustic grand piano", "acoustic grand piano"),
    ("flute, cello", "flute", "cello"), ("organ", "drawbar organ", "drawbar organ"),
])
def test_part_of_a_name_and_two_names_will_do(text, upper, lower):
    assert [GM_PROGRAMS[p] for p in instruments_named(text)] == [upper, lower]


@pytest.mark.parametrize("text", ["", " , ", "vuvuzela", "violin, viola, cello"])
def test_an_unknown_instrument_gets_a_sentence_with_some_that_exist(text):
    with pytest.raises(BadWish) as caught:
        instruments_named(text)
    assert "violin" in str(caught.value) or "viola" in str(caught.value)
