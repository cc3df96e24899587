"""What a person does and sees in a chat, the same for every platform."""

import asyncio
import re
import time
from dataclasses import dataclass, field


@dataclass
class Seen:
    """What changed on the screen in one step: texts, the labels of buttons, the kinds of files."""

    texts: list[str] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    asked: bool = False  # a line to answer on was shown

    @property
    def text(self):
        return "\n".join(self.texts)

    def lines(self):
        """As a transcript's lines, with what is random or one platform's own blotted out."""
        shown = [re.sub(r"https://\S+|/open \S+", "LINK", text) for text in self.texts]
        return [*shown, *(f"[{label}]" for label in self.buttons), *(f"<{name}>" for name in sorted(self.files)),
                *(["…"] if self.asked else [])]


async def settled(service, *more, limit_s=300.0):
    """Wait until nothing is running, waiting or being said."""
    quiet, deadline = 0, time.monotonic() + limit_s
    while quiet < 3:
        assert time.monotonic() < deadline, "the service did not come to rest"
        idle = not service.line.busy and all(check() for check in more)
        quiet = quiet + 1 if idle else 0
        await asyncio.sleep(0.01)


def open_stage(platform, make_service):
    """The named chat, to be entered with ``async with``."""
    from tests.e2e.discord_stage import DiscordStage
    from tests.e2e.telegram_stage import TelegramStage

    return {"telegram": TelegramStage, "discord": DiscordStage}[platform](make_service)


PLATFORMS = ("telegram", "discord")


def kind_of_file(name, audio):
    if audio:
        return "sound"
    return {"mid": "midi", "png": "picture", "zip": "zip"}.get(name.rsplit(".", 1)[-1], name)
