"""python-socketio as it comes, on aiohttp, with the handlers that the scenarios of the traps need.

Its handlers stand for ours: one answers at once, one needs something that may fail or stall as a
database does, one answers at length. Nothing of it is overridden; where a trap takes as long as
the ping, the ping is shortened by the constructor's own parameters.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import socketio
from aiohttp import web

from tests.support.raw import Endpoint, Raw

PING_S, PONG_S = 0.2, 1.0
MUCH = "x" * 600_000
_ENTRY = '40{"token":"anybody"}'


class _Log(logging.Handler):
    """Counts the lines that are logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += self.format(record).count("\n") + 1


class Stock:
    """One such server, in this process; its insides may be looked at."""

    def __init__(self) -> None:
        self._log = _Log()
        logger = logging.Logger("stock", logging.ERROR)
        logger.addHandler(self._log)
        self.sio = socketio.AsyncServer(
            async_mode="aiohttp",
            ping_interval=PING_S,
            ping_timeout=PONG_S,
            logger=logger,
            engineio_logger=logger,
        )
        self.endpoint: Endpoint
        self.entry = _ENTRY
        self.connected: list[tuple[str, Any]] = []
        self._broken = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._under_way = 0
        self.sio.on("connect", self._connect)
        self.sio.on("clock:sync", self._at_once)
        self.sio.on("timer:current", self._current)
        self.sio.on("much", self._much)
        self.sio.on("asks:back", self._ask_back)

    async def enter(self) -> Raw:
        """A connection that was let in."""
        raw = await self.endpoint.open()
        await raw.send(self.entry)
        await raw.until("40")
        return raw

    @asynccontextmanager
    async def spoiled(self) -> AsyncIterator[None]:
        """Whatever handlers need is broken: they raise."""
        self._broken = True
        yield
        self._broken = False

    @asynccontextmanager
    async def stalled(self) -> AsyncIterator[None]:
        """Whatever handlers need does not answer."""
        self._flowing.clear()
        try:
            yield
        finally:
            self._flowing.set()

    async def remains(self) -> int:
        """How many connections are kept when all who came have gone."""
        while self._under_way or any(not s.closed for s in self.sio.eio.sockets.values()):
            await asyncio.sleep(0.01)
        return len(self.sio.manager.rooms.get("/", {}).get(None, {}))

    async def logged(self) -> int:
        """How many lines it has logged."""
        return self._log.lines

    async def asking_much(self) -> str:
        """An event, as it stands in its packet, whose answer has some hundred KiB."""
        return '["much"]'

    def asking_back(self) -> str:
        """An event on which it asks the client something, if it ever does."""
        return '["asks:back"]'

    async def drain(self) -> None:
        """Send the clients away, as its documentation has it."""
        for sid in list(self.sio.manager.rooms["/"][None]):
            await self.sio.disconnect(sid)

    async def _needed(self) -> None:
        self._under_way += 1
        try:
            await self._flowing.wait()
            if self._broken:
                raise RuntimeError("the database is away")
        finally:
            self._under_way -= 1

    async def _connect(self, _sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        await self._needed()
        self.connected.append((environ["REMOTE_ADDR"], auth))

    async def _at_once(self, _sid: str, _data: Any) -> dict[str, bool]:
        return {"ok": True}

    async def _current(self, _sid: str, _data: Any) -> dict[str, bool]:
        await self._needed()
        return {"ok": True}

    async def _much(self, _sid: str) -> str:
        return MUCH

    async def _ask_back(self, sid: str) -> dict[str, bool]:
        await self.sio.call("question", to=sid, timeout=2)
        return {"ok": True}


@asynccontextmanager
async def stock_server() -> AsyncIterator[Stock]:
    """A stock server on a port of loopback."""
    made = Stock()
    app = web.Application()
    made.sio.attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as http:
            made.endpoint = Endpoint(f"http://127.0.0.1:{runner.addresses[0][1]}", http)
            yield made
    finally:
        await made.sio.shutdown()
        await runner.cleanup()
