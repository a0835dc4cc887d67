"""A real Postgres and a real Valkey, each a child of the test that it may do anything to."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import redis.asyncio as aioredis

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.folders import open_folder
from tests.support.tcp import Line

PATIENCE_S = 60.0


class Store:
    """One server with data of its own on disk, with fsync, as an operator has it."""

    def __init__(self, folder: Path, *, postgres: bool) -> None:
        self._embedded = Embedded(folder, postgres=postgres, valkey=not postgres)

    def start(self) -> None:
        self._embedded.start()

    def stop(self) -> None:
        self.resume()
        self._embedded.stop()

    @property
    def url(self) -> str:
        return self._embedded.database_url or self._embedded.redis_url

    @property
    def path(self) -> str:
        """The unix socket that it listens on."""
        address = urlsplit(self.url)
        if address.scheme == "unix":
            return address.path
        return f"{parse_qs(address.query)['host'][0]}/.s.PGSQL.5432"

    def url_by(self, line: Line, url: str = "") -> str:
        """Its address, or that of one of its databases, by a line."""
        address = urlsplit(url or self.url)
        if address.scheme == "unix":
            return f"redis://127.0.0.1:{line.port}/0"
        there = address.netloc.rpartition("@")[0] + f"@127.0.0.1:{line.port}"
        return urlunsplit(address._replace(netloc=there, query=""))

    @property
    def pid(self) -> int:
        (server,) = self._embedded._servers
        assert server._process is not None
        return server._process.pid

    def kill(self) -> None:
        """kill -9, of Postgres's children too: nobody has time for anything."""
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: it is there, and says nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    async def restart(self) -> None:
        """As an operator does it: a clean stop, and a start."""
        (server,) = self._embedded._servers
        assert server._process is not None
        server.ask_to_stop()
        await asyncio.to_thread(server._process.wait, PATIENCE_S)
        await self.revive()

    async def revive(self) -> None:
        """Start what has died, on the same data; returns when it takes connections."""
        (server,) = self._embedded._servers
        assert server._process is not None
        await asyncio.to_thread(server._process.wait, PATIENCE_S)
        self._embedded.revive()
        async with asyncio.timeout(PATIENCE_S):
            while not server.ready():
                await asyncio.sleep(0.01)

    async def heal(self) -> None:
        """Whatever a test has left it in: alive and awake."""
        self.resume()
        if self._embedded.alive():
            await self.revive()

    def _signal(self, signum: int) -> None:
        # First the parent, which could start others.
        for pid in (self.pid, *children_of(self.pid)):
            try:
                os.kill(pid, signum)
            except ProcessLookupError:
                continue


def children_of(parent: int) -> list[int]:
    """The direct children of a process."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            after_name = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) == parent:
            found.append(int(name))
    return found


class Stores:
    """A Postgres with databases to be had, and a Valkey."""

    def __init__(self, folder: Path) -> None:
        self.postgres = Store(folder / "postgres", postgres=True)
        self.redis = Store(folder / "redis", postgres=False)

    async def heal(self) -> None:
        await self.postgres.heal()
        await self.redis.heal()

    async def forget(self) -> None:
        """Empty Redis of what earlier databases have left in it."""
        client = aioredis.Redis.from_url(self.redis.url)
        await client.flushall()
        await client.aclose()


@asynccontextmanager
async def open_stores() -> AsyncIterator[tuple[Stores, Databases]]:
    with open_folder() as folder:
        stores = Stores(folder)
        try:
            stores.postgres.start()
            stores.redis.start()
            databases = Databases(stores.postgres.url)
            await databases.prepare()
            yield stores, databases
        finally:
            stores.redis.stop()
            stores.postgres.stop()
