"""The lines through the rooms: a source and a wish go in, finished files come out.

Everything above ``core`` (the command line, the bots, the benchmarks) reaches the music through this
package only. Rooms are entered inside the functions, so that importing the studio is cheap.
"""

from core.studio.listening import Heard, choose_genre, draw_hearing, genre_of, guess_genre, hear, listen, meaning_of
from core.studio.song import (
    Take,
    compose,
    draw_card,
    harmonize_json,
    lead_sheet,
    make_song,
    melody_only,
    perform,
    soundfont,
    tags_of,
    warm_up,
    write_stems,
    write_take,
)
from core.studio.source import (
    MAX_FILE_BYTES,
    MAX_VOICE_S,
    MIN_TUNE_NOTES,
    MIN_VOICE_S,
    Progress,
    Source,
    all_or_nothing,
    read_source,
)

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_VOICE_S",
    "MIN_TUNE_NOTES",
    "MIN_VOICE_S",
    "Heard",
    "Progress",
    "Source",
    "Take",
    "all_or_nothing",
    "choose_genre",
    "compose",
    "draw_card",
    "draw_hearing",
    "genre_of",
    "guess_genre",
    "harmonize_json",
    "hear",
    "lead_sheet",
    "listen",
    "make_song",
    "meaning_of",
    "melody_only",
    "perform",
    "read_source",
    "soundfont",
    "tags_of",
    "warm_up",
    "write_stems",
    "write_take",
]
