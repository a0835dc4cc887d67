"""Traps of pub/sub: publishes that are dropped, and a link that is half open and says nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio as aioredis
import socketio

from storage.cache import connect_redis
from storage.embedded import Embedded
from storage.hints import Hints
from tests.support.link import Link, link_to, socket_of
from tests.support.tcp import line_to

ROOT = Path(__file__).resolve().parents[2]
OURS = ("handlers", "rooms", "server", "storage")
# `Hints` gives up a link after 3 s of silence, and tries again every quarter of a second.
NOTICED_WITHIN_S, BACK_WITHIN_S = 4.5, 5.0


@pytest.fixture
async def link(servers: Embedded) -> AsyncIterator[Link]:
    async with link_to(servers.redis_url) as made:
        yield made


# -- `AsyncRedisManager._publish` tries twice


def test_ours_does_not_publish_through_the_manager_of_python_socketio() -> None:
    """Every event is in the log, and a hint that is lost is found (docs/ARCHITECTURE.md)."""
    for folder in OURS:
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for name in ("RedisManager", "PubSubManager", "client_manager"):
                assert name not in text, f"{path.relative_to(ROOT)} has {name}"


async def test_stock_drops_what_it_cannot_publish(servers: Embedded) -> None:
    """And tells nobody: neither its caller nor, when redis is back, the others."""
    told = []
    async with (
        line_to(path=socket_of(servers.redis_url)) as line,
        connect_redis(servers.redis_url) as client,
        client.pubsub(ignore_subscribe_messages=True) as heard,
    ):
        url = f"redis://127.0.0.1:{line.port}"
        manager = socketio.AsyncRedisManager(url, channel="trap", write_only=True)
        await heard.subscribe("trap")
        line.cut()
        await manager.emit("first", None, room="x", namespace="/")
        line.mend()
        await manager.emit("second", None, room="x", namespace="/")
        async with asyncio.timeout(5):
            async for message in heard.listen():
                told.append(json.loads(message["data"])["event"])
                if told[-1] == "second":
                    break
        await manager.redis.aclose()
    assert told == ["second"]


# -- `pubsub.listen()` waits for ever


async def test_ours_notices_a_link_that_is_half_open_and_makes_a_new_one(link: Link) -> None:
    missed = asyncio.Event()
    async with connect_redis(link.url) as client:
        hints = Hints(client, "trap", lambda _event: None, missed.set)
        hints.start()
        try:
            await asyncio.wait_for(missed.wait(), 5)
            missed.clear()
            link.freeze()
            async with asyncio.timeout(NOTICED_WITHIN_S):
                while hints.connected:
                    await asyncio.sleep(0.02)
            link.mend()
            await asyncio.wait_for(missed.wait(), BACK_WITHIN_S)
            assert hints.connected
        finally:
            await hints.close()


async def test_stock_waits_for_ever_at_a_link_that_is_half_open(
    servers: Embedded, link: Link
) -> None:
    """As `AsyncRedisManager._listen` does; longer than ours needs to notice."""
    async with connect_redis(servers.redis_url) as other:
        async with aioredis.Redis.from_url(link.url) as client, client.pubsub() as heard:
            await heard.subscribe("trap")
            async for message in heard.listen():
                if message["type"] == "subscribe":
                    break
            link.freeze()
            await other.publish("trap", "unheard")
            listening = asyncio.ensure_future(anext(heard.listen()))
            await asyncio.wait([listening], timeout=NOTICED_WITHIN_S)
            assert not listening.done()
            listening.cancel()
            link.mend()
