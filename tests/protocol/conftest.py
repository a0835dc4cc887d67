"""Fixtures of the protocol tests."""

from collections.abc import AsyncIterator

import pytest

from tests.protocol.raw import Raw
from tests.support.product import Product


@pytest.fixture
async def raw(product: Product) -> AsyncIterator[Raw]:
    """A client by hand of the shared server."""
    async with Raw(product.url) as made:
        yield made
