"""What a worker does about new melodies: songs out of nothing, and songs that grow from songs.

Kinds: ``invent`` (a tune in a style), ``continue``, ``vary`` (of one song's tune), ``blend`` (a step of the walk from
one song's tune to another's). What comes out goes through harmony, in the language of its genre, and band like a hum.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from core import studio
from core.music import LeadSheet, Melody, Song, Wish

Payload = Mapping[str, Any]
BLEND_STEPS = 5


def compose(kind: str, payload: Payload) -> Song:
    """The song of one of the kinds above. Raises HumbandError."""
    tune = MAKERS[kind](payload)
    wish = Wish.from_json(payload["wish"])
    if wish.genre is None:
        wish = replace(wish, genre=studio.genre_of_style(payload["style"]))
    return studio.compose(tune, wish, title=payload["title"])


def _invent(payload: Payload) -> LeadSheet:
    return studio.invent(payload["style"], bars=payload["bars"], seed=payload["seed"])


def _continue(payload: Payload) -> Melody:
    return studio.continue_tune(_sheet(payload, "song"), bars=payload["bars"], seed=payload["seed"]).melody


def _vary(payload: Payload) -> Melody:
    return studio.vary(_sheet(payload, "song"), kind=payload["way"], seed=payload["seed"]).melody


def _blend(payload: Payload) -> Melody:
    walk = studio.blend(_sheet(payload, "song"), _sheet(payload, "other"), steps=BLEND_STEPS, seed=payload["seed"])
    return walk[payload["step"] - 1].melody


def _sheet(payload: Payload, name: str) -> LeadSheet:
    return Song.from_json(payload[name]).lead_sheet


MAKERS: dict[str, Callable[[Payload], Melody | LeadSheet]] = {
    "invent": _invent, "continue": _continue, "vary": _vary, "blend": _blend}
