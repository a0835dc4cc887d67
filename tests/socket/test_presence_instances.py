"""[P1, P2] Presence over several instances, and what becomes of it when one of them, or Redis,
goes away."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from handlers.actions.services import Terms
from storage.cache import connect_redis
from storage.embedded import Embedded
from tests.support.live import Live
from tests.support.presence import GRACE_S, LEASE_S, QUICK, Onlooker, enter, team
from tests.support.product import Person, Product, serving


@asynccontextmanager
async def two(database_url: str, redis_url: str) -> AsyncIterator[tuple[Product, Product]]:
    async with AsyncExitStack() as stack:
        changes = {"TEST_TIMES": json.dumps(QUICK)}
        here, there = await asyncio.gather(
            *(
                stack.enter_async_context(serving(database_url, redis_url, **changes))
                for _ in range(2)
            )
        )
        yield here, there


@pytest.fixture
async def own_valkey(folder: Path) -> AsyncIterator[Embedded]:
    """A Valkey of the test's own, to be stopped and started."""
    valkey = Embedded(folder, postgres=False, durable=False)
    valkey.start()
    yield valkey
    valkey.stop()


async def pair(here: Product, there: Product) -> tuple[Person, Person, str, Onlooker, Live]:
    """Ada looks on here; Bo is there."""
    ada, bo = await here.person("ada"), await here.person("bo")
    channel = await team(ada, bo)
    other = await enter(bo, channel, there.url)
    looker = await Onlooker.on(await ada.connect(), channel)
    await looker.shows({ada.id: "active", bo.id: "active"})
    return ada, bo, channel, looker, other


async def test_a_user_of_two_instances_is_counted_once(
    servers: Embedded, database_url: str
) -> None:
    async with two(database_url, servers.redis_url) as (here, there):
        ada, bo, channel, looker, other = await pair(here, there)
        second = await enter(bo, channel, here.url)
        far = await Onlooker.on(await Live.open(there.url, ada.token), channel)
        await far.shows({ada.id: "active", bo.id: "active"})
        await other.do("channel:unsubscribe", channel=channel)
        await looker.hears_nothing(GRACE_S + 0.8)
        await other.do("channel:subscribe", channel=channel)
        await second.close()
        await looker.hears_nothing(GRACE_S + 0.8)
        # One who drops here and comes back there was never away.
        await other.close()
        await asyncio.sleep(GRACE_S / 2)
        other = await enter(bo, channel, here.url)
        await looker.hears_nothing(GRACE_S + 0.8)
        await other.do("channel:unsubscribe", channel=channel)
        await looker.shows({ada.id: "active"})
        await far.shows({ada.id: "active"})
        for live in (far.live, other):
            await live.close()


async def test_moods_are_of_all_connections_on_all_instances(
    servers: Embedded, database_url: str
) -> None:
    """[P2] Whether or not they follow the channel."""
    async with two(database_url, servers.redis_url) as (here, there):
        ada, bo, _, looker, other = await pair(here, there)
        idle = await Live.open(here.url, bo.token)
        await other.do("presence:set", status="away")
        # Until the other instance has objected, away may show for a moment.
        await asyncio.sleep(1)
        await looker.shows({ada.id: "active", bo.id: "active"})
        await looker.hears_nothing(1)
        await idle.do("presence:set", status="away")
        await looker.shows({ada.id: "active", bo.id: "away"})
        await idle.do("presence:set", status="invisible")
        await looker.shows({ada.id: "active"})
        await other.do("presence:set", status="active")
        await looker.hears_nothing(0.8)
        await idle.do("presence:set", status="active")
        await looker.shows({ada.id: "active", bo.id: "active"})
        await other.command("timer:start")
        await looker.shows({ada.id: "active", bo.id: "focusing"})
        for live in (idle, other):
            await live.close()


async def test_users_of_a_crashed_instance_vanish(servers: Embedded, database_url: str) -> None:
    """Within 15 s by the times as they are, which keep the proportions of those here."""
    async with two(database_url, servers.redis_url) as (here, there):
        ada, _, _, looker, _ = await pair(here, there)
        there.kill()
        took = await looker.shows({ada.id: "active"})
        assert LEASE_S - QUICK["presence_renewal"] - 0.3 < took < LEASE_S + 1.2
        assert looker.told[-1]["count"] == 1
    terms = Terms()
    longest = terms.presence_lease + 2 * terms.presence_tick
    assert longest.total_seconds() <= 15
    assert 2 * terms.presence_renewal + 2 * terms.presence_tick < terms.presence_lease


async def test_a_stopped_instance_leaves_its_users_the_grace(
    servers: Embedded, database_url: str
) -> None:
    """They are on their way to another one."""
    async with two(database_url, servers.redis_url) as (here, there):
        ada, bo, channel, looker, other = await pair(here, there)
        assert there.process is not None
        there.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            await other.closed.wait()
        other = await enter(bo, channel, here.url)
        await looker.hears_nothing(LEASE_S + 1)
        await other.do("channel:unsubscribe", channel=channel)
        await looker.shows({ada.id: "active"})
        await other.close()


async def test_while_redis_is_silent_presence_is_unknown(
    own_valkey: Embedded, database_url: str
) -> None:
    """Stopped for longer than a lease: nobody leaves, then nor when it goes on."""
    async with two(database_url, own_valkey.redis_url) as (here, there):
        ada, bo, channel, looker, other = await pair(here, there)
        (server,) = own_valkey._servers
        with looker.silence():
            os.kill(server._process.pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(1.5)
                newcomer = await Onlooker.on(await ada.connect(), channel)
                assert newcomer.presence is None
                await asyncio.sleep(LEASE_S + 1)
            finally:
                os.kill(server._process.pid, signal.SIGCONT)
            await newcomer.shows({ada.id: "active", bo.id: "active"})
            await asyncio.sleep(LEASE_S + 1)
        assert newcomer.told[0]["left"] == []
        await other.do("presence:set", status="away")
        for each in (looker, newcomer):
            await each.shows({ada.id: "active", bo.id: "away"})
        await other.close()


async def test_a_redis_that_comes_back_empty_tells_nobody_anything(
    own_valkey: Embedded, folder: Path, database_url: str
) -> None:
    """Killed, and started again without what it had."""
    async with two(database_url, own_valkey.redis_url) as (here, there):
        ada, _, channel, looker, other = await pair(here, there)
        late = await here.person("late")
        await ada.post(f"/projects/{channel.partition(':')[2]}/members", {"user_id": late.id})
        again = Embedded(folder, postgres=False, durable=False)
        try:
            with looker.silence():
                (server,) = own_valkey._servers
                server._process.kill()
                await asyncio.sleep(1)
                own_valkey.stop()
                again.start()
                await asyncio.sleep(LEASE_S + 1)
            third = await enter(late, channel, there.url)
            await other.do("channel:unsubscribe", channel=channel)
            await looker.shows({ada.id: "active", late.id: "active"})
            await third.close()
            await other.close()
        finally:
            again.stop()


@pytest.mark.parametrize("times", [1, 5])
async def test_a_redis_that_is_emptied_tells_nobody_anything(
    own_valkey: Embedded, database_url: str, times: int
) -> None:
    async with two(database_url, own_valkey.redis_url) as (here, there):
        ada, bo, channel, looker, other = await pair(here, there)
        hidden = await here.person("hidden")
        await ada.post(f"/projects/{channel.partition(':')[2]}/members", {"user_id": hidden.id})
        live = await Live.open(there.url, hidden.token)
        await live.do("presence:set", status="invisible")
        await live.do("channel:subscribe", channel=channel)
        await asyncio.sleep(1)
        redis = connect_redis(own_valkey.redis_url)
        with looker.silence():
            for _ in range(times):
                await redis.flushall()
                await asyncio.sleep(0.3)
            await asyncio.sleep(LEASE_S + 1)
        newcomer = await Onlooker.on(await ada.connect(), channel)
        assert {user["user_id"] for user in newcomer.presence["users"]} == {ada.id, bo.id}
        await other.do("channel:unsubscribe", channel=channel)
        await looker.shows({ada.id: "active"})
        await redis.aclose()
        for each in (live, other):
            await each.close()
