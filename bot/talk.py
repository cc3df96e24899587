"""What the dialogue and the chats say to each other: a Request comes in, Replies go out.

Nothing here belongs to one chat. An ``Address`` is an adapter's own JSON for "there": the dialogue
hands it back unread.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Address = Mapping[str, Any]


@dataclass(frozen=True)
class Person:
    """Who speaks, as the platform tells it. ``id`` is the platform's own."""

    platform: str
    id: str
    name: str
    language: str = ""

    @property
    def key(self) -> str:
        """``telegram:123``: unique over all chats."""
        return f"{self.platform}:{self.id}"


@dataclass(frozen=True)
class Place:
    """A chat or a channel. In a private one only the person and the bot can read."""

    platform: str
    id: str
    private: bool
    title: str = ""
    group: str = ""  # the server a channel belongs to, where settings are kept; else the place itself
    whispered: bool = False  # said in a group, but for the person's eyes only

    @property
    def key(self) -> str:
        """``discord:456``: unique over all chats."""
        return f"{self.platform}:{self.id}"

    @property
    def is_open(self) -> bool:
        """Whether others hear what is said here."""
        return not (self.private or self.whispered)

    @property
    def group_key(self) -> str:
        """The key settings of a group are kept under."""
        return f"{self.platform}:{self.group or self.id}"


@dataclass(frozen=True)
class Sound:
    """A voice note, a recording or a MIDI file somebody sent; not fetched yet."""

    ref: Mapping[str, Any]
    kind: str = "voice"  # voice, audio, video, midi
    size_bytes: int | None = None
    duration_s: float | None = None
    message: str = ""  # the platform's id of the message it came in
    by: str = ""  # the key of the person who sent it, and their name: not always the one who asks
    by_name: str = ""

    def to_json(self) -> dict[str, Any]:
        """As kept in a job's row."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Request:
    """One thing somebody asked for.

    ``verb`` is a command's name, or ``sound``, ``press`` (a button's data in ``argument``), ``answer``
    (a text asked for: the question in ``question``), ``open`` (a deep link), ``hello``.
    """

    key: str
    person: Person
    place: Place
    address: Address
    verb: str
    argument: str = ""
    sound: Sound | None = None
    replied: str = ""  # the platform's id of the message this one answers
    question: str = ""
    message: str = ""  # the platform's id of the message this request is
    runs_place: bool = False  # whether the person administers the group


@dataclass(frozen=True)
class Button:
    """A button: it either presses (``data``, at most 64 bytes) or opens a link."""

    label: str
    data: str = ""
    url: str = ""


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class File:
    """A file to send: a ``part`` of a song (mp3, midi, roll, heard, stems), or a path of its own
    (a ``page`` is a picture, a ``take`` has a player)."""

    part: str
    name: str
    song_id: int | None = None
    path: str = ""
    title: str = ""
    performer: str = ""
    duration_s: float = 0.0

    @property
    def is_audio(self) -> bool:
        """Whether chats should show a player."""
        return self.part in ("mp3", "heard", "take")

    @property
    def is_picture(self) -> bool:
        """Whether chats should show it as a picture."""
        return self.part in ("roll", "page")


@dataclass(frozen=True)
class Question:
    """Asks the person for a text; the answer comes back as a Request ``answer`` with this key."""

    key: str
    label: str
    default: str = ""


@dataclass(frozen=True)
class Reply:
    """One thing the bot says. ``how``: ``new`` message, ``edit`` of the one the button sat on,
    only its ``buttons``, or a ``toast`` that passes by."""

    text: str = ""
    buttons: Rows = ()
    files: tuple[File, ...] = ()
    how: str = "new"
    question: Question | None = None
    awaits: str = ""  # what a sound sent in answer to this message is about
    private: bool = False  # for the asker's eyes only, where the chat can do that
    public: bool = False  # for everybody here, even if the asker was whispering
    job: int | None = None  # this message shows the state of that job
    song_id: int | None = None  # this message carries that song
    language: str = ""  # of the text, should an adapter have to add a word
    manner: str = ""  # as the person or the group likes it: ``reply``, ``thread`` or ``plain``

    def to_json(self) -> dict[str, Any]:
        """As kept until it is sent."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Reply":
        """The inverse of :meth:`to_json`."""
        fields = dict(data)
        fields["buttons"] = tuple(tuple(Button(**b) for b in row) for row in fields.get("buttons") or ())
        fields["files"] = tuple(File(**f) for f in fields.get("files") or ())
        if fields.get("question"):
            fields["question"] = Question(**fields["question"])
        return cls(**fields)


@dataclass(frozen=True)
class InlineSong:
    """A song as offered while somebody types the bot's name in another chat."""

    id: str
    file_id: str
    label: str
    link: str
    caption: str = field(default="")


class Gone(Exception):
    """The place can no longer be written to: the bot was blocked or removed."""
