"""Several workers on one port: a client that polls meets now this one, now that one."""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.live import Live
from tests.support.node import run_script
from tests.support.product import Product, serving

WORKERS = 3


@pytest.fixture(scope="module")
async def crowded(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    """A supervisor and its workers, all of which listen."""
    database_url = await databases.make()
    arguments = ("--workers", str(WORKERS))
    async with serving(database_url, servers.redis_url, *arguments) as product:
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


async def test_connections_are_spread_over_the_workers_evenly(crowded: Product) -> None:
    """By chance, and each new one anew: so many are nearly never spread worse than this."""
    ada = await crowded.person("ada")
    lives = await asyncio.gather(*(Live.open(crowded.url, ada.token) for _ in range(150)))
    spread = Counter(live.client.eio.sid.split("-")[0] for live in lives)
    assert len(spread) == WORKERS
    assert min(spread.values()) > 150 / WORKERS / 2

    async def all_told() -> bool:
        return await metric(crowded, "focushub_connections") == len(lives)

    await until(all_told)
    await asyncio.gather(*(live.close() for live in lives))


async def test_whichever_worker_is_asked_tells_the_metrics_of_all(crowded: Product) -> None:
    """What is counted is added up; of what they share, or may be too much for one, the worst."""
    ada = await crowded.person("ada")
    for _ in range(20):
        await once(crowded, "/api/streak", Authorization=f"Bearer {ada.token}")
    asked = [await metrics_of(crowded) for _ in range(8)]
    for text in asked:
        assert value_of(text, "http_request_duration_seconds_count", route="/api/streak") == 20
        assert value_of(text, "http_request_duration_seconds_bucket", **STREAK, le=r"\+Inf") == 20
        assert value_of(text, "focushub_redis_connected") == 1
        assert value_of(text, "focushub_jobs_dead", kind="weekly_digest") == 0
    assert "# TYPE focushub_loop_lag_seconds gauge" in asked[0]
    # Nobody has less than 30 MB.
    assert value_of(asked[0], "process_resident_memory_bytes") > WORKERS * 30e6
    assert (await crowded.request("GET", "/metrics/own"))[0] == 404


async def test_all_workers_say_that_they_are_well_and_ready(crowded: Product) -> None:
    for _ in range(8):
        assert await once(crowded, "/healthz") == 200
        assert await once(crowded, "/readyz") == 200


async def test_workers_are_replaced_while_nobody_is_turned_away(
    servers: Embedded, database_url: str
) -> None:
    """[drain] By SIGHUP, one after the other; and one that is killed is followed by another.

    What they had counted is not lost: not a request, of those that were answered.
    """
    async with serving(database_url, servers.redis_url, "--workers", "2") as product:
        ada = await product.person("ada")
        lives = [await ada.connect() for _ in range(6)]
        first = workers_of(product)
        async with callers(product) as answered:
            assert product.process is not None
            product.process.send_signal(signal.SIGHUP)
            await until(lambda: replaced(product, first))
            for live in lives:
                closing = await live.expect("connection:closing", patience_s=60)
                assert (closing["code"], closing["reconnect"]) == ("draining", True)
        assert list(answered) == ["200"]
        counted = await metric(product, "http_request_duration_seconds_count", route="/healthz")
        assert counted == answered["200"]
        second = workers_of(product)
        os.kill(second[0], signal.SIGKILL)
        await until(lambda: replaced(product, second[:1]))
        for _ in range(4):
            assert await once(product, "/readyz") == 200
        counted_now = await metric(product, "http_request_duration_seconds_count", route="/healthz")
        assert counted_now == counted


async def test_workers_that_cannot_start_stop_the_whole_with_their_reason(
    servers: Embedded, database_url: str, tmp_path: Path
) -> None:
    """Here by a folder whose name is too long for the sockets between them."""
    long = tmp_path / ("x" * 120)
    long.mkdir()
    with pytest.raises(AssertionError) as said:
        async with serving(database_url, servers.redis_url, "--workers", "2", TMPDIR=str(long)):
            pass
    assert "focushub: AF_UNIX path too long" in str(said.value)
    assert re.search(r"focushub: a worker could not be started \(exit status 2\)", str(said.value))


async def test_a_port_that_others_share_is_taken(crowded: Product, database_url: str) -> None:
    port = crowded.url.rpartition(":")[2]
    with pytest.raises(AssertionError, match=r"HOST, PORT: cannot listen on 127\.0\.0\.1:"):
        async with serving(database_url, crowded.redis_url, "--workers", "2", PORT=port):
            pass


STREAK = {"route": "/api/streak"}


async def once(product: Product, path: str, **headers: str) -> int:
    """The status of a call by a connection of its own, which any worker may get."""
    async with aiohttp.ClientSession() as http:
        async with http.get(product.url + path, headers=headers) as answer:
            return answer.status


async def metrics_of(product: Product) -> str:
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{product.url}/metrics") as answer:
            return await answer.text()


def value_of(text: str, name: str, **labels: str) -> float:
    """The sum of a metric's values with these labels."""
    found = re.findall(rf"^{name}(\{{.*\}})? (\S+)$", text, re.MULTILINE)
    wanted = [rf'[{{,]{label}="{value}"' for label, value in labels.items()]
    assert found, name
    return sum(float(v) for has, v in found if all(re.search(one, has) for one in wanted))


async def metric(product: Product, name: str, **labels: str) -> float:
    return value_of(await metrics_of(product), name, **labels)


@asynccontextmanager
async def callers(product: Product) -> AsyncIterator["Counter[str]"]:
    """Some who call again and again, each time by a new connection; how they were answered."""
    answered: Counter[str] = Counter()
    over = asyncio.Event()

    async def call_for_long() -> None:
        while not over.is_set():
            try:
                answered[str(await once(product, "/healthz"))] += 1
            except (OSError, aiohttp.ClientError):
                answered["failed"] += 1

    calling = [asyncio.create_task(call_for_long()) for _ in range(4)]
    try:
        yield answered
    finally:
        over.set()
        await asyncio.gather(*calling)


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await what():
            await asyncio.sleep(0.1)


def workers_of(product: Product) -> list[int]:
    """The processes that serve; a supervisor's children are its workers."""
    assert product.process is not None
    parent = product.process.pid
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in found if b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def replaced(product: Product, gone: list[int]) -> bool:
    """Whether none of these is there any more, and each place has a worker that answers."""
    there = workers_of(product)
    answers = [await once(product, "/readyz") for _ in range(4)]
    return not set(there) & set(gone) and len(there) == 2 and set(answers) == {200}
