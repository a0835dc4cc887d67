"""The lines between an instance and its servers: slow, late, black or cut, for one of two only."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.faults.clients import Client, close_all, open_all
from tests.faults.diaries import percentile
from tests.faults.instances import Fleet, fleet_of
from tests.faults.report import LONG, note
from tests.faults.servers import Stores
from tests.support.databases import Databases
from tests.support.tcp import Line, line_to

PEOPLE = 10 if LONG else 3
LASTS_S = 10.0 if LONG else 2.0
PATIENCE_S = 60
SCENARIO = "slow, late, black and cut lines"


@dataclass
class Far:
    """Two instances, of which the first has its servers at the ends of lines."""

    fleet: Fleet
    to_postgres: Line
    to_redis: Line


@pytest.fixture(scope="module")
async def far(_opened: tuple[Stores, Databases]) -> AsyncIterator[Far]:
    stores, databases = _opened
    url = await databases.make()
    async with (
        line_to(path=stores.postgres.path) as to_postgres,
        line_to(path=stores.redis.path) as to_redis,
        fleet_of(
            url,
            [stores.redis.url_by(to_redis), stores.redis.url],
            through=[stores.postgres.url_by(to_postgres, url), url],
        ) as fleet,
    ):
        yield Far(fleet, to_postgres, to_redis)
        for member in fleet.members:
            assert member.alive
            assert member.tracebacks == []
    await databases.drop(url)


@asynccontextmanager
async def pairs(fleet: Fleet) -> AsyncIterator[list[tuple[Client, Client]]]:
    """People who work on the first instance, and read on the second."""
    people = await fleet.people(PEOPLE)
    writers, readers = [Client(p) for p in people], [Client(p) for p in people]
    await open_all(writers, fleet.urls[:1])
    await open_all(readers, fleet.urls[1:])
    yield list(zip(writers, readers, strict=True))
    for client in (*writers, *readers):
        assert client.connected, client.closings
        assert client.faults.any == 0, client.faults
    await close_all([*writers, *readers])


async def _work(two: tuple[Client, Client]) -> tuple[list[float], list[float]]:
    """(seconds to the acks, seconds from there until the other instance had told it)."""
    writer, reader = two
    ack_s, late_s = [], []
    ends_at = time.monotonic() + LASTS_S
    while time.monotonic() < ends_at:
        for event in ("timer:start", "timer:stop"):
            seq = writer.places[writer.user_channel].seq + 1
            began = time.monotonic()
            await writer.command(event)
            acked = time.monotonic()
            ack_s.append(acked - began)
            await writer.until_seq(writer.user_channel, seq)
            await reader.until_seq(writer.user_channel, seq)
            late_s.append(time.monotonic() - acked)
            await asyncio.sleep(0.05)
    return ack_s, late_s


def _late(line: Line) -> None:
    line.delays = (lambda: 0.3, lambda: 0.3)


def _slow(line: Line) -> None:
    line.slow = 2000.0


def _black(line: Line) -> None:
    line.freeze()


def _cut(line: Line) -> None:
    line.cut()


def _good(line: Line) -> None:
    line.delays, line.slow = (None, None), None
    line.mend()
    line.kick()


@pytest.mark.parametrize("spoil", [_late, _slow, _black, _cut])
async def test_a_bad_line_to_redis_costs_nobody_an_answer(
    far: Far, spoil: Callable[[Line], None]
) -> None:
    """No call to Redis is awaited before an ack; events come by the log at the latest."""
    name = spoil.__name__.strip("_")
    await far.fleet.until_metric("focushub_redis_connected", 1, PATIENCE_S)
    async with pairs(far.fleet) as working:
        spoil(far.to_redis)
        try:
            measured = await asyncio.gather(*map(_work, working))
        finally:
            _good(far.to_redis)
    ack_s = [seconds for acks, _ in measured for seconds in acks]
    late_s = [seconds for _, lates in measured for seconds in lates]
    note(SCENARIO, f"Redis {name}: ack p99", percentile(ack_s, 0.99) * 1e3, "ms", most=300)
    note(SCENARIO, f"Redis {name}: the latest that a reader was", max(late_s), "s", most=2)


@pytest.mark.parametrize("spoil", [_black, _cut])
async def test_a_line_to_postgres_that_breaks_is_no_loss(
    far: Far, spoil: Callable[[Line], None]
) -> None:
    """[T5] `unavailable` there, while the other instance works; the same id settles it."""
    name = spoil.__name__.strip("_")
    async with pairs(far.fleet) as working:
        for writer, _ in working:
            await writer.command("timer:start")
        spoil(far.to_postgres)
        try:
            word_s = []
            asked = [(writer, {"command_id": str(uuid.uuid4())}) for writer, _ in working]

            async def ask(writer: Client, payload: dict[str, str]) -> None:
                began = time.monotonic()
                ack = await writer.call("timer:stop", payload)
                word_s.append(time.monotonic() - began)
                assert not ack["ok"]
                assert ack["error"]["code"] == "unavailable"

            await asyncio.gather(*(ask(*one) for one in asked))
            beside = [await reader.ask("timer:current", {}) for _, reader in working]
        finally:
            _good(far.to_postgres)
        began = time.monotonic()
        for (writer, payload), there in zip(asked, beside, strict=True):
            stopped = await writer.command("timer:stop", **payload)
            assert stopped["entry_id"] == there["entry"]["id"]
        works_s = time.monotonic() - began
    note(SCENARIO, f"Postgres {name}: the longest wait for that word", max(word_s), "s", most=2)
    note(SCENARIO, f"Postgres {name}: mended, and commands work after", works_s, "s", most=2)
