"""Fixtures of the protocol tests."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.support.product import Product
from tests.support.raw import Endpoint


@pytest.fixture
async def endpoint(product: Product) -> AsyncIterator[Endpoint]:
    """The Engine.IO endpoint of the shared server; what it opens ends with the test."""
    async with aiohttp.ClientSession() as http:
        yield Endpoint(product.url, http)
