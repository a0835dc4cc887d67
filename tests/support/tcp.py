"""Below HTTP: bytes as they are, and a line that can be cut, or is slow."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

PATIENCE_S = 10.0

# How long the next piece is under way, in seconds.
Delay = Callable[[], float]
# What is let through of what one connection's server says; it sees all of it, piece by piece.
Sieve = Callable[[bytes], bytes]


async def exchange(url: str, *parts: bytes) -> bytes:
    """Send these bytes to the server at `url`; its answer, or all that it says before it ends."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        async with asyncio.timeout(PATIENCE_S):
            for part in parts:
                writer.write(part)
                with suppress(ConnectionError):  # it may have answered and hung up already
                    await writer.drain()
            return await _answer(reader)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """One answer of HTTP, for which the server need not hang up; not one that says to go on."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as cut:
        return cut.partial
    if head.startswith(b"HTTP/1.1 100 "):
        return await _answer(reader)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return head + (await reader.readexactly(int(length[1])) if length else await reader.read())


class Line:
    """A TCP proxy in front of a server, and all that may happen on the way to it.

    `cut` breaks what goes through and refuses what comes, `kick` only breaks what goes through,
    `freeze` lets nothing pass and tells nobody. `delays` (there, back), `slow` (bytes a second)
    and `sieve` may be set at any time; a sieve is made for each connection that comes after.
    """

    def __init__(
        self,
        host: str | None,
        port: int | None,
        path: str | None,
        delays: tuple[Delay | None, Delay | None],
    ) -> None:
        self._target = (host, port, path)
        self.delays = delays
        self.slow: float | None = None
        self.sieve: Callable[[], Sieve] | None = None
        self._whole = asyncio.Event()
        self._whole.set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    def cut(self) -> None:
        self._whole.clear()
        self.kick()

    def kick(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        """After `cut` or `freeze`: what was frozen is lost, what comes now passes."""
        if not self._flowing.is_set():
            self.kick()
        self._flowing.set()
        self._whole.set()

    def freeze(self) -> None:
        self._flowing.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole.is_set():
            writer.transport.abort()
            return
        self._open.add(writer)
        back = None
        try:
            host, port, path = self._target
            opened = (
                asyncio.open_unix_connection(path) if path else asyncio.open_connection(host, port)
            )
            there, back = await opened
            self._open.add(back)
            sieve = self.sieve and self.sieve()
            await asyncio.gather(
                self._pass_on(reader, back, 0, None), self._pass_on(there, writer, 1, sieve)
            )
        except OSError:  # nobody is at home
            writer.transport.abort()
        finally:
            for end in filter(None, (writer, back)):
                self._open.discard(end)
                end.close()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        way: int,
        sieve: Sieve | None,
    ) -> None:
        """Any number of pieces are under way at once, and none overtakes another."""
        loop = asyncio.get_running_loop()
        due = 0.0
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                if sieve is not None and not (data := sieve(data)):
                    continue
                if self.slow:
                    await asyncio.sleep(len(data) / self.slow)
                delay = self.delays[way]
                if delay is None and due <= loop.time():
                    writer.write(data)
                    await writer.drain()
                else:
                    due = max(due + 1e-6, loop.time() + (delay() if delay else 0.0))
                    loop.call_at(due, writer.write, data)
        await asyncio.sleep(max(0.0, due - loop.time()))
        writer.close()


@asynccontextmanager
async def line_to(
    *,
    host: str | None = None,
    port: int | None = None,
    path: str | None = None,
    delays: tuple[Delay | None, Delay | None] = (None, None),
) -> AsyncIterator[Line]:
    """A line to a TCP address or a unix socket; `line.port` is its end on 127.0.0.1."""
    line = Line(host, port, path, delays)
    server = await asyncio.start_server(line._carry, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        line.mend()
        line.cut()
        server.close()
