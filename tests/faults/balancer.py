"""A small TCP balancer, as one stands before instances: it asks who is ready, and sends new
connections to those in turn."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import aiohttp

from tests.faults.instances import Fleet

_ASK_EVERY_S = 0.2


class Balancer:
    """`url` is its address; `sent` counts the connections by the instance they went to."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._ready: list[str] = []
        self._turns = itertools.count()
        self._carrying: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self.url = ""
        self.sent: dict[str, int] = dict.fromkeys(fleet.urls, 0)
        self.refused = 0

    async def sees(self, ready: list[str]) -> None:
        """Wait until these and no others are ready."""
        while sorted(self._ready) != sorted(ready):
            self._changed.clear()
            await self._changed.wait()

    async def ask_for_ever(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
            while True:
                urls = self._fleet.urls
                answers = await asyncio.gather(*(_is_ready(http, url) for url in urls))
                # Who is slow to answer is what it was.
                answers = [
                    url in self._ready if a is None else a
                    for url, a in zip(urls, answers, strict=True)
                ]
                self._ready = list(itertools.compress(urls, answers))
                self._changed.set()
                await asyncio.sleep(_ASK_EVERY_S)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back = None
        try:
            there, back = await self._connect()
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        except OSError:
            self.refused += 1
        finally:
            for end in filter(None, (writer, back)):
                end.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the next that takes it; one that does not is passed over."""
        turn = next(self._turns)
        ready = list(self._ready)
        for url in ready[turn % len(ready) :] + ready[: turn % len(ready)] if ready else []:
            address = urlsplit(url)
            with suppress(OSError):
                opened = await asyncio.open_connection(address.hostname, address.port)
                self.sent[url] += 1
                return opened
        raise ConnectionRefusedError


async def _is_ready(http: aiohttp.ClientSession, url: str) -> bool | None:
    try:
        async with http.get(f"{url}/readyz") as answer:
            return answer.status == 200
    except TimeoutError:
        return None
    except (OSError, aiohttp.ClientError):
        return False


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What the one side says to the other, its end included, and whether that was in order."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.transport.abort()


@asynccontextmanager
async def balancing(fleet: Fleet) -> AsyncIterator[Balancer]:
    """A balancer on loopback before the instances of a fleet, all of which are ready."""
    balancer = Balancer(fleet)
    asking = asyncio.create_task(balancer.ask_for_ever())
    server = await asyncio.start_server(balancer.carry, "127.0.0.1", 0, backlog=2048)
    balancer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        async with asyncio.timeout(60):
            await balancer.sees(fleet.urls)
        yield balancer
    finally:
        asking.cancel()
        server.close()
        await asyncio.gather(asking, return_exceptions=True)
