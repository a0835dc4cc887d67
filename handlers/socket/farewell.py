"""Sending all clients of an instance elsewhere: not at once, and none in the midst of a command.

Whoever is sent away signs in and subscribes again on another instance, which serves its own people
meanwhile. So they go one by one over a time that grows with their number, in an order and at
instants of chance: the people of one room do not come as one, nor do two instances that go down
together send theirs in step.
"""

import asyncio
import random
from collections.abc import Callable
from typing import TypeVar

from handlers.socket.gateway import Gateway, Session

# A core lets in some 1,700 connections a second, and has other things to do.
A_SECOND = 1000
LONGEST_S = 12.0
_STEP_S = 0.05
# What comes in while the others go, and events under way, are waited for so long.
_LAST_WITHIN_S = 3.0

T = TypeVar("T")

_CODE, _MESSAGE = "draining", "The server is going down."


def spread_of(count: int) -> float:
    """Over how many seconds so many clients are sent away."""
    return min(LONGEST_S, count / A_SECOND)


async def send_all_away(gateway: Gateway, hurried: asyncio.Event) -> None:
    """Return when no client is left; `hurried` has those that are still here go at once."""

    def part(session: Session) -> None:
        gateway.part(session, _CODE, _MESSAGE)

    await in_turn(list(gateway.sessions.values()), part, hurried)
    try:
        async with asyncio.timeout(_LAST_WITHIN_S):
            while gateway.sessions:
                for session in list(gateway.sessions.values()):
                    part(session)
                await asyncio.sleep(0.02)
    except TimeoutError:
        gateway.close_all(_CODE, _MESSAGE)


async def in_turn(ends: list[T], part: Callable[[T], None], hurried: asyncio.Event) -> None:
    """Part with each of these, in an order and at instants of chance."""
    random.shuffle(ends)
    loop = asyncio.get_running_loop()
    apart = spread_of(len(ends)) / max(1, len(ends))
    due = loop.time()
    for end in ends:
        due += random.uniform(0, 2 * apart)
        # Steps of the clock, since a timer for each would cost more than the goodbye.
        while loop.time() + _STEP_S / 2 < due and not hurried.is_set():
            await asyncio.sleep(_STEP_S)
        part(end)
