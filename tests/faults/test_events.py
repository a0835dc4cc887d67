"""Durable events of three instances: one sequence for everybody, whatever Redis loses."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import hiredis

from tests.faults.clients import Client, Ledger, close_all, open_all
from tests.faults.diaries import percentile
from tests.faults.instances import Fleet, fleet_of
from tests.faults.report import LONG, note
from tests.faults.servers import Stores
from tests.support.tcp import Sieve, line_to

EVENTS = 10_000 if LONG else 360
WRITERS = 100 if LONG else 12
LISTENERS = 8 if LONG else 3
PATIENCE_S = 120
SCENARIO = "durable events"


class Latecomers:
    """When each event came to whom: how late the last one was, against the first."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, int], float] = {}
        self.late_s: list[float] = []

    def heard(self, channel: str, seq: int) -> None:
        now = time.monotonic()
        self.late_s.append(now - self._first.setdefault((channel, seq), now))


@dataclass
class Loss:
    """How much of what is published gets lost on the way to an instance; and how often it was."""

    share: float = 0.1
    times: int = 0

    def sieve_by(self, dice: random.Random) -> Callable[[], Sieve]:
        """What some messages do not come through; everything else does, and signs of life."""

        def make() -> Sieve:
            reader = hiredis.Reader()
            subscribed = False

            def sieve(data: bytes) -> bytes:
                nonlocal subscribed
                if not subscribed and b"subscribe\r\n" not in data:
                    return data
                subscribed = True
                reader.feed(data)
                kept = []
                while (reply := reader.gets()) is not False:
                    if _is_event(reply) and dice.random() < self.share:
                        self.times += 1
                    else:
                        kept.append(_packed(reply))
                return b"".join(kept)

            return sieve

        return make


def _is_event(reply: object) -> bool:
    published = isinstance(reply, list) and reply[0] in (b"message", b"smessage")
    return published and b":beat:" not in reply[1]  # type: ignore[index]


class Crowd:
    """Those who write on one project's channel, and those who listen, on every instance."""

    def __init__(self, fleet: Fleet, channel: str, writers: list[Client], listeners: list[Client]):
        self.fleet = fleet
        self.channel = channel
        self.writers = writers
        self.listeners = listeners

    @classmethod
    async def on(cls, fleet: Fleet, ledger: Ledger, late: Latecomers) -> "Crowd":
        people = await fleet.people(WRITERS + 1)
        project_id = await fleet.project(people[0], people)
        channel = f"project:{project_id}"

        def told(_name: str, envelope: object) -> None:
            if getattr(envelope, "channel", "") == channel and getattr(envelope, "at", ""):
                late.heard(channel, envelope.seq)  # type: ignore[attr-defined]

        count = LISTENERS * len(fleet.members)
        listeners = [Client(people[0], ledger, told) for _ in range(count)]
        writers = [Client(person) for person in people[1:]]
        await open_all([*listeners, *writers], fleet.urls)
        for listener in listeners:
            await listener.follow(channel)
        return cls(fleet, channel, writers, listeners)

    async def write(self, events: int) -> None:
        """So many events of all writers at once: a command is one."""
        project_id = int(self.channel.partition(":")[2])

        async def one(writer: Client, count: int) -> None:
            for _ in range(count // 2):
                await writer.command("timer:start", project_id=project_id)
                await writer.command("timer:stop")

        each = events // len(self.writers)
        await asyncio.gather(*(one(writer, each) for writer in self.writers))

    async def all_told(self) -> int:
        """Everybody stands at the end of the log; its number."""
        rows = await self.fleet.sql("select seq from channels where channel = $1", self.channel)
        end: int = rows[0]["seq"]
        for listener in self.listeners:
            await listener.until_seq(self.channel, end, PATIENCE_S)
        return end


async def test_all_clients_are_told_the_same_consecutive_sequence(
    stores: Stores, database: str
) -> None:
    """Writers on three instances at once; everything that a client may do wrong is counted."""
    ledger, late = Ledger(), Latecomers()
    async with fleet_of(database, [stores.redis.url] * 3) as fleet:
        crowd = await Crowd.on(fleet, ledger, late)
        began = time.monotonic()
        await crowd.write(EVENTS)
        wrote_s = time.monotonic() - began
        await crowd.all_told()
        _same_for_all(crowd, ledger)
        note(SCENARIO, "publishes by three instances at once", EVENTS)
        note(SCENARIO, "events a second", EVENTS / wrote_s, "/s")
        note(SCENARIO, "gaps, doubles, reorders and differences", 0, most=0)
        note(SCENARIO, "p99 of the last reader behind the first", _ms(late, 0.99), "ms")
        await close_all([*crowd.writers, *crowd.listeners])


async def test_with_a_tenth_of_the_publishes_lost_nobody_is_wrong_for_long(
    stores: Stores, database: str
) -> None:
    """Each instance loses others, and at last all of them: the log fills the gaps, and the
    position check finds the last events."""
    ledger, late, loss = Ledger(), Latecomers(), Loss()
    async with AsyncExitStack() as stack:
        urls = []
        for number in range(3):
            line = await stack.enter_async_context(line_to(path=stores.redis.path))
            line.sieve = loss.sieve_by(random.Random(number))
            urls.append(stores.redis.url_by(line))
        fleet = await stack.enter_async_context(fleet_of(database, urls))
        crowd = await Crowd.on(fleet, ledger, late)
        await crowd.write(EVENTS)
        loss.share = 1.0
        await crowd.write(2 * len(crowd.writers))
        await crowd.all_told()
        _same_for_all(crowd, ledger)
        await close_all([*crowd.writers, *crowd.listeners])
    assert loss.times
    note(SCENARIO, "publishes lost on the way to an instance", loss.times)
    note(SCENARIO, "then the longest that anybody was behind", max(late.late_s), "s", most=15)


def _packed(reply: object) -> bytes:
    """A reply as Redis writes it in the second version of its protocol."""
    match reply:
        case bytes():
            return b"$%d\r\n%s\r\n" % (len(reply), reply)
        case int():
            return b":%d\r\n" % reply
        case list():
            return b"*%d\r\n" % len(reply) + b"".join(map(_packed, reply))
        case None:
            return b"$-1\r\n"
    raise TypeError(reply)


def _same_for_all(crowd: Crowd, ledger: Ledger) -> None:
    assert ledger.wrong == []
    assert len(ledger.told) >= EVENTS
    for client in (*crowd.listeners, *crowd.writers):
        assert client.faults.any == 0, client.faults
    assert len({listener.heard[crowd.channel] for listener in crowd.listeners}) == 1


def _ms(late: Latecomers, share: float) -> float:
    return percentile(late.late_s, share) * 1e3
