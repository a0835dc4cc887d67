"""A circuit breaker: what does not answer in time is left alone for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class Away(Exception):
    """It did not answer, or not in time, or was not asked because of that."""


class Breaker:
    """After some failures in a row nobody asks for `rest_s`; then one call tries, and the others
    go on doing without until it is answered."""

    def __init__(
        self, failures: tuple[type[Exception], ...], *, most: int = 3, rest_s: float = 1.0
    ) -> None:
        self._kinds: tuple[type[Exception], ...] = (*failures, TimeoutError)
        self._most = most
        self._rest_s = rest_s
        self._failed = 0
        self._closed_at = 0.0

    async def run(self, limit_s: float, ask: Callable[[], Awaitable[T]]) -> T:
        """What is answered within `limit_s`. Raises Away."""
        now = asyncio.get_running_loop().time()
        if self._failed >= self._most:
            if now < self._closed_at:
                raise Away("it is being left alone")
            self._closed_at = now + self._rest_s  # this call is the one that tries
        try:
            async with asyncio.timeout(limit_s):
                answer = await ask()
        except self._kinds as error:
            self._failed += 1
            self._closed_at = asyncio.get_running_loop().time() + self._rest_s
            raise Away(repr(error)) from error
        self._failed = 0
        return answer

    async def run_soon(self, limit_s: float, ask: Callable[[], Awaitable[T]]) -> T:
        """The same with a limit so short that this process itself may be late. Raises Away."""
        return await self.run(limit_s + 1, lambda: _in_time(limit_s, ask))


async def _in_time(limit_s: float, ask: Callable[[], Awaitable[T]]) -> T:
    """What is answered within the limit. Raises TimeoutError.

    The last fifth is measured by itself: if the event loop stood still, what has come meanwhile is
    read before anybody is said to be away.
    """
    asked = asyncio.ensure_future(ask())
    try:
        for part in (0.8, 0.2):
            if not asked.done():
                await asyncio.wait({asked}, timeout=part * limit_s)
        if not asked.done():
            raise TimeoutError
        return asked.result()
    finally:
        asked.cancel()
