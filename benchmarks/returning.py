"""Connections that come back by themselves after their server was killed, as the page does."""

import asyncio
import os
import random
import signal
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from benchmarks.load import Client, until
from benchmarks.report import Rows
from benchmarks.world import target
from storage.embedded import Embedded

FROM_ONE_ADDRESS = 5000
OPEN_WITHIN_S = 10.0  # as the page does
LONGEST_PAUSE_S, FIRST_PAUSE_S = 10.0, 0.4


def source_of(number: int) -> str:
    """The address that a connection comes from."""
    return f"127.0.0.{2 + number // FROM_ONE_ADDRESS}"


@dataclass
class Storm:
    """Who is live, and how often they have tried. What to wait is static/js/domain/connection.js:
    min(10, 0.4 × 2^failures) s, of which half is left to chance."""

    url: str
    dice: random.Random = field(default_factory=lambda: random.Random(3))
    live: int = 0
    attempts: int = 0
    clients: set[Client] = field(default_factory=set)

    @asynccontextmanager
    async def staying(self, tokens: Sequence[str]) -> AsyncIterator[None]:
        """Whoever has these tokens comes, some hundreds a second, and stays."""
        tasks = []
        for number, token in enumerate(tokens):
            tasks.append(asyncio.create_task(self.stay(number, token)))
            if number % 50 == 49:
                await asyncio.sleep(0.05)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def drop_all(self) -> None:
        """Break all connections, as a network does."""
        for client in list(self.clients):
            client.break_off()

    async def stay(self, number: int, token: str) -> None:
        """Be connected; whenever that fails or ends, try again a while later."""
        failures = 0
        while True:
            client = await self._open(number, token)
            if client is not None:
                failures = 0
                await self._be_live(client)
            await asyncio.sleep(self._pause_s(failures))
            failures += 1

    async def _open(self, number: int, token: str) -> Client | None:
        self.attempts += 1
        try:
            async with asyncio.timeout(OPEN_WITHIN_S):
                return await Client.open(self.url, token, source_of(number))
        except Exception:  # whatever it was, the page tries again
            return None

    async def _be_live(self, client: Client) -> None:
        ended = asyncio.Event()
        client.on_end = ended.set
        self.live += 1
        self.clients.add(client)
        try:
            if not client.ended:
                await ended.wait()
        finally:
            self.live -= 1
            self.clients.discard(client)
            client.break_off()

    def _pause_s(self, failures: int) -> float:
        most = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**failures)
        return float(most * (0.5 + self.dice.random() / 2))


async def come_back(embedded: Embedded, secret: str, count: int) -> Rows:
    """The server is killed under all of them and started again on the same port."""
    port = str(free_port())
    async with AsyncExitStack() as stack:
        async with target("focushub", embedded, secret, PORT=port) as server:
            storm = Storm(server.url)
            await stack.enter_async_context(storm.staying(server.tokens[:count]))
            await until(lambda: storm.live == count, 300)
            await asyncio.sleep(3)
            os.kill(server.pid, signal.SIGKILL)
        await until(lambda: storm.live == 0)
        storm.attempts = 0
        async with target("focushub", embedded, secret, PORT=port) as server:
            began, arrived = time.perf_counter(), []
            for share in (0.5, 0.9, 0.99, 1.0):
                await _until_live(storm, share * count)
                arrived.append((share, time.perf_counter() - began))
            cpu = server.cpu_s()
            await stack.aclose()
    name = "killed and started again"
    return [
        *((name, f"s until {share:.0%} are back", seconds) for share, seconds in arrived),
        (name, "attempts a connection", storm.attempts / count),
        (name, "server CPU, µs a connection, its start included", cpu / count * 1e6),
    ]


async def _until_live(storm: Storm, count: float) -> None:
    await until(lambda: storm.live >= count, 300)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
