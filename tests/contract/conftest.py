"""Processes that differ from the one that most tests share."""

import json
from collections.abc import AsyncIterator

import pytest

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.product import Product, serving
from tests.support.smtp import Post, post_office

HASTY = {"token_grace": 1.0, "beat": 0.5, "access_token": 5.0}


@pytest.fixture(scope="session")
async def hasty(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    """A process with short times and with its limits on, for what is about either."""
    changes = {"TEST_TIMES": json.dumps(HASTY), "RATE_LIMITS": "on"}
    async with serving(await databases.make(), servers.redis_url, **changes) as product:
        yield product


@pytest.fixture(scope="session")
async def mailing(servers: Embedded, databases: Databases) -> AsyncIterator[tuple[Product, Post]]:
    """A process that sends its mails, and the server that takes them."""
    async with post_office() as post:
        changes = {
            "SMTP_URL": f"smtp://127.0.0.1:{post.port}",
            "SMTP_FROM": "FocusHub <focus@hub.example>",
            "PUBLIC_URL": "https://hub.example",
        }
        async with serving(await databases.make(), servers.redis_url, **changes) as product:
            yield product, post
