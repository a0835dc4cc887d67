"""One server that the benchmarks' own code is tried on, with few people."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from benchmarks.world import Target, people_in, tokens_of
from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.product import SECRET, serving

PEOPLE = 40


@dataclass(frozen=True)
class Measured:
    """A server as benchmarks take it, and its database."""

    target: Target
    database_url: str


@pytest.fixture(scope="session")
async def measured(servers: Embedded, databases: Databases) -> AsyncIterator[Measured]:
    url = await databases.make()
    await people_in(url, PEOPLE)
    async with serving(url, servers.redis_url, RATE_LIMITS="off") as product:
        assert product.process is not None
        tokens = tokens_of(SECRET, PEOPLE)
        target = Target("focushub", product.url, product.process.pid, tokens, servers.redis_url)
        yield Measured(target, url)
