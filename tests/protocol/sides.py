"""The two sides of each trap: what a scenario may do to a server, and our server doing it."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import asyncpg

from tests.support.product import Person, Product
from tests.support.raw import Endpoint, Raw

# What both answer in its turn, whatever became of the packets before it.
FENCE, BEYOND = "40/nowhere,", "44/nowhere,"
FORGOTTEN_WITHIN_S = 3.0


class Side(Protocol):
    """A server, ours or a stock one. Both have the events `clock:sync`, which is answered at once,
    and `timer:current`, which needs what may be spoiled or stalled."""

    endpoint: Endpoint
    entry: str

    async def enter(self) -> Raw: ...
    def spoiled(self) -> AbstractAsyncContextManager[None]: ...
    def stalled(self) -> AbstractAsyncContextManager[None]: ...
    async def remains(self) -> int: ...
    async def logged(self) -> int: ...
    async def asking_much(self) -> str: ...
    def asking_back(self) -> str: ...
    async def drain(self) -> None: ...


async def answered(raw: Raw, start: str) -> bool:
    """Whether a packet that begins so comes before what is asked now is answered."""
    await raw.send(FENCE)
    while not (packet := await raw.packet()).startswith((start, BEYOND)):
        continue
    return packet.startswith(start)


class Ours:
    """A `run.py` process of the product, and one person who connects to it."""

    def __init__(self, product: Product, person: Person, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.entry = "40" + json.dumps({"token": person.token})
        self._product = product
        self._person = person
        self._lines = 0
        assert product.process is not None
        assert product.process.stdout is not None
        self._out = product.process.stdout.fileno()
        # All the while, or else a full pipe would stop the process.
        os.set_blocking(self._out, False)
        asyncio.get_running_loop().add_reader(self._out, self._read_log)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._out)
        os.set_blocking(self._out, True)

    async def enter(self) -> Raw:
        raw = await self.endpoint.open()
        await raw.sign_in(self._person.token)
        return raw

    @asynccontextmanager
    async def spoiled(self) -> AsyncIterator[None]:
        """A table is not where it is looked for, which no code of ours expects."""
        await self._run("alter table time_entries rename to time_entries_away")
        try:
            yield
        finally:
            await self._run("alter table time_entries_away rename to time_entries")

    @asynccontextmanager
    async def stalled(self) -> AsyncIterator[None]:
        """A table is locked."""
        connection = await asyncpg.connect(self._product.database_url)
        try:
            async with connection.transaction():
                await connection.execute("lock table time_entries in access exclusive mode")
                yield
        finally:
            await connection.close()

    async def remains(self) -> int:
        """By the gauges of connections and of what they listen to; some time is given to it."""
        await asyncio.sleep(1.1)  # they are brought up to date every second
        try:
            async with asyncio.timeout(FORGOTTEN_WITHIN_S):
                while (kept := await self._present()) > 0:
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pass
        return kept

    async def _present(self) -> int:
        _, text, _ = await self._product.request("GET", "/metrics")
        names = ("focushub_connections ", "focushub_channels ")
        lines = [line for line in text.splitlines() if line.startswith(names)]
        return sum(int(float(line.split()[1])) for line in lines)

    async def logged(self) -> int:
        await self._product.request("GET", "/healthz")  # so that what was under way is done
        self._read_log()
        return self._lines

    async def asking_much(self) -> str:
        """Subscribing from a position that 300 events have come after."""
        live = await self._person.connect()
        channel = live.events[0][1]["channels"][0]
        for _ in range(150):
            await live.command("timer:start", description="語" * 490)
        await live.close()
        return json.dumps(["channel:subscribe", channel])

    def asking_back(self) -> str:
        """None: ours never asks a client."""
        return '["clock:sync",{"t0":1}]'

    async def drain(self) -> None:
        assert self._product.process is not None
        self._product.process.send_signal(signal.SIGTERM)

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self._product.database_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _read_log(self) -> None:
        try:
            while data := os.read(self._out, 65536):
                self._lines += data.count(b"\n")
            asyncio.get_running_loop().remove_reader(self._out)  # the process has ended
        except BlockingIOError:
            pass
