"""A process with its limits on, and few connections to give."""

from collections.abc import AsyncIterator

import pytest

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.product import Product, serving

PER_USER, PER_ADDRESS = 5, 40


@pytest.fixture(scope="session")
async def guarded(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    changes = {
        "RATE_LIMITS": "on",
        "MAX_CONNECTIONS_PER_USER": str(PER_USER),
        "MAX_CONNECTIONS_PER_ADDRESS": str(PER_ADDRESS),
    }
    async with serving(await databases.make(), servers.redis_url, **changes) as product:
        yield product
