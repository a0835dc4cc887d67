"""Reading what seldom changes and is often asked for: from Redis for a minute, else from Postgres.

What is kept lies under a name that has its stamp (`storage/stamps.py`), and is made in one snapshot
together with that stamp. A write raises the stamp in its own transaction, so the next reader, on
whatever instance, asks for another name. Redis is never told of writes.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import msgspec

from storage.breaker import Away
from storage.cached import CacheAway, CacheBook
from storage.database import Connection, acquired, snapshot
from storage.replica import History

T = TypeVar("T")
NameOf = Callable[[Connection], Awaitable[str | None]]


class Cache:
    """What is kept of answers; without a book nothing is."""

    def __init__(self, book: CacheBook | None = None) -> None:
        self._book = book

    async def read(
        self,
        history: History,
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
            async with acquired(history.primary) as connection:
                return await make(connection)
        if raw is not None:
            with suppress(msgspec.DecodeError):  # another version of this server may have kept it
                return msgspec.json.decode(raw, type=shape)
        name, made = await _made(history, name, name_of, make)
        if name is not None:
            with suppress(CacheAway):
                await self._book.put(name, msgspec.json.encode(made))
        return made


async def _made(
    history: History, name: str, name_of: NameOf, make: Callable[[Connection], Awaitable[T]]
) -> tuple[str | None, T]:
    """The answer, with the name of what it was made from. A replica will do if it has just that."""

    async def same(connection: Connection) -> bool:
        return await name_of(connection) == name

    try:
        return name, await history.read_there(same, make)
    except Away:
        async with snapshot(history.primary) as connection:
            return await name_of(connection), await make(connection)
