"""From sung notes to a melody: what the notes mean."""

from collections.abc import Sequence
from dataclasses import replace

from core.music import Key, Melody, SungNote
from core.understand.clean import clean
from core.understand.grid import in_order, lay_on_grid
from core.understand.key import find_keys

__all__ = ["sung_notes", "understand"]


def understand(notes: Sequence[SungNote], *, bpm: float | None = None, key: Key | None = None,
               bar_line_s: float | None = None) -> Melody:
    """The tune that was sung: cleaned (core.understand.clean), on its grid (.grid) and in its key (.key).

    ``bpm`` (quarters a minute) and ``key`` are what the person says; both are taken as given. ``bar_line_s`` is when
    a bar begins, where they counted in (core.understand.tapped).
    """
    melody = lay_on_grid(clean(notes), bpm=bpm, bar_line_s=bar_line_s)
    if key is not None:
        return replace(melody, key=key)
    found, modulations = find_keys(melody)
    return replace(melody, key=found, modulations=modulations)


def sung_notes(notes: Sequence[SungNote]) -> tuple[SungNote, ...]:
    """The sung notes that :func:`understand` made its melody of, one for one: where each stands in the recording."""
    return tuple(in_order(clean(notes)))
