"""Presence over two instances: who has gone, by whatever way, is shown no longer than promised."""

import asyncio
import json
import time
from typing import Any

from tests.faults.clients import Client, open_all
from tests.faults.instances import Fleet, fleet_of
from tests.faults.report import LONG, note
from tests.faults.servers import Stores
from tests.support.presence import QUICK, Sight

# The long form takes the times as they are; the other has all of them in the same proportions.
TIMES = {} if LONG else {"TEST_TIMES": json.dumps(QUICK)}
GRACE_S = 10.0 if LONG else QUICK["presence_grace"]
DEAD_S = 15.0 if LONG else QUICK["presence_lease"] + 1
PATIENCE_S = 60
SCENARIO = "presence"


class Watcher:
    """Somebody who follows a project's channel and shows who is there."""

    def __init__(self, client: Client, channel: str) -> None:
        self.client = client
        self.channel = channel
        self.sight = Sight()
        self.changes = 0
        # What comes on the heels of the snapshot, before that has been read.
        self._early: list[Any] | None = []

    async def begin(self) -> None:
        answer = await self.client.follow(self.channel)
        self.sight.begin(answer["snapshot"]["presence"])
        early, self._early = self._early or [], None
        for data in early:
            self.sight.apply(data)

    def told(self, name: str, data: Any) -> None:
        if name != "presence:updated":
            return
        self.changes += 1
        if self._early is None:
            self.sight.apply(data)
        else:
            self._early.append(data)

    async def shows(self, *people: int) -> float:
        """The seconds until exactly these are there."""
        began = time.monotonic()
        await self.client.until(lambda: set(self.sight.users) == set(people), PATIENCE_S)
        return time.monotonic() - began


async def test_who_is_gone_is_shown_no_longer_than_promised(stores: Stores, database: str) -> None:
    """[P1] Left, back within the grace, on an instance that is killed, on one that is drained."""
    async with fleet_of(database, [stores.redis.url] * 2, **TIMES) as fleet:
        people = await fleet.people(4)
        ada, bo, cy, di = people
        channel = f"project:{await fleet.project(ada, people)}"
        watcher = await _watch(fleet, ada, channel)
        here = [Client(person) for person in (bo, cy)]
        await open_all(here, [fleet.urls[0]])
        there = Client(di)
        await there.open(fleet.urls[1])
        for client in (*here, there):
            await client.follow(channel)
        everybody = [person.id for person in people]
        await watcher.shows(*everybody)

        # One of two connections ends, and one comes back within the grace: nothing is told.
        second = Client(bo)
        await second.open(fleet.urls[1])
        await second.follow(channel)
        changes = watcher.changes
        await second.close()
        await here[1].close()
        await asyncio.sleep(GRACE_S / 3)
        await here[1].open(fleet.urls[1])
        await asyncio.sleep(1.3 * GRACE_S)
        assert watcher.changes == changes

        await here[1].close()
        left_s = await watcher.shows(ada.id, bo.id, di.id)
        assert left_s > 0.5 * GRACE_S

        fleet.members[1].kill()
        await there.ended()
        dead_s = await watcher.shows(ada.id, bo.id)
        await fleet.members[1].start()
        await there.open(fleet.urls[1])
        await watcher.shows(ada.id, bo.id, di.id)

        _, drained_s = await fleet.members[1].stop()
        gone_s = await watcher.shows(ada.id, bo.id)
        await here[0].close()
        await watcher.client.close()
    note(SCENARIO, "shown as gone after the last connection", left_s, "s", most=_goal(11.5))
    note(SCENARIO, "those of a killed instance gone after", dead_s, "s", most=_goal(15))
    note(SCENARIO, "a clean stop took", drained_s, "s")
    note(SCENARIO, "those of a stopped instance gone after", gone_s, "s", most=_goal(15))


def _goal(seconds: float) -> float | None:
    """There is none for times that are not the real ones."""
    return seconds if LONG else None


async def _watch(fleet: Fleet, person: Any, channel: str) -> Watcher:
    def told(name: str, envelope: Any) -> None:
        if envelope.channel == channel:
            watcher.told(name, json.loads(bytes(envelope.data)))

    client = Client(person, told=told)
    watcher = Watcher(client, channel)
    await client.open(fleet.urls[0])
    await watcher.begin()
    return watcher
