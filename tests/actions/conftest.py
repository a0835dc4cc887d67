"""Committers on a database of the test's own."""

from collections.abc import AsyncIterator

import pytest

from tests.support.commands import Desk, World


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with World.on(database_url) as world:
        yield world


@pytest.fixture
async def desk(world: World) -> Desk:
    return await world.desk()
