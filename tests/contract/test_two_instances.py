"""Several instances on one database: the log gives the order, Redis only hurries."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from storage.embedded import Embedded
from tests.support.link import Link, link_to
from tests.support.live import Live
from tests.support.product import Person, Product, serving
from tests.support.rooms import make_room

# A position check that never comes in a test: whatever arrives was hurried by a hint.
ONLY_HINTS = json.dumps({"position_check": 600})
# What is promised is two seconds; the machine of a test may be busy.
LATE_S = 2.5


@asynccontextmanager
async def instances(
    count: int, database_url: str, *redis_urls: str, **changes: str
) -> AsyncIterator[list[Product]]:
    """That many processes on one database, each with its own Redis address or all with one."""
    urls = redis_urls if len(redis_urls) == count else redis_urls * count
    async with AsyncExitStack() as stack:
        starting = [
            stack.enter_async_context(serving(database_url, url, **changes)) for url in urls
        ]
        yield await asyncio.gather(*starting)


async def on(product: Product, person: Person, *channels: str) -> Live:
    """A connection of the person's to this instance, which follows these channels too."""
    live = await Live.open(product.url, person.token)
    for channel in channels:
        await live.do("channel:subscribe", channel=channel)
    return live


async def until(what: Callable[[], Awaitable[bool]], within_s: float) -> float:
    """The seconds until it is so; fails after `within_s`."""
    began = time.monotonic()
    while not await what():
        assert time.monotonic() - began < within_s, f"not within {within_s} s"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def hears_hints(product: Product) -> bool:
    _, text, _ = await product.request("GET", "/metrics")
    return "focushub_redis_connected 1.0" in text


async def assert_one_order(lives: list[Live], channel: str) -> None:
    """Everybody hears the same until the end of the log, without a gap and without a double."""
    end = await heard_all(lives, channel)
    first, *others = ([e for e in live.on_channel(channel) if e[1]["seq"] <= end] for live in lives)
    seqs = [data["seq"] for _, data in first]
    assert seqs[-1] == end
    assert all(later == seq + 1 for seq, later in itertools.pairwise(seqs))
    for other in others:
        assert other == first


async def test_what_is_done_on_one_instance_is_heard_on_the_other(
    servers: Embedded, database_url: str
) -> None:
    """By hints alone, at once; own channel, project, and the end of a right."""
    async with instances(2, database_url, servers.redis_url, TEST_TIMES=ONLY_HINTS) as (
        here,
        there,
    ):
        ada, bo = await here.person("ada"), await here.person("bo")
        project_id = await ada.project()
        await ada.post(f"/projects/{project_id}/members", {"user_id": bo.id})
        channel = f"project:{project_id}"
        await until(lambda: hears_hints(there), 5)
        near, far = await on(here, ada), await on(there, ada)
        other = await on(there, bo, channel)
        for number in range(20):
            started = await near.command(
                "timer:start", project_id=project_id, description=f"{number}"
            )
            for live in (far, other):
                told = await live.expect("timer:started", _is_entry(started["entry_id"]))
                assert told["data"]["entry"] == started["entry"]
        await ada.done("DELETE", f"/projects/{project_id}/members/{bo.id}")
        assert await other.expect("channel:closed") == {"channel": channel, "code": "forbidden"}
        assert await ada.call("POST", "/auth/logout") == (204, "")
        assert (await far.expect("connection:closing"))["code"] == "login_revoked"
        await other.close()


def _is_entry(entry_id: int) -> Callable[[Any], bool]:
    return lambda data: data["data"]["entry"]["id"] == entry_id


async def write(live: Live, project_id: int, count: int) -> None:
    """That many events on the project's channel, one a command."""
    for _ in range(count // 2):
        await live.command("timer:start", project_id=project_id)
        await live.command("timer:stop")


async def crowd_on(products: list[Product], each: int) -> tuple[int, list[Live], list[Live]]:
    """(project, those who write, those who only listen): so many writers on every instance."""
    ada = await products[0].person("ada")
    project_id = await ada.project(visibility="public")
    listeners = [await on(product, ada, f"project:{project_id}") for product in products]
    writers = []
    for product in products:
        for _ in range(each):
            person = await products[0].person("bo")
            await person.post(f"/projects/{project_id}/join")
            writers.append(await on(product, person))
    return project_id, writers, listeners


async def heard_all(lives: list[Live], channel: str) -> int:
    """The end of the log as it stands now, once everybody has come to it."""
    end = await lives[0].end_of(channel)
    for live in lives:
        await live.expect_seq(channel, end)
    return end


async def test_a_thousand_concurrent_events_of_each_of_three_instances_have_one_order(
    servers: Embedded, database_url: str
) -> None:
    async with instances(3, database_url, servers.redis_url) as products:
        project_id, writers, listeners = await crowd_on(products, 20)
        channel = f"project:{project_id}"
        await asyncio.gather(*(write(live, project_id, 50) for live in writers))
        await assert_one_order(listeners, channel)
        timers = [e for e, _ in listeners[0].on_channel(channel) if e.startswith("timer:")]
        assert len(timers) == 3000
        for live in (*writers, *listeners):
            await live.close()


async def test_without_redis_commands_go_on_and_events_are_little_late(
    folder: Path, database_url: str
) -> None:
    """Killed, not stopped; and when it is back, so are the hints."""
    valkey = Embedded(folder, postgres=False, durable=False)
    valkey.start()
    try:
        async with instances(2, database_url, valkey.redis_url) as (here, there):
            ada = await here.person("ada")
            near, far = await on(here, ada), await on(there, ada)
            await until(lambda: hears_hints(there), 5)
            (server,) = valkey._servers
            server._process.kill()
            for _ in range(2):
                began = time.monotonic()
                started = await near.command("timer:start")
                assert time.monotonic() - began < 0.3
                await far.expect("timer:started", _is_entry(started["entry_id"]))
                assert time.monotonic() - began < LATE_S
            assert (await here.request("GET", "/readyz"))[0] == 200
            valkey.stop()
            valkey = Embedded(folder, postgres=False, durable=False)
            valkey.start()
            for product in (here, there):
                await until(lambda product=product: hears_hints(product), 4)
            await assert_one_order([near, far], f"user:{ada.id}")
            await near.close()
            await far.close()
    finally:
        valkey.stop()


async def test_with_hints_lost_at_random_nobody_has_a_gap_or_a_double(
    servers: Embedded, database_url: str
) -> None:
    """Each instance's line to Redis is cut every now and then while all of them write."""
    async with AsyncExitStack() as stack:
        links = [await stack.enter_async_context(link_to(servers.redis_url)) for _ in range(2)]
        addresses = [link.url for link in links]
        products = await stack.enter_async_context(instances(2, database_url, *addresses))
        project_id, writers, listeners = await crowd_on(products, 4)
        channel = f"project:{project_id}"
        cutting = [
            asyncio.create_task(link.cut_at_random(seed, (0.02, 0.4)))
            for seed, link in enumerate(links)
        ]
        await asyncio.gather(*(write(live, project_id, 100) for live in writers))
        for task in cutting:
            task.cancel()
        await assert_one_order(listeners, channel)
        assert len(listeners[0].on_channel(channel)) >= 800
        for live in (*writers, *listeners):
            await live.close()


async def test_of_twenty_starts_of_a_room_at_once_one_begins_the_round(
    servers: Embedded, database_url: str
) -> None:
    """[R3] [R4] Host and co-hosts press together on both instances: one transition, one event."""
    async with instances(2, database_url, servers.redis_url) as products:
        people = [await products[0].person() for _ in range(20)]
        slug, channel = await make_room(people[0])
        lives = [await on(products[n % 2], person) for n, person in enumerate(people)]
        for live in lives:
            await live.do("room:join", room=slug)
        for person in people[1:]:
            await lives[0].do("room:promote", room=slug, user_id=person.id, role="cohost")
        before = (await people[0].get(f"/rooms/{slug}"))["version"]
        acks = await asyncio.gather(*(live.send("room:start", {"room": slug}) for live in lives))
        won = [ack["data"]["room"] for ack in acks if ack["ok"]]
        assert len(won) == 1
        assert won[0]["version"] == before + 1
        assert [ack["error"]["code"] for ack in acks if not ack["ok"]] == ["already_running"] * 19
        await heard_all(lives, channel)
        for live in lives:
            causes = [e["data"].get("cause") for _, e in live.on_channel(channel)]
            assert causes.count("started") == 1
        (round_,) = await people[0].get(f"/rooms/{slug}/history")
        assert (round_["round"], round_["started_at"]) == (1, won[0]["timer"]["started_at"])
        for live in lives:
            await live.close()


async def test_a_line_that_is_half_open_is_noticed(servers: Embedded, database_url: str) -> None:
    """It says nothing and is not closed: given up after three seconds of silence."""
    async with AsyncExitStack() as stack:
        link: Link = await stack.enter_async_context(link_to(servers.redis_url))
        addresses = (servers.redis_url, link.url)
        here, there = await stack.enter_async_context(instances(2, database_url, *addresses))
        ada = await here.person("ada")
        near, far = await on(here, ada), await on(there, ada)
        await until(lambda: hears_hints(there), 5)
        link.freeze()
        began = time.monotonic()
        started = await near.command("timer:start")
        await far.expect("timer:started", _is_entry(started["entry_id"]))
        assert time.monotonic() - began < LATE_S
        began = time.monotonic()
        stopped = await far.command("timer:stop")
        assert time.monotonic() - began < 0.3, "no Redis call is awaited before an ack"
        await near.expect("timer:stopped", _is_entry(stopped["entry_id"]))

        async def deaf() -> bool:
            return not await hears_hints(there)

        await until(deaf, 6)
        link.mend()
        await until(lambda: hears_hints(there), 5)
        await assert_one_order([near, far], f"user:{ada.id}")
        await near.close()
        await far.close()
