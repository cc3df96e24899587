"""A chat is an Adapter: it turns what its platform sends into Requests and Replies into messages."""

from collections.abc import Mapping
from typing import Any, Protocol

from aiohttp import web

from bot.dialogue.context import Links
from bot.talk import Address, Reply


class Adapter(Protocol):
    """What the service needs of a chat. A new chat is one module with one of these.

    An address an adapter returns for a message it sent holds at least ``message``: the platform's id of
    it as a string, unique within the place.
    """

    name: str
    links: Links
    max_upload_bytes: int

    async def start(self) -> None:
        """Connect and begin to take requests."""

    async def stop(self) -> None:
        """Take no more requests; what runs may still send."""

    async def close(self) -> None:
        """Let go of the connection."""

    async def fetch(self, ref: Mapping[str, Any]) -> bytes:
        """The bytes of a sound somebody sent. Raises TooLarge, or Unfetched when it cannot be had."""

    def routes(self) -> list[web.RouteDef]:
        """What our web server must answer for this chat, such as a webhook."""

    def parts(self, reply: Reply) -> list[Reply]:
        """The reply in pieces of which each is one message here."""

    async def deliver(self, address: Address, status: Address | None, reply: Reply, nonce: str, first: bool) -> Address:
        """Send a finished job's reply (one of :meth:`parts`). Raises Gone when nobody can get it any more."""

    async def show(self, status: Address, reply: Reply) -> None:
        """Change the message that shows a job's state; never raises."""

    async def close_status(self, status: Address) -> None:
        """Take that message away once the job's replies are sent; never raises."""

    async def seem_busy(self, address: Address) -> None:
        """Show that something is being made ("sending a voice message ..."); never raises."""

    @property
    def last_seen_s(self) -> float:
        """Seconds since the platform last answered."""


class Unfetched(Exception):
    """The platform did not give the sound out."""
