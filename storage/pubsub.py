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

_CHUNK = 256 * 1024


class Subscriber:
    """One link that listens. `hear(channel, payload)` is called for each message."""

    def __init__(self, client: "aioredis.Redis", hear: Callable[[bytes, bytes], None]) -> None:
        self._pool = client.connection_pool
        self._hear = hear
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
                # [message, channel, payload]; what answers a subscription is of no interest.
                if message[0] == b"message":
                    self._hear(message[1], message[2])

    async def _send(self, command: str, channels: Iterable[str]) -> None:
        writer: asyncio.StreamWriter = self._connection._writer
        words: Any = (command, *channels)
        writer.write(hiredis.pack_command(words))
        await writer.drain()
