"""Reading what seldom changes and is often asked for: from Redis for a minute, else from Postgres.

What is kept lies under a name that has its stamp (`storage/stamps.py`), and is made in one snapshot
together with that stamp. A write raises the stamp in its own transaction, so the next reader, on
whatever instance, asks for another name. Redis is never told of writes.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import msgspec

from storage.cached import CacheAway, CacheBook
from storage.database import Connection, Pool, acquired, snapshot

T = TypeVar("T")
NameOf = Callable[[Connection], Awaitable[str | None]]


class Cache:
    """What is kept of answers; without a book nothing is."""

    def __init__(self, book: CacheBook | None = None) -> None:
        self._book = book

    async def read(
        self,
        pool: Pool,
        name: str | None,
        shape: type[T],
        name_of: NameOf,
        make: Callable[[Connection], Awaitable[T]],
    ) -> T:
        """What is kept under `name`, or else what `make` reads.

        `name_of` gives the name again in the snapshot that `make` reads, since a write may have
        come in between: what is kept under a name is what was there with that stamp. No name: it is
        just changing, and not kept. Raises what `make` raises, and Unavailable.
        """
        try:
            raw = None if name is None or self._book is None else await self._book.get(name)
        except CacheAway:
            name = None
        if name is None or self._book is None:
            async with acquired(pool) as connection:
                return await make(connection)
        if raw is not None:
            with suppress(msgspec.DecodeError):  # another version of this server may have kept it
                return msgspec.json.decode(raw, type=shape)
        async with snapshot(pool) as connection:
            name = await name_of(connection)
            made = await make(connection)
        if name is not None:
            with suppress(CacheAway):
                await self._book.put(name, msgspec.json.encode(made))
        return made
