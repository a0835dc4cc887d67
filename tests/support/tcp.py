"""Below HTTP: bytes as they are, and a line that can be cut, or is slow."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

PATIENCE_S = 10.0

# How long the next piece is under way, in seconds.
Delay = Callable[[], float]


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
    """A TCP proxy in front of a server; `cut` breaks what goes through and refuses what comes.

    What goes there and what comes back may each take a time of its own.
    """

    def __init__(
        self,
        host: str | None,
        port: int | None,
        path: str | None,
        delays: tuple[Delay | None, Delay | None],
    ) -> None:
        self._target = (host, port, path)
        self._delays = delays
        self._whole = asyncio.Event()
        self._whole.set()
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    def cut(self) -> None:
        self._whole.clear()
        for writer in list(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        self._whole.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole.is_set():
            writer.transport.abort()
            return
        host, port, path = self._target
        opened = asyncio.open_unix_connection(path) if path else asyncio.open_connection(host, port)
        there, back = await opened
        self._open |= {writer, back}
        try:
            going, coming = self._delays
            await asyncio.gather(_pass_on(reader, back, going), _pass_on(there, writer, coming))
        finally:
            self._open -= {writer, back}
            for end in (writer, back):
                end.close()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: Delay | None
) -> None:
    with suppress(ConnectionError):
        if delay is None:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        else:
            await _pass_on_late(reader, writer, delay)
    writer.close()


async def _pass_on_late(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: Delay
) -> None:
    """Any number of pieces are under way at once, and none overtakes another."""
    loop = asyncio.get_running_loop()
    due = 0.0
    try:
        while data := await reader.read(65536):
            due = max(due + 1e-6, loop.time() + delay())
            loop.call_at(due, writer.write, data)
    finally:
        await asyncio.sleep(max(0.0, due - loop.time()))


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
        line.cut()
        server.close()
