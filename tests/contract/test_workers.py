"""Several workers on one port: a client that polls meets now this one, now that one."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.node import run_script
from tests.support.product import Product, ready_url, serving

WORKERS = 3


@pytest.fixture(scope="module")
async def crowded(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    """A supervisor and its workers, all of which listen."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    database_url = await databases.make()
    arguments = ("--workers", str(WORKERS))
    async with serving(database_url, servers.redis_url, *arguments, PORT=port) as product:
        assert product.process is not None
        for _ in range(WORKERS - 1):
            await asyncio.to_thread(ready_url, product.process)
        yield product


async def test_the_stock_client_polls_and_upgrades_whatever_worker_it_meets(
    crowded: Product,
) -> None:
    """[Connections] None loses its session, and every event comes once to each."""
    ada = await crowded.person("ada")
    steps = await run_script("crowd.mjs", crowded.url, ada.token, "30", "default")
    assert set(steps["connected"]["names"]) == {"websocket"}
    assert len(Counter(steps["connected"]["workers"])) == WORKERS
    heard = steps["heard"]
    assert (heard["heard"], heard["errors"]) == ([heard["entries"]] * 30, 0)


async def test_polls_alone_reach_the_worker_of_their_session(crowded: Product) -> None:
    ada = await crowded.person("ada")
    steps = await run_script("crowd.mjs", crowded.url, ada.token, "6", "polling")
    heard = steps["heard"]
    assert (heard["heard"], heard["errors"]) == ([heard["entries"]] * 6, 0)


async def test_a_session_of_no_worker_is_refused_as_one_that_has_ended(crowded: Product) -> None:
    """So that a client whose worker died begins anew."""
    for number in (0, 1, 2, 77):
        query = f"EIO=4&transport=polling&sid={number}-gone"
        status, _, _ = await crowded.request("GET", f"/socket.io/?{query}")
        assert status == 400
        status, _, _ = await crowded.request("POST", f"/socket.io/?{query}", b"2probe")
        assert status == 400


async def test_connections_are_spread_over_the_workers_and_hear_of_each_other(
    crowded: Product,
) -> None:
    ada = await crowded.person("ada")
    lives = [await ada.connect() for _ in range(9)]
    assert len({live.client.eio.sid.split("-")[0] for live in lives}) > 1
    started = await lives[0].command("timer:start", description="everywhere")
    for live in lives:
        told = await live.expect("timer:started")
        assert told["data"]["entry"] == started["entry"]
    await ada.close()


async def test_large_things_pass_through_as_they_are(crowded: Product) -> None:
    """An ack of a polling client larger than any buffer on the way, and an event that is."""
    ada = await crowded.person("ada")
    for transports in (["polling"], ["polling", "websocket"]):
        lives = [await ada.connect(transports=transports) for _ in range(4)]
        for live in lives:
            ack = await live.send("timer:start", {"description": "ä" * 20_000})
            assert ack["error"]["code"] == "too_large"
            tags = [f"{n}{'x' * 38}" for n in range(10)]
            await live.command("timer:start", description="ü" * 500, tags=tags)
            answer = await live.do("timer:current")
            assert (answer["entry"]["tags"], len(answer["entry"]["description"])) == (tags, 500)
        await asyncio.gather(*(live.close() for live in lives))
