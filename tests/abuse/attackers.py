"""Those who mean no good, below what any client library sends: bytes, and how many of them."""

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.support.product import Product
from tests.support.raw import PATH, WEBSOCKET

HANDSHAKE = (
    f"GET {PATH}?{WEBSOCKET} HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
).encode()
TEXT, PING, PONG = 1, 9, 10
_PIECE = 64 * 1024
# Long enough for a slow machine, and short enough for a test that waits in vain.
PATIENCE_S = 45.0

_places = itertools.count(1)


def place() -> str:
    """An address of this machine from which nobody has called yet."""
    number = next(_places)
    return f"127.{os.getpid() % 200 + 1}.{number // 250}.{number % 250 + 1}"


def frame(opcode: int, payload: bytes | str) -> bytes:
    """A frame as clients send it, with the mask 0."""
    raw = payload.encode() if isinstance(payload, str) else payload
    size = len(raw)
    if size < 126:
        head = bytes((0x80 | size,))
    elif size < 65536:
        head = b"\xfe" + size.to_bytes(2, "big")
    else:
        head = b"\xff" + size.to_bytes(8, "big")
    return bytes((0x80 | opcode,)) + head + bytes(4) + raw


class Attacker:
    """One TCP connection, from an address of its own unless it is told from where."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.sent = 0
        self.heard = b""
        self.dripping: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, product: Product, at: str | None = None) -> "Attacker":
        url = urlsplit(product.url)
        return cls(
            *await asyncio.open_connection(
                url.hostname, url.port, local_addr=(at or place(), 0), limit=4 * _PIECE
            )
        )

    @classmethod
    async def websocket(cls, product: Product, token: str | None = None) -> "Attacker":
        """A websocket, signed in where there is a token."""
        made = await cls.connect(product)
        made.writer.write(HANDSHAKE)
        await made.reader.readuntil(b'"maxPayload":131072}')
        if token is not None:
            made.writer.write(frame(TEXT, "40" + json.dumps({"token": token})))
            await made.reader.readuntil(b'"connection:ready"')
        return made

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        with suppress(ConnectionError):
            await self.writer.drain()

    async def flood(self, data: bytes) -> None:
        """Send this again and again, as fast as it is taken, until the server ends it."""
        with suppress(ConnectionError):
            while not self.writer.transport.is_closing():
                self.writer.write(data)
                await self.writer.drain()
                self.sent += len(data)

    async def drip(self, data: bytes, every_s: float = 0.5) -> None:
        """Send this piece again and again, slowly, until the server ends it."""
        with suppress(ConnectionError):
            while not self.writer.transport.is_closing():
                self.writer.write(data)
                await self.writer.drain()
                await asyncio.sleep(every_s)

    async def hear_all(self) -> bytes:
        """All that comes until the server ends it."""
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE_S):
                while piece := await self.reader.read(_PIECE):
                    self.heard += piece
        return self.heard

    def close(self) -> None:
        if self.dripping is not None:
            self.dripping.cancel()
        self.writer.transport.abort()

    @property
    def problem(self) -> Any:
        """The problem+json at the end of what was heard."""
        return json.loads(self.heard.partition(b"\r\n\r\n")[2])


@asynccontextmanager
async def calling_from(product: Product, at: str) -> AsyncIterator[Product]:
    """The same server, called from another address of this machine."""
    connector = aiohttp.TCPConnector(local_addr=(at, 0))
    async with aiohttp.ClientSession(connector=connector) as http:
        yield Product(product.url, product.database_url, product.redis_url, http, product.process)
