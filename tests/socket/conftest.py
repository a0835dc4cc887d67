"""A process whose presence is quick."""

import json
from collections.abc import AsyncIterator

import pytest

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.presence import QUICK
from tests.support.product import Person, Product, serving


@pytest.fixture(scope="session")
async def quick_process(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    url = await databases.make()
    async with serving(url, servers.redis_url, TEST_TIMES=json.dumps(QUICK)) as product:
        yield product


@pytest.fixture
async def product(quick_process: Product) -> AsyncIterator[Product]:
    """In place of the process that other tests share."""
    yield quick_process
    for person in quick_process.people:
        await person.close()
    quick_process.people.clear()


@pytest.fixture
async def cy(product: Product) -> Person:
    return await product.person("cy")
