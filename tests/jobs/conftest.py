"""One database for all tests of a module, since each makes users of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.support.commands import Desk, World
from tests.support.databases import Databases


@pytest.fixture(scope="module")
async def url(databases: Databases) -> AsyncIterator[str]:
    url = await databases.make()
    yield url
    await databases.drop(url)


@pytest.fixture(scope="module")
async def world(url: str) -> AsyncIterator[World]:
    async with World.on(url) as world:
        yield world


@pytest.fixture(scope="module")
async def desk(world: World) -> Desk:
    return await world.desk()
