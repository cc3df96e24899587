"""The lines through the rooms: a source and a wish go in, finished files come out.

Everything above ``core`` (the command line, the bots, the benchmarks) reaches the music through this
package only. Rooms are entered inside the functions, so that importing the studio is cheap.
"""

from core.studio.counting import count_in
from core.studio.listening import Heard, choose_genre, draw_hearing, genre_of, guess_genre, hear, listen
from core.studio.sheets import SHEET_FORMATS, SHEET_LAYOUTS, TRANSPOSITIONS, Sheet, make_practice, make_sheet
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
from core.studio.vocals import voice_on_top

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_VOICE_S",
    "MIN_TUNE_NOTES",
    "MIN_VOICE_S",
    "SHEET_FORMATS",
    "SHEET_LAYOUTS",
    "TRANSPOSITIONS",
    "Heard",
    "Progress",
    "Sheet",
    "Source",
    "Take",
    "all_or_nothing",
    "choose_genre",
    "compose",
    "count_in",
    "draw_card",
    "draw_hearing",
    "genre_of",
    "guess_genre",
    "harmonize_json",
    "hear",
    "lead_sheet",
    "listen",
    "make_practice",
    "make_sheet",
    "make_song",
    "melody_only",
    "perform",
    "read_source",
    "soundfont",
    "tags_of",
    "voice_on_top",
    "warm_up",
    "write_stems",
    "write_take",
]
