"""Redis killed, paused and flushed: commands go on, readers are hardly late, boards come back."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import redis.asyncio as aioredis

from tests.faults.clients import Client, close_all, open_all
from tests.faults.diaries import insist, percentile
from tests.faults.instances import Fleet
from tests.faults.report import LONG, note
from tests.faults.servers import Stores

PAIRS = 20 if LONG else 4
AWAY_S = 30.0 if LONG else 4.0
PATIENCE_S = 60
# Each of them sends a command about so often.
EVERY_S = 0.2
SCENARIO = "Redis killed, paused, flushed"
CONNECTED = "focushub_redis_connected"


@dataclass
class Load:
    """People who use one instance, whose events are read on the other."""

    writers: list[Client]
    readers: list[Client]
    began: float = field(default_factory=time.monotonic)
    ack_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def on(cls, fleet: Fleet) -> AsyncIterator["Load"]:
        """Until the end of the block; every event of the time has been read then."""
        here, there = fleet.urls
        people = await fleet.people(PAIRS)
        load = cls([Client(p) for p in people], [Client(p) for p in people])
        await open_all(load.writers, [here])
        await open_all(load.readers, [there])
        ending = asyncio.Event()
        tasks = [
            asyncio.create_task(load._use(*pair, ending))
            for pair in zip(load.writers, load.readers, strict=True)
        ]
        try:
            yield load
        finally:
            ending.set()
            await asyncio.gather(*tasks)
        for client in (*load.writers, *load.readers):
            assert client.connected
            assert client.faults.any == 0, client.faults
        await close_all([*load.writers, *load.readers])

    async def _use(self, writer: Client, reader: Client, ending: asyncio.Event) -> None:
        channel = writer.user_channel
        while not ending.is_set():
            for event in ("timer:start", "timer:stop"):
                before = writer.places[channel].seq
                began = time.monotonic()
                await writer.command(event)
                acked = time.monotonic()
                self.ack_s.append(acked - began)
                # The event may have come before its ack, and others with it.
                await writer.until_seq(channel, before + 1)
                await reader.until_seq(channel, before + 1)
                self.late_s.append(time.monotonic() - acked)
                await asyncio.sleep(EVERY_S)

    def tell(self, when: str) -> None:
        note(SCENARIO, f"{when}: commands", len(self.ack_s))
        p99 = percentile(self.ack_s, 0.99) * 1e3
        note(SCENARIO, f"{when}: ack p99", p99, "ms", most=300)
        note(SCENARIO, f"{when}: the latest that a reader was", max(self.late_s), "s", most=2)
        assert self.ack_s


async def _ready(fleet: Fleet) -> None:
    """Redis may be away: people may be sent here all the same."""
    for member in fleet.members:
        async with fleet.http.get(f"{member.url}/readyz") as response:
            assert response.status == 200


async def _normal_again(fleet: Fleet, back_at: float, when: str) -> None:
    await fleet.until_metric(CONNECTED, 1)
    took_s = time.monotonic() - back_at
    note(SCENARIO, f"{when}: normal again after", took_s, "s", most=3)


async def test_commands_go_on_while_redis_is_killed(stores: Stores, two: Fleet) -> None:
    async with Load.on(two) as load:
        await _away(two, stores.redis.kill, stores.redis.revive, "killed")
    load.tell("killed")


async def test_commands_go_on_while_redis_says_nothing(stores: Stores, two: Fleet) -> None:
    """SIGSTOP: connections stand, and no answer comes."""

    async def resume() -> None:
        stores.redis.resume()

    async with Load.on(two) as load:
        await _away(two, stores.redis.pause, resume, "paused")
    load.tell("paused")


async def _away(
    fleet: Fleet, take: Callable[[], None], give: Callable[[], Awaitable[None]], when: str
) -> None:
    await asyncio.sleep(1)
    take()
    await asyncio.sleep(AWAY_S)
    await _ready(fleet)
    await give()
    await _normal_again(fleet, time.monotonic(), when)
    await asyncio.sleep(1)


async def test_a_flushed_redis_is_filled_again_without_being_asked(
    stores: Stores, two: Fleet
) -> None:
    """[L1] Boards answer rightly all the time, first from Postgres and then from Redis again."""
    people = await two.people(30)
    for number, person in enumerate(people):
        minutes = {"duration": number + 1, "timestamp": "2026-01-05T10:00:00.000Z"}
        await insist(person, "/focus-session", minutes)
    expected = {(person.id, 60 * (n + 1)) for n, person in enumerate(people)}

    async def board() -> set[tuple[int, int]]:
        status, rows = await people[0].call("GET", "/leaderboard?limit=200")
        assert status in (200, 503), rows
        return {(row["user_id"], row["score"]) for row in rows} if status == 200 else expected

    async with asyncio.timeout(PATIENCE_S):
        while not expected <= await board():
            await asyncio.sleep(0.1)
    client = aioredis.Redis.from_url(stores.redis.url)
    async with client, Load.on(two) as load:
        async with asyncio.timeout(PATIENCE_S):
            while not (before := await _board_keys(client)):
                await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        await client.flushall()
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE_S):
            while not before <= await _board_keys(client):
                assert expected <= await board()
                await asyncio.sleep(0.05)
        rebuilt_s = time.monotonic() - began
        await asyncio.sleep(1)
    load.tell("flushed")
    assert expected <= await board()
    note(SCENARIO, "flushed: boards are back in Redis after", rebuilt_s, "s", most=3)


async def _board_keys(client: "aioredis.Redis") -> set[bytes]:
    """The names of the boards that Redis has."""
    return {key async for key in client.scan_iter(match="*:all:*:board:rows", count=1000)}
