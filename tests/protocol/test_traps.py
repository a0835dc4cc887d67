"""What python-socketio as it comes lets a single client do to a server, and this one does not.

Each trap is one scenario that is played against both. When a new release of python-socketio shows
another outcome, the override that keeps us out of the trap may go.
"""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from storage.embedded import Embedded
from tests.protocol.sides import Ours
from tests.protocol.stock import Stock, stock_server
from tests.protocol.traps import arriving, events, leaving, packets
from tests.protocol.traps.trap import Trap
from tests.support.databases import Databases
from tests.support.product import Product, serving
from tests.support.raw import Endpoint

BOUND_S = 30.0
SCENES = (arriving, packets, events, leaving)
TRAPS = {
    name: trap for scene in SCENES for name, trap in vars(scene).items() if isinstance(trap, Trap)
}


@pytest.fixture(scope="module")
async def process(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    """A process of the product whose pings are nearly as short as the stock server's."""
    times = '{"ping": 1, "pong": 1.5}'
    url = await databases.make()
    async with serving(url, servers.redis_url, TEST_TIMES=times) as product:
        yield product


@pytest.fixture
async def ours(process: Product) -> AsyncIterator[Ours]:
    async with aiohttp.ClientSession() as http:
        side = Ours(process, await process.person("ada"), Endpoint(process.url, http))
        yield side
        side.close()


@pytest.fixture
async def stock() -> AsyncIterator[Stock]:
    async with stock_server() as server:
        yield server


# The last scenario ends the server.
@pytest.mark.parametrize("name", TRAPS)
async def test_ours_keeps_out_of_the_trap_that(name: str, ours: Ours) -> None:
    async with asyncio.timeout(BOUND_S):
        assert await TRAPS[name].scenario(ours) == TRAPS[name].ours


@pytest.mark.parametrize("name", TRAPS)
async def test_stock_still_falls_into_the_trap_that(name: str, stock: Stock) -> None:
    async with asyncio.timeout(BOUND_S):
        assert await TRAPS[name].scenario(stock) == TRAPS[name].stock
