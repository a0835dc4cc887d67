"""Which connections of this instance are in which rooms, and whose stay has to be ended [C2].

Coming in opens a stay in the log of presence, in the transaction of joining. When the last
connection of a user in a room has ended, `close_gone` ends it soon, dated when that was. So that
the two do not cross, a stay is never closed while its user is coming in.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from handlers.socket.clients import Client
from rooms.errors import DomainError, Unavailable
from storage import attendance
from storage.attendance import Gone
from storage.database import Pool, acquired

# Who is back so soon has not been away: a page that is loaded anew is one stay.
BLINK_S = 1.0

# (a room's slug, a user's id)
Key = tuple[str, int]
K = TypeVar("K")


class Attendance:
    """Kept by the instance, whose id is `instance`."""

    def __init__(self, db: Pool) -> None:
        self.instance: UUID = uuid4()
        self._db = db
        self._rooms: dict[Client, dict[str, int]] = {}
        self._clients: dict[int, set[Client]] = {}
        self._here: dict[Key, set[Client]] = {}
        # Whose last connection ended when, by the loop's clock, and is not in the log yet.
        self._gone: dict[Key, float] = {}
        self._coming: Counter[Key] = Counter()
        self._writing = asyncio.Lock()
        self._ending = False

    # -- who is here

    def is_in(self, client: Client, slug: str) -> int | None:
        """The id of the room, if the connection is in it."""
        return self._rooms.get(client, {}).get(slug)

    def clients_in(self, room_id: int) -> Iterable[Client]:
        """The connections of this instance in a room."""
        return tuple(self._clients.get(room_id, ()))

    def present(self) -> list[tuple[int, int]]:
        """(room_id, user_id) of everybody who is in a room by a connection to this instance."""
        return list({(room, c.user_id) for room, clients in self._clients.items() for c in clients})

    # -- coming and going

    @asynccontextmanager
    async def coming_in(self, client: Client, slug: str) -> AsyncIterator[None]:
        """While somebody joins, their stay is not closed for a connection that has ended.

        Raises Unavailable when a stay that ended before cannot be closed.
        """
        key = slug, client.user_id
        self._coming[key] += 1
        try:
            await self._end_earlier(key)
            try:
                yield
            except DomainError as refusal:
                if isinstance(refusal, Unavailable):
                    self._doubt(key)
                raise
            except BaseException:
                self._doubt(key)
                raise
        finally:
            self._coming[key] -= 1
            if not self._coming[key]:
                del self._coming[key]

    def enter(self, client: Client, room_id: int, slug: str) -> None:
        """The connection is in the room: what `coming_in` guards ends with this."""
        self._rooms.setdefault(client, {})[slug] = room_id
        self._clients.setdefault(room_id, set()).add(client)
        key = slug, client.user_id
        self._here.setdefault(key, set()).add(client)
        self._gone.pop(key, None)
        if client.wire.closed:  # its end was told before it was here
            self.gone(client)

    def leave(self, client: Client, room_id: int) -> None:
        """The connection is in the room no more: by room:leave, or because it was sent out."""
        for slug, known in list(self._rooms.get(client, {}).items()):
            if known == room_id:
                self._remove(client, slug, room_id)

    def left(self, client: Client, channel: str) -> None:
        """The connection does not follow the channel any more; who is in a room follows its."""
        kind, _, room_id = channel.partition(":")
        if kind == "room":
            self.leave(client, int(room_id))

    def gone(self, client: Client) -> None:
        """The connection has ended."""
        for slug, room_id in list(self._rooms.get(client, {}).items()):
            self._remove(client, slug, room_id)

    def _remove(self, client: Client, slug: str, room_id: int) -> None:
        _take_out(self._clients, room_id, client)
        key = slug, client.user_id
        _take_out(self._here, key, client)
        rooms = self._rooms[client]
        del rooms[slug]
        if not rooms:
            del self._rooms[client]
        if key not in self._here:
            self._doubt(key)

    def _doubt(self, key: Key) -> None:
        """The user may stand in the log and be there by no connection."""
        if key not in self._here and not self._ending:
            self._gone.setdefault(key, asyncio.get_running_loop().time())

    # -- writing

    async def close_gone(self) -> None:
        """Write the ends of stays. Raises Unavailable, and tries again the next time."""
        async with self._writing:
            await self._write([key for key in self._gone if key not in self._coming])

    async def _end_earlier(self, key: Key) -> None:
        """Somebody comes back: what they were away for longer than a blink is no stay."""
        async with self._writing:
            at = self._gone.get(key)
            if at is None or self._coming[key] > 1:
                return
            if asyncio.get_running_loop().time() - at > BLINK_S:
                await self._write([key])

    async def _write(self, keys: list[Key]) -> None:
        if not keys:
            return
        ends = {key: self._gone[key] for key in keys}
        async with acquired(self._db) as connection:
            now = asyncio.get_running_loop().time()
            gone = [
                Gone(slug, user_id, timedelta(seconds=now - at))
                for (slug, user_id), at in ends.items()
            ]
            await attendance.close_presence(connection, self.instance, gone)
        for key, at in ends.items():
            if self._gone.get(key) == at:
                del self._gone[key]

    def known_until(self) -> float:
        """Up to when, by the loop's clock, the log has everything that this instance knows."""
        return min(self._gone.values(), default=asyncio.get_running_loop().time())

    # -- the end

    def end(self) -> None:
        """From now on connections end because the server does: that is not their users' doing."""
        self._ending = True

    async def close(self) -> None:
        """End all stays by this instance; who returns soon was there all along."""
        self.end()
        await self.close_gone()
        await attendance.close_instance(self._db, self.instance)


def _take_out(sets: dict[K, set[Client]], key: K, client: Client) -> None:
    clients = sets[key]
    clients.discard(client)
    if not clients:
        del sets[key]
