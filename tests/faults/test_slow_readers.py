"""Clients that never read, under load: each is dropped, and costs no more than it may."""

import asyncio
import json
import random
import time

from tests.faults.clients import Client, close_all, open_all
from tests.faults.diaries import percentile
from tests.faults.instances import Fleet, fleet_of
from tests.faults.report import LONG, note
from tests.faults.servers import Stores
from tests.protocol.deaf import Deaf
from tests.support.product import Person

DEAF = 50 if LONG else 5
WRITERS = 20
# What waits for one of them in the process, at most; the kernel's buffers come before it.
BOUND_KIB = 1024
PATIENCE_S = 120 if LONG else 60
# A description and tags as long as they may be, in letters of which each is several bytes.
LONG_TEXT = {"description": "語" * 500, "tags": [f"{n}" + "語" * 39 for n in range(10)]}
SCENARIO = "slow reader"


async def test_who_never_reads_is_dropped_and_memory_is_bounded(
    stores: Stores, database: str
) -> None:
    """With `too_slow`; those who read beside them miss nothing."""
    async with fleet_of(database, [stores.redis.url]) as fleet:
        people = await fleet.people(WRITERS)
        project_id = await fleet.project(people[0], people)
        channel = f"project:{project_id}"
        writers = [Client(person) for person in people]
        readers = [Client(person) for person in people[:5]]
        await open_all([*writers, *readers], fleet.urls)
        for reader in readers:
            await reader.follow(channel)
        await _write(writers, project_id, 200)  # so that the process has what it needs
        quiet_s = await _write(writers, project_id, 200)
        before_kib = fleet.members[0].rss_kib
        deaf = [await _a_deaf(fleet, person, channel) for person in _some(people, DEAF)]
        began = time.monotonic()
        most_kib, busy_s = 0, []
        async with asyncio.timeout(PATIENCE_S):
            while await fleet.metric("focushub_slow_clients") < DEAF:
                busy_s += await _write(writers, project_id, 200)
                most_kib = max(most_kib, fleet.members[0].rss_kib)
        dropped_s = time.monotonic() - began
        await fleet.until_metric("focushub_connections", WRITERS + len(readers))
        rows = await fleet.sql("select seq from channels where channel = $1", channel)
        for reader in readers:
            await reader.until_seq(channel, rows[0]["seq"])
            assert reader.faults.any == 0, reader.faults
        told = [await _last_words(one, channel) for one in deaf]
        assert set(told) <= {"too_slow", ""}  # who goes on not reading does not hear that either
        await close_all([*writers, *readers])
    grown_kib = (most_kib - before_kib) / DEAF
    assert grown_kib < 4 * BOUND_KIB
    note(SCENARIO, "clients that never read", DEAF)
    note(SCENARIO, "dropped with `too_slow`", DEAF, least=DEAF)
    note(SCENARIO, "all dropped after", dropped_s, "s")
    note(SCENARIO, "memory of the process, for each", grown_kib / 1024, "MiB", most=1.5)
    ratio = percentile(busy_s, 0.99) / percentile(quiet_s, 0.99)
    note(SCENARIO, "ack p99 of the others, against before", ratio, "×")


def _some(people: list[Person], count: int) -> list[Person]:
    return random.Random(3).choices(people, k=count)


async def _a_deaf(fleet: Fleet, person: Person, channel: str) -> Deaf:
    deaf = await Deaf.open(fleet.urls[0])
    deaf.send("40" + json.dumps({"token": person.token}))
    deaf.send("421" + json.dumps(["channel:subscribe", {"channel": channel}]))
    while not (await deaf.hear()).startswith("431["):
        continue
    return deaf


async def _last_words(deaf: Deaf, channel: str) -> str:
    """Why its connection was ended, if that still came out; no event is missing before it."""
    heard = [json.loads(packet[2:]) for packet in await deaf.hear_all() if packet[:2] == "42"]
    told = [data for _, data in heard if data.get("channel") == channel and data.get("at")]
    seqs = [data["seq"] for data in told if data["seq"] is not None]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    name, data = heard[-1]
    return data["code"] if name == "connection:closing" else ""


async def _write(writers: list[Client], project_id: int, count: int) -> list[float]:
    """So many big events by all of them; how long each ack took."""
    took_s: list[float] = []

    async def one(writer: Client) -> None:
        for number in range(count // len(writers)):
            began = time.monotonic()
            text = {**LONG_TEXT, "tags": LONG_TEXT["tags"][number % 2 :]}
            await writer.command("timer:start", project_id=project_id, **text)
            took_s.append(time.monotonic() - began)

    await asyncio.gather(*(one(writer) for writer in writers))
    return took_s
