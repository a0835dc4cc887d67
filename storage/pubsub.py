"""Pub/sub with one read, one parse and no coroutine per message.

A busy instance hears thousands of messages a second, most of them its own. redis-py makes the
connection (address, TLS, password, protocol); the bytes are parsed by hiredis, many messages at a
time, and each is handed on by a plain call.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import hiredis
import redis.asyncio as aioredis

from storage.cluster import slot_of

_CHUNK = 256 * 1024


class Subscriber:
    """One link that listens. `hear(channel, payload)` is called for each message.

    On a Cluster the channels are `sharded`: each belongs to the primary of its slot, which ends
    subscriptions when it gives the slot away, and refuses those to slots that it has not got.
    `ended(channel)` is called for both; of what was refused no channel is told, but None.
    """

    def __init__(
        self,
        client: "aioredis.Redis",
        hear: Callable[[bytes, bytes], None],
        ended: Callable[[bytes | None], None] | None = None,
    ) -> None:
        self._pool = client.connection_pool
        self._hear = hear
        self._ended = ended
        self._message = b"message" if ended is None else b"smessage"
        self._connection: Any = None
        self._parser = hiredis.Reader()

    async def open(self) -> None:
        """Connect. Raises RedisError, OSError or TimeoutError."""
        self._connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
        await self._connection.connect()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.disconnect(nowait=True)

    async def subscribe(self, channels: Iterable[str]) -> None:
        """Hear these channels from soon on."""
        await self._send("SUBSCRIBE", channels)

    async def unsubscribe(self, channels: Iterable[str]) -> None:
        """Hear them no more."""
        await self._send("UNSUBSCRIBE", channels)

    async def listen(self, silence_s: float) -> None:
        """Hand on what comes, until the link breaks. Raises TimeoutError when it is silent."""
        reader: asyncio.StreamReader = self._connection._reader
        while True:
            async with asyncio.timeout(silence_s):
                data = await reader.read(_CHUNK)
            if not data:
                raise ConnectionResetError("redis closed the link")
            self._parser.feed(data)
            while (message := self._parser.gets()) is not False:
                if isinstance(message, hiredis.ReplyError):
                    self._refused(message)
                # [message, channel, payload]
                elif message[0] == self._message:
                    self._hear(message[1], message[2])
                elif self._ended is not None and message[0] == b"sunsubscribe":
                    self._ended(message[1])

    def _refused(self, error: hiredis.ReplyError) -> None:
        if self._ended is None:
            raise ConnectionResetError(f"redis refused to subscribe: {error}")
        self._ended(None)

    async def _send(self, command: str, channels: Iterable[str]) -> None:
        writer: asyncio.StreamWriter = self._connection._writer
        for words in self._commands(command, channels):
            writer.write(hiredis.pack_command(words))
        await writer.drain()

    def _commands(self, command: str, channels: Iterable[str]) -> Iterable[Any]:
        if self._ended is None:
            return [(command, *channels)]
        by_slot: dict[int, list[str]] = {}
        for channel in channels:
            by_slot.setdefault(slot_of(channel), []).append(channel)
        return [(f"S{command}", *some) for some in by_slot.values()]
