"""Who has sent more than is read at once waits for the next slice in one line, of all of them.

However many flood, and whatever with: they are read for `WITHIN_S`, and until the slice that began
before that is done, and then the others have the loop for `PAUSE_S`. A command that takes six turns
of the loop so meets one piece of a flood, and not six.
"""

import asyncio
import time
from collections import deque
from typing import Protocol

WITHIN_S, PAUSE_S = 0.0005, 0.002


class Waiting(Protocol):
    """Somebody in the line."""

    def take_turn(self) -> None:
        """Do a little, and join again if there is more."""


class Line:
    """The line of one process."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        # The loop that will go on with it.
        self._loop: asyncio.AbstractEventLoop | None = None

    def join(self, one: Waiting) -> None:
        """Have it take a turn after those who are here already."""
        self._waiting.append(one)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        waiting, ends_at = self._waiting, time.monotonic() + WITHIN_S
        try:
            while waiting and time.monotonic() < ends_at:
                waiting.popleft().take_turn()
        finally:
            if waiting and self._loop is not None:
                self._loop.call_later(PAUSE_S, self._go_on)
            else:
                self._loop = None


LINE = Line()
