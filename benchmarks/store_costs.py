"""What one of each costs Postgres and Redis by themselves, without a server: for costs.py."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import date
from typing import Any

import redis.asyncio as aioredis

from benchmarks.processes import Meter
from rooms.boards import board_on
from rooms.rules.periods import DayRule
from storage.board_rows import Guarded
from storage.boards import BoardBook
from storage.channels import ahead_of
from storage.database import connect_pool
from storage.embedded import Embedded
from storage.scripts import Script

Costs = dict[str, float]
# How often another instance tells of an event.
HINTS_A_SECOND = 100.0


async def position_costs(url: str, channels: int, times: int) -> Costs:
    """What Postgres spends on a channel of thousands whose position is asked for together."""
    names = [f"user:{n}" for n in range(1, channels + 1)]
    async with await connect_pool(url, max_size=2) as pool:
        for _ in range(10):
            await ahead_of(pool, names, [2**40] * channels)
        meter = Meter([])
        for _ in range(times):
            await ahead_of(pool, names, [2**40] * channels)
    return {"position_postgres_us": meter.take()["postgres"] / times / channels * 1e6}


async def board_costs(redis: Any, users: int) -> Costs:
    """What a score on a board takes: memory, and Redis's time to write it."""
    book = BoardBook(redis, "costs", DayRule("UTC"))
    board = board_on(date(2026, 1, 1), "time", "all")
    before, meter = (await redis.info("memory"))["used_memory"], Meter([])
    for start in range(0, users, 100):
        people = range(start + 1, min(users, start + 100) + 1)
        await book.write({board: [Guarded(n, 1, 60 + n % 400_000, 1_000_000) for n in people]})
    used = (await redis.info("memory"))["used_memory"] - before
    return {
        "board_row_bytes": used / users,
        "board_write_redis_us": meter.take()["redis"] / users * 1e6,
    }


async def hint_costs(embedded: Embedded, events: int) -> Costs:
    """What Redis spends on a hint, without and with instances that listen; by itself, which wakes
    it each time, and where so many instances send that it is always awake."""
    costs: Costs = {}
    for name, senders in (("hint", 32), ("hint_alone", 1)):
        found = []
        for listeners in (0, 4):
            async with contextlib.AsyncExitStack() as stack:
                for _ in range(listeners):
                    client = await stack.enter_async_context(_redis(embedded))
                    pubsub = await stack.enter_async_context(client.pubsub())
                    await pubsub.subscribe("hint")
                    reading = asyncio.create_task(_read_all(pubsub))
                    stack.callback(reading.cancel)
                clients = [
                    await stack.enter_async_context(_redis(embedded)) for _ in range(senders)
                ]
                await _send(clients, senders, pace_s=0.0)  # connects, and has the script known
                if senders > 1:
                    found.append(await _send(clients, events, pace_s=0.0))
                else:
                    found.append(await _send(clients, events // 20, pace_s=1 / HINTS_A_SECOND))
        costs[f"{name}_redis_us"] = found[0]
        costs[f"{name}_listener_redis_us"] = max(0.0, found[1] - found[0]) / 4
    return costs


def _redis(embedded: Embedded) -> Any:
    return aioredis.from_url(embedded.redis_url)


async def _send(clients: Sequence[Any], events: int, pace_s: float) -> float:
    """Each client sends its share, as fast as it is answered, or no faster than its pace; what
    Redis spends on one, in µs."""
    script, text = Script("publish.lua"), b"x" * 300

    async def send(client: Any) -> None:
        began = time.perf_counter()
        for number in range(events // len(clients)):
            await asyncio.sleep(max(0.0, began + number * pace_s - time.perf_counter()))
            await script.run(client, ["hint"], [text])

    meter = Meter([])
    await asyncio.sleep(2)
    rest, began = meter.take()["redis"] / 2, time.perf_counter()
    await asyncio.gather(*map(send, clients))
    spent, wall = meter.take()["redis"], time.perf_counter() - began
    return max(0.0, spent - rest * wall) / events * 1e6


async def _read_all(pubsub: Any) -> None:
    async for _message in pubsub.listen():
        pass
