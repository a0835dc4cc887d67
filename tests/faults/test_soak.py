"""The same again and again: nothing grows, and nothing is left when everybody has gone."""

import asyncio
import os
import random
import resource
import time

from benchmarks.processes import cpu_s, open_files
from tests.faults.clients import Client, open_all
from tests.faults.instances import Fleet, fleet_of
from tests.faults.report import LONG, note
from tests.faults.servers import Stores

CLIENTS, PROJECTS = (2000, 100) if LONG else (150, 10)
MINUTES = float(os.environ.get("FAULTS_SOAK_MINUTES", "5" if LONG else "0"))
LEAST_TURNS = 4 if LONG else 3
WORK_S = 10.0 if LONG else 1.0
PATIENCE_S = 120
# What a process opens and closes by itself meanwhile.
FILES_OF_ITS_OWN = 12
SCENARIO = "soak"


async def test_nothing_grows_and_nothing_is_left(stores: Stores, database: str) -> None:
    """Everybody comes, works, and is gone at once; connections, channels and tasks are as before,
    and the memory is not more each time."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    async with fleet_of(database, [stores.redis.url]) as fleet:
        member = fleet.members[0]
        people = await fleet.people(CLIENTS)
        of_project = [people[n::PROJECTS] for n in range(PROJECTS)]
        projects = [await fleet.project(group[0], group) for group in of_project]
        began, kib, freed_s, left = time.monotonic(), [], [], []
        while len(kib) < LEAST_TURNS or time.monotonic() - began < 60 * MINUTES:
            clients = [Client(person) for person in people]
            await open_all(clients, fleet.urls)
            for number, client in enumerate(clients):
                await client.follow(f"project:{projects[number % PROJECTS]}")
            await _work(clients, projects)
            freed_s.append(await _all_gone(fleet, clients))
            left.append(await _at_rest(fleet))
            assert await fleet.metric("focushub_channels") == 0
            kib.append(member.rss_kib)
            for client in clients:
                assert client.faults.any == 0, client.faults
        lasted_s = time.monotonic() - began
        assert member.tracebacks == []
    # What a client leaves behind would be there for each of them, each time; the first time also
    # begins what is begun once.
    assert left[-1] - left[0] < CLIENTS / 10, left
    note(SCENARIO, "clients, each time", CLIENTS)
    note(SCENARIO, "times that all came and went", len(kib))
    note(SCENARIO, "minutes", lasted_s / 60)
    note(SCENARIO, "connections and channels left", 0, most=0)
    note(SCENARIO, "tasks more than after the first time", left[-1] - left[0], most=5)
    note(SCENARIO, "memory after the second time", kib[1] / 1024, "MiB")
    note(SCENARIO, "memory at the end", kib[-1] / 1024, "MiB")
    growth = 100 * (kib[-1] / kib[1] - 1)
    note(SCENARIO, "growth from the second time to the last", growth, "%", most=5)
    per_10_000 = max(freed_s) / CLIENTS * 10_000
    note(SCENARIO, "CPU time for 10,000 that are gone at once", per_10_000, "s", most=0.5)


async def _at_rest(fleet: Fleet) -> float:
    """The tasks of the process when nobody is connected, and it has had time to see that."""
    await fleet.until_metric("focushub_connections", 0, PATIENCE_S)
    await fleet.until_metric("focushub_channels", 0, PATIENCE_S)
    seen = []
    for _ in range(4):  # loops begin and end tasks of their own, so the fewest count
        seen.append(await fleet.metric("focushub_tasks"))
        await asyncio.sleep(0.6)
    return min(seen)


async def _work(clients: list[Client], projects: list[int]) -> None:
    """Some of them use their timers."""
    ends_at = time.monotonic() + WORK_S
    busy = random.Random(5).sample(list(enumerate(clients)), min(100, len(clients)))

    async def one(number: int, client: Client) -> None:
        while time.monotonic() < ends_at:
            await client.command("timer:start", project_id=projects[number % PROJECTS])
            await asyncio.sleep(0.5)
            await client.command("timer:stop")
            await asyncio.sleep(0.5)

    await asyncio.gather(*(one(*numbered) for numbered in busy))


async def _all_gone(fleet: Fleet, clients: list[Client]) -> float:
    """Everybody is lost in the same moment; the CPU time of the process until it has let go of
    the last connection, and serves the next.

    What follows by and by (who is there no more is told after a grace) is not of it.
    """
    pid = fleet.members[0].process.pid
    files = open_files(pid)
    before = cpu_s(pid)
    for client in clients:
        client.kick()
    async with asyncio.timeout(PATIENCE_S):
        while open_files(pid) > files - len(clients) + FILES_OF_ITS_OWN:
            await asyncio.sleep(0.001)
    await fleet.metric("focushub_connections")
    took_s = cpu_s(pid) - before
    await asyncio.gather(*(client.ended(PATIENCE_S) for client in clients))
    return took_s
