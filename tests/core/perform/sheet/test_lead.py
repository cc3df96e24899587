"""What a lead sheet makes of a sung line, on ticks of 24 a beat."""

from core.music import Meter
from core.perform.sheet.lead import with_prompt_entries
from core.perform.sheet.quantize import Placed
from core.perform.sheet.score import TICKS

LATE = TICKS // 4


def onsets(*line: tuple[int, int]) -> list[int]:
    """Onsets of the line with its entries made prompt."""
    placed = with_prompt_entries([Placed(onset, end, 60) for onset, end in line], Meter())
    assert [note.end for note in placed] == [end for _, end in line]
    return [note.onset for note in placed]


def test_a_phrase_that_comes_a_sixteenth_late_starts_on_its_beat() -> None:
    assert onsets((LATE, 24), (24, 48)) == [0, 24]
    assert onsets((0, 20), (72 + LATE, 72 + 18), (72 + 18, 96)) == [0, 72, 72 + 18]


def test_a_run_of_sixteenths_keeps_its_rest() -> None:
    assert onsets((0, 24), (24 + 6, 24 + 12), (24 + 12, 48)) == [0, 24 + 6, 24 + 12]


def test_what_is_sung_without_a_break_keeps_its_syncopation() -> None:
    assert onsets((0, 24 + 6), (24 + 6, 48)) == [0, 24 + 6]
