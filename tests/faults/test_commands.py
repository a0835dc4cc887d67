"""kill -9 of instances under load: what was acknowledged is there, and nothing is there twice."""

import asyncio
import contextlib
import itertools
import random
import time
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from handlers.actions.counting import Counting
from handlers.jobs.check import Rules
from rooms.rules.periods import DayRule
from tests.faults.clients import Client
from tests.faults.diaries import Diary, insist, percentile
from tests.faults.instances import Fleet, fleet_of
from tests.faults.report import LONG, note
from tests.faults.servers import Stores
from tests.faults.wires import Gone, Refused
from tests.support.derived import NOTHING_LEFT, all_differences
from tests.support.product import Person

INSTANCES = 3 if LONG else 2
PEOPLE, HOSTS = (40, 6) if LONG else (6, 2)
KILLS = 20 if LONG else 3
BETWEEN_KILLS_S = 5.0 if LONG else 0.8
# Where a start takes long, there are fewer kills.
LASTS_S = 180.0 if LONG else 20.0
PAUSE_S = 0.05 if LONG else 0.0
# Of each person's commands, the last ones.
ASKED_AGAIN = 60 if LONG else 25
PATIENCE_S = 60
# Phases of a second, so that the instances make transitions of their own at any moment.
CYCLING = {
    "work_s": 1, "short_break_s": 1, "long_break_s": 1, "auto_start_work": True,
}  # fmt: skip
DEEDS = ("room:start", "room:pause", "room:resume", "room:skip", "room:stop", "room:skip")


@dataclass
class Worker:
    """Somebody who sends commands as fast as they are acknowledged, to whoever serves."""

    person: Person
    client: Client
    dice: random.Random
    slug: str = ""
    diary: Diary = field(default_factory=Diary)

    async def work(self) -> None:
        while True:
            if not self.client.connected:
                await asyncio.sleep(0.01)
            elif self.diary.unsettled:
                await self.diary.settle(self.client)
            elif self.slug:
                deed = self.dice.choice(DEEDS)
                with contextlib.suppress(Gone, TimeoutError):
                    await self.client.call("room:join", {"room": self.slug})
                await self.diary.send(self.client, deed, {"room": self.slug})
                await asyncio.sleep(self.dice.uniform(0.05, 0.3))
            else:
                event = "timer:stop" if len(self.diary.acked) % 2 else "timer:start"
                await self.diary.send(self.client, event, {})
                await asyncio.sleep(PAUSE_S)


async def test_killed_instances_lose_nothing_and_do_nothing_twice(
    stores: Stores, database: str
) -> None:
    """[T5] [R4] [B2] Commands that were under way are settled by sending them again."""
    urls = [stores.redis.url] * INSTANCES
    async with fleet_of(database, urls) as fleet:
        workers = await _hire(fleet)
        tasks = [asyncio.create_task(worker.work()) for worker in workers]
        staying = [
            asyncio.create_task(w.client.stay(lambda: [m.url for m in fleet.living], w.dice))
            for w in workers
        ]
        kills = await _kill_in_turn(fleet)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
        await _all_settled(workers)
        await _asked_again(workers)
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)
        await _nothing_left(database)
        for worker in workers:
            if worker.slug:
                await _compare_room(fleet, worker)
            else:
                await _compare_timers(fleet, worker)
        await _compare_awards(fleet)
        for worker in workers:
            assert worker.client.faults.any == 0, worker.client.faults
            await worker.client.close()
        _tell(kills, workers, [line for member in fleet.members for line in member.tracebacks])


async def _hire(fleet: Fleet) -> list[Worker]:
    people = await fleet.people(PEOPLE + HOSTS)
    workers = []
    for number, person in enumerate(people):
        dice = random.Random(number)
        worker = Worker(person, Client(person), dice)
        if number < HOSTS:
            made = await insist(person, "/rooms", {"name": "Deep work", "settings": CYCLING})
            worker.slug = made["slug"]
        workers.append(worker)
    return workers


async def _kill_in_turn(fleet: Fleet) -> int:
    """How many were killed, and have come back."""
    began, kills = time.monotonic(), 0
    while kills < KILLS and (kills < 2 or time.monotonic() - began < LASTS_S):
        await asyncio.sleep(BETWEEN_KILLS_S)
        member = fleet.members[kills % len(fleet.members)]
        member.kill()
        await member.start()
        kills += 1
    await asyncio.sleep(BETWEEN_KILLS_S)
    return kills


async def _all_settled(workers: list[Worker]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while waiting := [w for w in workers if w.diary.unsettled or not w.client.connected]:
            for worker in waiting:
                if worker.client.connected:
                    await worker.diary.settle(worker.client)
            await asyncio.sleep(0.02)


async def _asked_again(workers: list[Worker]) -> None:
    """Every command that was acknowledged is answered as it was, by whichever instance."""

    async def one(worker: Worker) -> None:
        for event, payload, data in list(worker.diary.acked.values())[-ASKED_AGAIN:]:
            assert await worker.client.command(event, **payload) == data
        if worker.slug:  # or its members would go on earning
            with contextlib.suppress(Refused):  # it stands still already
                await worker.client.ask("room:stop", {"room": worker.slug})

    await asyncio.gather(*map(one, workers))


async def _nothing_left(database: str) -> None:
    sql = await asyncpg.connect(database)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await sql.fetchval(NOTHING_LEFT):
                await asyncio.sleep(0.05)
        assert await all_differences(sql, Rules(Counting(DayRule("UTC")), 60)) == []
    finally:
        await sql.close()


async def _compare_timers(fleet: Fleet, worker: Worker) -> None:
    """Each acknowledged start is one entry, each command one event; no more, no less."""
    acked = worker.diary.acked.values()
    entries = await fleet.sql(
        "select id from time_entries where user_id = $1 order by id", worker.person.id
    )
    starts = sorted(data["entry_id"] for event, _, data in acked if event == "timer:start")
    assert [row["id"] for row in entries] == starts
    told = await fleet.sql(
        "select type, count(*) as n from channel_events where channel = $1 group by type",
        worker.client.user_channel,
    )
    timers = sum(row["n"] for row in told if row["type"].startswith("timer:"))
    assert timers == len(acked)


async def _compare_room(fleet: Fleet, worker: Worker) -> None:
    """Each transition raised the version by one and was told once; stretches never overlap."""
    events = await fleet.sql(
        "select (data -> 'room' ->> 'version')::int as version from channel_events e"
        " join rooms r on e.channel = 'room:' || r.id"
        " where r.slug = $1 and type = 'room:updated' order by seq",
        worker.slug,
    )
    versions = [row["version"] for row in events]
    assert all(later > earlier for earlier, later in itertools.pairwise(versions))
    acked = [data["room"]["version"] for _, _, data in worker.diary.acked.values()]
    assert len(set(acked)) == len(acked)
    assert set(acked) <= set(versions)
    stretches = await fleet.sql(
        "select from_at, to_at from room_stretches s join rooms r on r.id = s.room_id"
        " where r.slug = $1 order by from_at, to_at",
        worker.slug,
    )
    for earlier, later in itertools.pairwise(stretches):
        assert earlier["to_at"] <= later["from_at"]


async def _compare_awards(fleet: Fleet) -> None:
    """Each badge once: in the table, as a notification, and as an event on the user's channel.

    One statement, since the rooms go on and their members with them.
    """
    (found,) = await fleet.sql(
        """
        with told as (
            select channel, data -> 'badge' ->> 'badge_id' as badge from channel_events
            where type = 'badge:awarded' and channel like 'user:%'
        )
        select (select count(*) from user_badges) as awarded,
            (select count(*) from notifications where kind = 'badge_awarded') as notified,
            (select count(*) from told) as told,
            (select count(*) from (select distinct channel, badge from told) d) as different
        """
    )
    assert found["awarded"] > 0
    assert set(found.values()) == {found["awarded"]}, found


def _tell(kills: int, workers: list[Worker], tracebacks: list[Any]) -> None:
    diaries = [worker.diary for worker in workers]
    settled = sum(diary.settled for diary in diaries)
    acked = sum(len(diary.acked) for diary in diaries)
    took = [seconds for diary in diaries for seconds in diary.took_s]
    scenario = "acknowledged commands"
    note(scenario, "kill -9 of instances", kills)
    note(scenario, "commands acknowledged", acked)
    note(scenario, "of them under way at a kill, settled by their id", settled)
    note(scenario, "acknowledged and lost", 0, most=0)
    note(scenario, "transitions or awards made twice", 0, most=0)
    note(scenario, "ack p99 meanwhile", percentile(took, 0.99) * 1e3, "ms")
    assert acked > 50
    assert tracebacks == []
