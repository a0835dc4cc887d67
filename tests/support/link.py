"""A line between a server and its Redis that a test can cut, freeze and mend."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest


class Link:
    """A TCP proxy on loopback in front of the unix socket of a Redis; `url` is its address."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.url = ""

    def cut(self) -> None:
        """Break every connection; new ones may be made at once."""
        for writer in list(self._open):
            writer.transport.abort()

    def freeze(self) -> None:
        """Let nothing through any more, and say so to nobody: the line is half open."""
        self._flowing.clear()

    def mend(self) -> None:
        """After `freeze`: what was frozen is gone, what comes now passes."""
        self.cut()
        self._flowing.set()

    async def cut_at_random(self, seed: int, between_s: tuple[float, float]) -> None:
        """Cut again and again, until cancelled."""
        dice = random.Random(seed)
        while True:
            await asyncio.sleep(dice.uniform(*between_s))
            self.cut()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        back = None
        try:
            there, back = await asyncio.open_unix_connection(self._path)
            self._open.add(back)
            await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))
        finally:
            for end in filter(None, (writer, back)):
                self._open.discard(end)
                end.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


def socket_of(redis_url: str) -> str:
    """The socket of the only server. On a Cluster a line to one node is no line to all of it:
    what happens there, tests/socket/test_cluster.py shows."""
    address = urlsplit(redis_url)
    if address.scheme != "unix":
        pytest.skip("asks for the line to the only Redis")
    return address.path


@asynccontextmanager
async def link_to(redis_url: str) -> AsyncIterator[Link]:
    link = Link(socket_of(redis_url))
    server = await asyncio.start_server(link.carry, "127.0.0.1", 0)
    link.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    try:
        yield link
    finally:
        server.close()
        link.mend()
