"""[drain] Two instances behind a balancer are replaced one after the other, while people work."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import picows

from tests.faults.balancer import Balancer, balancing
from tests.faults.clients import Client, Ledger, close_all, open_all
from tests.faults.diaries import Diary, percentile
from tests.faults.instances import Fleet, fleet_of
from tests.faults.report import LONG, note
from tests.faults.servers import Stores
from tests.faults.wires import Refused

SCENARIO = "rolling restart of 2 instances"
CLIENTS, TEAM = (1000, 20) if LONG else (100, 10)
# One of so many works on timers live, and one of so many by REST.
LIVE_OF, REST_OF = (25, 50) if LONG else (5, 20)
PAUSE_S = 0.3
# Longer than the balancer needs to see that it is to send nobody any more.
DRAIN_PAUSE_S = "1"
PATIENCE_S = 120.0
MOST_S = 25.0


@dataclass
class Desk:
    """Somebody's client, which comes back whenever it is sent away, and what they have sent."""

    client: Client
    diary: Diary = field(default_factory=Diary)
    # By REST: the entries that were acknowledged.
    made: list[int] = field(default_factory=list)
    cut: int = 0
    away_s: list[float] = field(default_factory=list)
    # The day's work is over.
    over: bool = False
    staying: "asyncio.Task[None] | None" = None

    async def stay(self, url: str, dice: random.Random) -> None:
        """Come back as the stock client does, a little later each time that it fails."""
        while True:
            await self.client.ended(3600)
            began, tries = time.monotonic(), 0
            while not self.client.connected:
                try:
                    await self.client.open(url)
                except (OSError, TimeoutError, Refused, picows.WSError):
                    tries += 1
                    await asyncio.sleep(dice.uniform(0.5, 1) * min(2.0, 0.1 * 2**tries))
            self.away_s.append(time.monotonic() - began)

    async def work_live(self, dice: random.Random) -> None:
        while not self.over or self.diary.unsettled:
            await self.diary.settle(self.client)
            if not self.diary.unsettled and not self.over:
                description = f"n{dice.random()}"
                await self.diary.send(self.client, "timer:start", {"description": description})
            await asyncio.sleep(dice.uniform(0.5, 1.5) * PAUSE_S)

    async def work_by_rest(self, url: str, dice: random.Random) -> None:
        """As a program does that takes `unavailable` and a broken connection for "once more"."""
        number = 0
        while not self.over:
            number += 1
            while not await self._make_entry(url, number):
                await asyncio.sleep(0.1)
            await asyncio.sleep(dice.uniform(0.5, 1.5) * PAUSE_S)

    async def _make_entry(self, url: str, number: int) -> bool:
        """Whether it is there; if that is not known, the same number settles it."""
        person = self.client.person
        headers = {
            "Authorization": f"Bearer {person.token}",
            "Idempotency-Key": f"00000000-0000-4000-8000-{number:012d}",
        }
        body = {"start_time": "2026-01-01T08:00:00Z", "end_time": "2026-01-01T09:00:00Z"}
        calls = person.product.http.post(f"{url}/api/time-entries", json=body, headers=headers)
        try:
            async with calls as answer:
                told = await answer.json()
        except (OSError, aiohttp.ClientError):
            self.cut += 1
            return False
        assert answer.status in (201, 503), told
        if answer.status == 201:
            self.made.append(told["entry_id"])
        return answer.status == 201


@asynccontextmanager
async def at_work(fleet: Fleet, balancer: Balancer, ledger: Ledger) -> AsyncIterator[list[Desk]]:
    """People in teams at their desks, who work until the end of the block, and are settled then."""
    dice = random.Random(8)
    people = await fleet.people(CLIENTS)
    desks = [Desk(Client(person, ledger)) for person in people]
    await open_all([desk.client for desk in desks], [balancer.url])
    for first in range(0, CLIENTS, TEAM):
        team = people[first : first + TEAM]
        channel = f"project:{await fleet.project(team[0], team)}"
        for desk in desks[first : first + TEAM]:
            await desk.client.follow(channel)
    for desk in desks:
        desk.staying = asyncio.create_task(desk.stay(balancer.url, dice))
    staying = [desk.staying for desk in desks if desk.staying is not None]
    working = [asyncio.create_task(d.work_live(dice)) for d in desks[::LIVE_OF]]
    working += [asyncio.create_task(d.work_by_rest(balancer.url, dice)) for d in desks[1::REST_OF]]
    try:
        yield desks
        await _let_finish(fleet, working, desks)
    finally:
        for task in (*working, *staying):
            task.cancel()
        await asyncio.gather(*working, *staying, return_exceptions=True)
        await close_all([desk.client for desk in desks])


async def _let_finish(fleet: Fleet, working: list[asyncio.Task[None]], desks: list[Desk]) -> None:
    """Send nothing new, and wait until it is known of everything whether it has happened."""
    for desk in desks:
        desk.over = True
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*working)
        await _all_back(desks)
        await _all_told(fleet, [desk.client for desk in desks])


async def _all_told(fleet: Fleet, clients: list[Client]) -> None:
    """Everybody hears of everything, up to where the log is."""
    heads = {row["channel"]: row["seq"] for row in await fleet.sql("select * from channels")}
    for client in clients:
        for channel in client.places:
            await client.until_seq(channel, heads.get(channel, 0))


async def test_nothing_is_lost_while_two_instances_are_restarted_in_turn(
    stores: Stores, database: str
) -> None:
    """Every event comes once and in order, every acknowledged command stays, everybody is back."""
    ledger = Ledger()
    redis_urls = [stores.redis.url] * 2
    async with fleet_of(database, redis_urls, DRAIN_PAUSE_SECONDS=DRAIN_PAUSE_S) as fleet:
        async with balancing(fleet) as balancer, at_work(fleet, balancer, ledger) as desks:
            took_s = []
            for member in fleet.members:
                await asyncio.sleep(1)
                status, seconds = await member.stop()
                assert status == 0
                took_s.append(seconds)
                await _all_back(desks)
                await member.start()
                async with asyncio.timeout(PATIENCE_S):
                    await balancer.sees(fleet.urls)
        await _judge(fleet, desks, ledger)
        _tell(desks, took_s, balancer)


async def _all_back(desks: list[Desk]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not all(desk.client.connected for desk in desks):
            for desk in desks:
                if desk.staying is not None and desk.staying.done():
                    desk.staying.result()
            await asyncio.sleep(0.02)


async def _judge(fleet: Fleet, desks: list[Desk], ledger: Ledger) -> None:
    clients = [desk.client for desk in desks]
    assert [client.faults for client in clients if client.faults.any] == []
    assert ledger.wrong == []
    for client in clients:
        # Each was sent away once by each instance that it was on, in words and by 1012.
        assert {closing["code"] for closing in client.closings} <= {"draining"}
        assert all(closing["reconnect"] for closing in client.closings)
        assert set(client.close_codes) <= {1012}
        # Who was about to sign in was told by the code alone.
        assert len(client.closings) <= len(client.close_codes)
    assert sum(len(client.closings) for client in clients) >= len(clients)
    await _compare_commands(fleet, desks)
    assert [line for member in fleet.members for line in member.tracebacks] == []


async def _compare_commands(fleet: Fleet, desks: list[Desk]) -> None:
    """What was acknowledged is there, once, and nothing else is."""
    rows = await fleet.sql("select user_id, id, source from time_entries where deleted_at is null")
    kept: dict[int, set[int]] = {}
    for row in rows:
        kept.setdefault(row["user_id"], set()).add(row["id"])
    for desk in desks:
        acked = [data["entry_id"] for _, _, data in desk.diary.acked.values()] + desk.made
        assert len(set(acked)) == len(acked)
        there = kept.get(desk.client.person.id, set())
        assert set(acked) <= there, "an acknowledged command was lost"
        assert there == set(acked), "something was done twice"


def _tell(desks: list[Desk], took_s: list[float], balancer: Balancer) -> None:
    away = [seconds for desk in desks for seconds in desk.away_s]
    took = [seconds for desk in desks for seconds in desk.diary.took_s]
    told: list[tuple[str, float, str, dict[str, Any]]] = [
        ("clients", len(desks), "", {}),
        ("longest stop", max(took_s), "s", {"most": MOST_S}),
        ("events lost, doubled or out of order", 0, "", {"most": 0}),
        ("acknowledged commands", len(took) + sum(len(d.made) for d in desks), "", {}),
        ("acknowledged commands lost or done twice", 0, "", {"most": 0}),
        ("commands settled after a move", sum(d.diary.settled for d in desks), "", {}),
        ("requests cut off", sum(desk.cut for desk in desks), "", {}),
        ("moves", len(away), "", {}),
        ("away for, p50", percentile(away, 0.5), "s", {}),
        ("away for, p99", percentile(away, 0.99), "s", {}),
        ("recovered in the window", _recovered(desks), "", {"least": 0.99}),
        ("ack, p99", percentile(took, 0.99), "s", {}),
        ("connections that nobody took", balancer.refused, "", {}),
    ]
    for name, value, unit, goal in told:
        note(SCENARIO, name, value, unit, **goal)


def _recovered(desks: list[Desk]) -> float:
    recovered = sum(desk.client.recovered for desk in desks)
    snapshots = sum(desk.client.snapshots for desk in desks)
    return recovered / max(1, recovered + snapshots)
