"""Servers that may be killed: a Postgres and a Valkey of their own, once for a process of tests."""

from collections.abc import AsyncIterator

import pytest

from tests.faults.instances import Fleet, fleet_of
from tests.faults.servers import Stores, open_stores
from tests.support.databases import Databases


@pytest.fixture(scope="session")
async def _opened() -> AsyncIterator[tuple[Stores, Databases]]:
    async with open_stores() as opened:
        yield opened


@pytest.fixture
async def stores(_opened: tuple[Stores, Databases]) -> AsyncIterator[Stores]:
    """Both alive and awake; whatever a test does to them is mended after it."""
    stores, _ = _opened
    await stores.forget()
    yield stores
    await stores.heal()


@pytest.fixture
async def database(stores: Stores, _opened: tuple[Stores, Databases]) -> AsyncIterator[str]:
    """A migrated database of the test's own, on the server that may be killed."""
    _, databases = _opened
    url = await databases.make()
    yield url
    await stores.heal()
    await databases.drop(url)


@pytest.fixture(scope="module")
async def _two(_opened: tuple[Stores, Databases]) -> AsyncIterator[Fleet]:
    stores, databases = _opened
    url = await databases.make()
    async with fleet_of(url, [stores.redis.url] * 2) as fleet:
        yield fleet
    await stores.heal()
    await databases.drop(url)


@pytest.fixture
async def two(_two: Fleet, stores: Stores) -> AsyncIterator[Fleet]:
    """Two instances that the tests of a module share, and that have to outlive all that these do
    to their servers."""
    await _two.until_metric("focushub_redis_connected", 1)
    yield _two
    for member in _two.members:
        assert member.alive
        assert member.starts == 1
        assert member.tracebacks == []
