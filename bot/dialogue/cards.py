"""How a song looks in a chat: its card, its buttons, its files."""

from collections.abc import Sequence
from itertools import groupby

from bot.dialogue.context import data
from bot.store.people import User
from bot.store.songs import Kept
from bot.talk import Button, File, Reply, Rows
from bot.texts import Texts
from core.music import FEELS, GENRES, Song

GENRES_PER_PAGE = 6
CHORDS_SHOWN = 12
RUNNERS_UP = 2
GUEST_ROWS = 4
TEMPI = {"half": 0.5, "slower": 0.9, "faster": 1.1, "double": 2.0}
COUNTS = (0.5, 2.0)  # of these, those that count the beat differently
SHIFTS = {"key_down": -1, "key_up": 1, "octave_down": -12, "octave_up": 12}


def card(say: Texts, kept: Kept, warnings: Sequence[str] = (), notes: Sequence[str] = ()) -> str:
    """Genre and what else it could be, key, tempo, chords, what tune it sounds like; ``notes`` are lines more."""
    song = kept.song()
    lines = [say("card.title", number=kept.number, title=kept.title)]
    if kept.credit:
        lines.append(say("card.credit", name=kept.credit))
    genre = say("card.genre", genre=genre_name(say, song.genre))
    others = [say("card.runner_up", genre=genre_name(say, name), percent=round(100 * share))
              for name, share in runners_up(kept, song) if share >= 0.01]
    lines.append(genre + (say("card.runners_up", genres=", ".join(others)) if others else ""))
    lines.append(say("card.key_and_tempo", key=key_name(say, song), bpm=round(song.bpm), meter=song.meter))
    chords = [symbol for symbol, _ in groupby(chord.symbol for chord in song.lead_sheet.chords)]
    if chords:
        more = say("card.more") if len(chords) > CHORDS_SHOWN else ""
        lines.append(say("card.chords", chords="  ".join(chords[:CHORDS_SHOWN])) + more)
    if kept.sounds_like:
        lines.append(say("card.sounds_like", title=kept.sounds_like))
    lines += notes
    lines += [say(f"warning.{code}") for code in warnings if f"warning.{code}" in say]
    return "\n".join(lines)


def runners_up(kept: Kept, song: Song) -> list[tuple[str, float]]:
    """The likeliest genres that the song is not, best first."""
    ranked = sorted(kept.genres.items(), key=lambda item: -item[1])
    return [(name, share) for name, share in ranked if name != song.genre and name in GENRES][:RUNNERS_UP]


def genre_name(say: Texts, genre: str) -> str:
    """The genre as people write it."""
    return say(f"genre.{genre}")


def key_name(say: Texts, song: Song) -> str:
    """The key as people write it."""
    note, mode = str(song.key).split(" ")
    return say("key.name", note=say(f"note.{note[0]}") + note[1:].replace("#", "♯").replace("b", "♭"),
               mode=say(f"mode.{mode}"))


def files(kept: Kept, owner: User, *parts: str) -> tuple[File, ...]:
    """Parts of a song as files to send."""
    song = kept.song()
    stem = "".join(c if c.isalnum() or c in " -_" else "" for c in kept.title).strip() or str(kept.number)
    names = {"mp3": f"{stem}.mp3", "midi": f"{stem}.mid", "roll": f"{stem}.png", "heard": f"{stem} - heard.mp3",
             "stems": f"{stem} - stems.zip"}
    length = song.duration_s if "mp3" in parts else song.lead_sheet.melody.end_beats * 60 / song.bpm
    return tuple(File(part, names[part], song_id=kept.id, title=kept.title, performer=f"{owner.name} & Humband",
                      duration_s=length) for part in parts)


def song_reply(say: Texts, kept: Kept, owner: User, *parts: str, warnings: Sequence[str] = (),
               joins: Kept | None = None, guest: bool = False, notes: Sequence[str] = ()) -> Reply:
    """The song with its card and its buttons; for a guest without those that only the owner may press."""
    return Reply(card(say, kept, warnings, notes), main_buttons(say, kept, joins, guest=guest),
                 files(kept, owner, *parts), song_id=kept.id)


def main_buttons(say: Texts, kept: Kept, joins: Kept | None = None, *, guest: bool = False) -> Rows:
    """What can be done with a song. The first button tells a wrong note from a wrong band."""
    song = kept.song()

    def button(name: str, verb: str, argument: str = "") -> Button:
        return Button(say(f"button.{name}"), data(verb, kept.token, argument))

    genres = [Button(genre_name(say, name), data("genre", kept.token, name)) for name, _ in runners_up(kept, song)]
    rows: list[tuple[Button, ...]] = [
        (button("heard", "heard"), button("again", "again"), button("tune", "tune")),
        (*genres, button("genres", "menu", "genre0")),
        (button("tempo", "menu", "tempo"), button("key", "menu", "key"), button("feel", "menu", "feel"),
         button("stems", "stems")),
        (button("continue", "continue"), button("vary", "vary", "0"), button("blend", "blend", "0"),
         button("sheet", "sheet")),
        (button("rename", "rename"), button("share", "share"), button("delete", "delete")),
    ]
    if guest:
        return tuple(rows[:GUEST_ROWS])
    if kept.recording:
        rows[0] = (*rows[0], button("piano", "piano"))
        rows[3] = (*rows[3], button("voiced", "voiced"))
    if joins:
        rows[4] = (*rows[4], Button(say("button.join", number=joins.number), data("join", kept.token, joins.token)))
    return tuple(rows)


def menu(say: Texts, kept: Kept, name: str, *, guest: bool = False) -> Rows:
    """A smaller keyboard in the place of the main one. Raises KeyError for one that does not exist."""
    back = Button(say("button.back"), data("menu", kept.token, "main"))
    if name == "main":
        return main_buttons(say, kept, guest=guest)
    if name == "tempo" and kept.recording and not guest:
        tap = Button(say("button.tap"), data("tap", kept.token))
        return (*_menus(say, kept)[name], (tap,), (back,))
    if name.startswith("genre") and name[5:].isdigit():
        return _genre_page(say, kept, int(name[5:]), back)
    return (*_menus(say, kept)[name], (back,))


def _menus(say: Texts, kept: Kept) -> dict[str, Rows]:
    return {
        "tempo": (tuple(Button(say(f"tempo.{key}"), data("tempo", kept.token, key)) for key in TEMPI),),
        "key": (tuple(Button(say(f"shift.{key}"), data("shift", kept.token, key)) for key in ("key_down", "key_up")),
                tuple(Button(say(f"shift.{key}"), data("shift", kept.token, key))
                      for key in ("octave_down", "octave_up"))),
        "feel": (tuple(Button(say(f"feel.{key}"), data("feel", kept.token, key)) for key in FEELS),),
        "delete": ((Button(say("button.really_delete"), data("delete", kept.token, "yes")),),),
    }


def _genre_page(say: Texts, kept: Kept, page: int, back: Button) -> Rows:
    pages = -(-len(GENRES) // GENRES_PER_PAGE)
    shown = GENRES[page % pages * GENRES_PER_PAGE:][:GENRES_PER_PAGE]
    buttons = [Button(genre_name(say, name), data("genre", kept.token, name)) for name in shown]
    turn = Button(say("button.more"), data("menu", kept.token, f"genre{(page + 1) % pages}"))
    return (*(tuple(buttons[i:i + 3]) for i in range(0, len(buttons), 3)), (back, turn))
