"""Who is present on a channel, for what its subscriber begins with [P1]."""

import asyncio
from typing import TYPE_CHECKING, Protocol

from handlers.messages.presence import PresenceView

if TYPE_CHECKING:
    from handlers.actions.services import Services

PATIENCE_S = 0.1


class Pictures(Protocol):
    """Knows who is present: `handlers.socket.presence.Presence`."""

    async def picture(self, channel: str) -> PresenceView | None:
        """What the followers of a channel have been told, or None while it is unknown."""


class NoPictures:
    """Where nobody asks Redis: presence is unknown."""

    async def picture(self, channel: str) -> PresenceView | None:
        return None


async def read_presence(services: "Services", channel: str) -> PresenceView | None:
    """Who is present on the channel; None if that is unknown, or not known soon enough."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await services.presence.picture(channel)
    except TimeoutError:
        return None
