"""Reading many things at once: whatever is asked while a reading is under way goes into the next.

Alone, a question is asked at once. A thousand connections that come at the same moment share a
few readings, where one each would queue up for the database's connections.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 500


class Together(Generic[K, V]):
    """`read(keys)` answers what it finds by key; it begins after its questions were asked."""

    def __init__(self, read: Callable[[Sequence[K]], Awaitable[dict[K, V]]]) -> None:
        self._read = read
        self._asked: dict[K, list[asyncio.Future[V | None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """What there is for the key, or None. Raises what the reading raises."""
        answer: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(key, []).append(answer)
        if self._task is None:
            self._task = asyncio.create_task(self._read_all(), name="reading together")
        return await answer

    async def _read_all(self) -> None:
        try:
            while self._asked:
                keys = list(self._asked)[:MOST]
                asked = {key: self._asked.pop(key) for key in keys}
                await self._read_some(asked)
        finally:
            self._task = None

    async def _read_some(self, asked: dict[K, list[asyncio.Future[V | None]]]) -> None:
        try:
            found = await self._read(list(asked))
        except Exception as error:
            for waiting in asked.values():
                for answer in waiting:
                    if not answer.done():
                        answer.set_exception(error)
            return
        for key, waiting in asked.items():
            for answer in waiting:
                if not answer.done():
                    answer.set_result(found.get(key))
