"""[P1] What instances write of presence in Redis holds for a lease, and is lost as a whole."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import pytest
import redis.asyncio as aioredis

from storage import keys
from storage.cache import connect_redis
from storage.embedded import Embedded
from storage.presence import PresenceAway, PresenceBook, Said
from tests.support.link import link_to

LONG = timedelta(seconds=60)
SHORT = timedelta(milliseconds=300)
_epochs = count(1)


@pytest.fixture
async def redis(servers: Embedded) -> AsyncIterator["aioredis.Redis"]:
    client = connect_redis(servers.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def epoch() -> str:
    return f"presence{next(_epochs)}"


async def words(book: PresenceBook, channel: str) -> dict[str, str]:
    """What holds on a channel, by instance."""
    heard = await book.hear({channel: ""})
    return (
        {who: text.decode() for who, (_, text) in heard[channel].words.items()}
        if channel in heard
        else {}
    )


async def test_what_is_said_is_heard_until_it_is_taken_back(
    redis: "aioredis.Redis", epoch: str
) -> None:
    here, there = PresenceBook(redis, epoch), PresenceBook(redis, epoch)
    assert await words(there, "project:1") == {}
    await here.say([Said("project:1", "1", "[1]"), Said("project:2", "2", "[2]")], LONG)
    await there.say([Said("project:1", "1", "[3]")], LONG)
    assert await words(here, "project:1") == {here.instance: "[1]", there.instance: "[3]"}
    assert await words(there, "project:2") == {here.instance: "[2]"}
    await here.say([Said("project:1")], LONG)
    assert await words(here, "project:1") == {there.instance: "[3]"}
    await there.say([Said("project:1")], LONG)
    assert await words(here, "project:1") == {}
    assert await redis.keys(f"*{epoch}:project:1:*") == []


async def test_only_what_has_changed_is_heard_again(redis: "aioredis.Redis", epoch: str) -> None:
    here, there = PresenceBook(redis, epoch), PresenceBook(redis, epoch)
    channels = [f"project:{n}" for n in range(200)]
    await here.say([Said(name, "1", "[]") for name in channels], LONG)
    heard = await there.hear(dict.fromkeys(channels, ""))
    assert set(heard) == set(channels)
    known = {name: heard[name].version for name in channels}
    assert await there.hear(known) == {}
    await here.say([Said("project:7", "2", "[1]"), Said("project:9")], LONG)
    await here.say([Said("project:8", "1")], LONG)
    assert set(await there.hear(known)) == {"project:7", "project:9"}


async def test_many_channels_are_said_and_heard_in_portions(
    redis: "aioredis.Redis", epoch: str
) -> None:
    here, there = PresenceBook(redis, epoch), PresenceBook(redis, epoch)
    names = [f"room:{n}" for n in range(700)] + [f"project:{n}" for n in range(20_000, 20_700)]
    assert await here.say([Said(name, "1", f'["{name}"]') for name in names], LONG) == set()
    heard = await there.hear(dict.fromkeys(names, ""))
    assert {name: h.words for name, h in heard.items()} == {
        name: {here.instance: ("1", f'["{name}"]'.encode())} for name in names
    }
    lost = await there.say([Said(name, "1") for name in names], LONG)
    assert lost == set(names)


async def test_a_lease_runs_out_unless_it_is_renewed(redis: "aioredis.Redis", epoch: str) -> None:
    here, there = PresenceBook(redis, epoch), PresenceBook(redis, epoch)
    await here.say([Said("project:1", "1", "[1]")], SHORT)
    await there.say([Said("project:1", "1", "[2]")], SHORT)
    version = (await here.hear({"project:1": ""}))["project:1"].version
    for _ in range(4):
        await asyncio.sleep(0.15)
        assert await here.say([Said("project:1", "1")], SHORT) == set()
    heard = await here.hear({"project:1": version})
    assert set(heard["project:1"].words) == {here.instance}
    await asyncio.sleep(0.35)
    assert await words(there, "project:1") == {}


async def test_everything_has_an_end(redis: "aioredis.Redis", epoch: str) -> None:
    """Even if nobody ever reads it again."""
    book = PresenceBook(redis, epoch)
    await book.say([Said("project:1", "1", "[1]")], SHORT)
    for key in keys.presence_keys(epoch, "project:1"):
        assert 0 < await redis.pttl(key) <= 4 * 300


async def test_what_was_lost_is_not_renewed_but_named(redis: "aioredis.Redis", epoch: str) -> None:
    """Each channel by itself: the caller says it again, and then it holds."""
    book = PresenceBook(redis, epoch)
    await book.say([Said("project:1", "1", "[1]"), Said("project:2", "1", "[2]")], LONG)
    await redis.delete(*keys.presence_keys(epoch, "project:1"))
    again = [Said("project:1", "1"), Said("project:2", "1")]
    assert await book.say(again, LONG) == {"project:1"}
    assert await book.say([Said("project:2", "17")], LONG) == {"project:2"}
    await book.say([Said("project:1", "2", "[1]")], LONG)
    assert await words(book, "project:1") == {book.instance: "[1]"}


async def test_versions_never_come_again(redis: "aioredis.Redis", epoch: str) -> None:
    """Not after a loss either, so that nobody takes what is new for what they know."""
    book = PresenceBook(redis, epoch)
    seen = set()
    for number in range(50):
        if number % 7 == 0:
            await redis.delete(*keys.presence_keys(epoch, "project:1"))
        await book.say([Said("project:1", str(number), "[]")], LONG)
        seen.add((await book.hear({"project:1": ""}))["project:1"].version)
    assert len(seen) == 50


async def test_a_server_without_the_scripts_is_given_them(
    redis: "aioredis.Redis", epoch: str
) -> None:
    book = PresenceBook(redis, epoch)
    await redis.script_flush()
    await book.say([Said(f"project:{n}", "1", "[1]") for n in range(100)], LONG)
    await redis.script_flush()
    assert await words(book, "project:99") == {book.instance: "[1]"}


async def test_the_keys_of_a_channel_lie_together() -> None:
    """So that one script may touch them on a Cluster."""
    until, said = keys.presence_keys("e", "room:5")
    tag = f"{{{keys.TAGS[keys.partition_of('room:5')]}}}"
    assert tag in until
    assert tag in said
    assert until != said


async def test_a_server_that_is_silent_is_given_up_soon(servers: Embedded, epoch: str) -> None:
    async with link_to(servers.redis_url) as link:
        client = connect_redis(link.url)
        book = PresenceBook(client, epoch)
        await book.say([Said("project:1", "1", "[1]")], LONG)
        link.freeze()
        began = time.monotonic()
        with pytest.raises(PresenceAway):
            await book.hear({"project:1": ""})
        assert time.monotonic() - began < 1.5
        link.mend()
        assert await words(book, "project:1") == {book.instance: "[1]"}
        await client.aclose()
