"""What one of each costs: `python -m benchmarks.costs [--connections 2000]`, for capacity.py.

One instance on its own Postgres and Valkey does one kind of thing at a time, at a steady pace; what
the three spend meanwhile, less what they spend while nothing happens, is divided by how many there
were. CPU time in microseconds, so that others who use the machine change it little.
"""

import argparse
import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

import aiohttp
import asyncpg
import redis.asyncio as aioredis

from benchmarks import report
from benchmarks.load import Client, open_many
from benchmarks.outside import Outside
from benchmarks.processes import Meter
from benchmarks.store_costs import HINTS_A_SECOND, Costs, board_costs, hint_costs, position_costs
from benchmarks.world import Target, database, prepare, servers, target

READS = (
    "/time-entries?limit=50", "/reports/summary?group_by=day", "/leaderboard/me?period=week",
    "/users/{id}/profile", "/notifications", "/projects/{project}",
)  # fmt: skip
# How many do the timer commands, in turn; how many pairs of them a full instance has in the model.
WORKERS, PAIRS_A_SECOND = 100, 6.0
# What TCP, IP and the websocket add to an event; what HTTP adds to an answer.
FRAME_BYTES, HEAD_BYTES = 56, 900
PINGS_BYTES_A_SECOND = 4 * 60 / 25
_SIZES = """
    select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as bytes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and {which}
"""
_LOG = "c.relname like 'channel_events%'"
FACTS = (
    "c.relname in ('time_entries', 'timeline', 'focus_days', 'focus_project_days', 'tracked_days',"
    " 'board_days', 'board_scores', 'user_badges', 'notifications')"
)
_SHORT = "c.relname in ('command_results', 'channels', 'dirty_users', 'dirty_earnings')"


async def until_settled(sql: "asyncpg.Connection[asyncpg.Record]", pause_s: float = 1.5) -> None:
    """Wait until what was to be worked off after the facts has been."""
    await asyncio.sleep(pause_s)
    while await sql.fetchval(
        "select exists (select from dirty_users) or exists (select from dirty_earnings)"
        " or exists (select from dirty_boards)"
    ):
        await asyncio.sleep(0.3)
    await asyncio.sleep(pause_s)


async def size_of(sql: "asyncpg.Connection[asyncpg.Record]", which: str) -> int:
    """The bytes of these tables, their indexes included."""
    size: int = await sql.fetchval(_SIZES.format(which=which))
    return size


@dataclass
class Bench:
    """One server, measured; `costs` grows."""

    server: Target
    sql: "asyncpg.Connection[asyncpg.Record]"
    redis: Any
    http: aiohttp.ClientSession
    seconds: float
    pause_s: float = 1.5
    costs: Costs = field(default_factory=dict)
    clients: list[Client] = field(default_factory=list)
    at_rest: Costs = field(default_factory=dict)

    async def idle(self) -> Costs:
        """Seconds of CPU a second, while nothing is asked."""
        await until_settled(self.sql, self.pause_s)
        meter, began = Meter([self.server.pid]), time.perf_counter()
        await asyncio.sleep(self.seconds)
        wall = time.perf_counter() - began
        return {who: spent / wall for who, spent in meter.take().items()}

    async def each(self, name: str, count: int, do: Callable[[int], Coroutine[Any, Any, object]],
                   rate: float) -> None:  # fmt: skip
        """Do it `count` times, so many a second; what one costs, with all that follows of it."""
        rest = await self.idle()
        meter, began = Meter([self.server.pid]), time.perf_counter()
        tasks: list[asyncio.Task[object]] = []
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(do(number)))
        await asyncio.gather(*tasks)
        await until_settled(self.sql, self.pause_s)
        wall = time.perf_counter() - began
        for who, spent in meter.take().items():
            own = max(0.0, spent - rest[who] * wall)
            self.costs[f"{name}_{who}_us"] = own / count * 1e6

    async def redis_bytes(self) -> int:
        used: int = (await self.redis.info("memory"))["used_memory"]
        return used

    def listen(self) -> list[int]:
        """The bytes of each event that comes to anybody from now on, with what carries it."""
        heard: list[int] = []

        def hear(packet: bytes) -> None:
            heard.append(len(packet) + FRAME_BYTES)

        for client in self.clients:
            client.on_event = hear
        return heard

    # -- one kind each

    async def instance(self) -> None:
        """An instance with nobody on it."""
        self.at_rest = await self.idle()
        for who, share in self.at_rest.items():
            self.costs[f"instance_{who}_us_a_second"] = share * 1e6
        self.costs["instance_mib"] = self.server.rss_kib() / 1024

    async def connections(self, count: int) -> None:
        """So many come, and stay, each with a channel of their own only."""
        memory = self.server.rss_kib()
        meter, began = Meter([self.server.pid]), time.perf_counter()
        self.clients = await open_many(
            self.server.url, [self.server.token(n) for n in range(1, count + 1)], 64
        )
        wall = time.perf_counter() - began
        for who, spent in meter.take().items():
            own = max(0.0, spent - self.at_rest[who] * wall)
            self.costs[f"connect_{who}_us"] = own / count * 1e6
        await asyncio.sleep(2)
        self.costs["connection_kib"] = (self.server.rss_kib() - memory) / count
        heard = self.listen()
        empty, self.at_rest = self.at_rest, await self.idle()
        beats = sum(heard) / count / self.seconds
        self.costs["connection_bytes_a_second"] = beats + PINGS_BYTES_A_SECOND
        for who, share in self.at_rest.items():
            own = max(0.0, share - empty[who])
            self.costs[f"connection_{who}_us_a_second"] = own / count * 1e6

    async def places(self, count: int) -> None:
        """So many connections follow a project each, of which there are 499."""

        async def follow(number: int) -> None:
            channel = f"project:{self.server.project_of(number + 1)}"
            await self.clients[number].insist("channel:subscribe", {"channel": channel})

        bytes_before = await self.redis_bytes()
        await self.each("subscribe", count, follow, 150)
        before, self.at_rest = self.at_rest, await self.idle()
        places = min(count, 499)
        for who, share in self.at_rest.items():
            own = max(0.0, share - before[who])
            self.costs[f"place_{who}_us_a_second"] = own / places * 1e6
        self.costs["place_bytes"] = (await self.redis_bytes() - bytes_before) / places

    async def rooms(self, size: int, events: int) -> None:
        """A room of so many: an ephemeral event, and a durable one, to all of its members."""
        members = self.clients[:size]
        settings = {"capacity": size, "chat": "always"}
        made = {"name": "To be measured", "visibility": "public", "settings": settings}
        packet = await members[0].insist("room:create", made)
        room = packet.partition(b'"slug":"')[2].partition(b'"')[0].decode()

        async def come_and_go(number: int) -> None:
            await members[number].insist("room:join", {"room": room})
            await members[number].insist("room:leave", {"room": room})

        # Who is in a room for the first time earns a badge by it, which is told and written once.
        await asyncio.gather(*(come_and_go(number) for number in range(size)))

        async def join(number: int) -> None:
            await members[number].insist("room:join", {"room": room})

        await self.each(f"join_{size}", size, join, 20)

        async def react(number: int) -> None:
            await members[number % size].insist("room:react", {"room": room, "emoji": "👏"})

        async def say(number: int) -> None:
            await members[number % size].insist("room:say", {"room": room, "text": "Done."})

        heard = self.listen()
        await self.each(f"reaction_{size}", events, react, 40)
        self.costs["delivery_bytes"] = mean(heard)
        log = await size_of(self.sql, _LOG)
        await self.each(f"chat_{size}", events, say, 40)
        self.costs["event_log_bytes"] = (await size_of(self.sql, _LOG) - log) / events
        for client in members:
            await client.insist("room:leave", {"room": room})

    async def commands(self, pairs: int) -> None:
        """Timers started and stopped, with the days, scores, streaks and badges that follow."""

        async def work(number: int) -> None:
            place = number % min(WORKERS, len(self.clients))
            client, project = self.clients[place], self.server.project_of(place + 1)
            await client.insist("timer:start", {"project_id": project, "tags": ["deep"]})
            await asyncio.sleep(1.2)  # what is shorter earns nothing
            await client.insist("timer:stop", {})

        # Who has done nothing yet earns badges by it, which is told and written once.
        await self.each("first_pair", WORKERS, work, PAIRS_A_SECOND)
        wal = await self.sql.fetchval("select pg_current_wal_insert_lsn()")
        sizes = {which: await size_of(self.sql, which) for which in (FACTS, _SHORT, _LOG)}
        await self.each("pair", pairs, work, PAIRS_A_SECOND)
        written = await self.sql.fetchval(
            "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::pg_lsn)", wal
        )
        self.costs["pair_wal_bytes"] = float(written) / pairs
        for name, which in (("facts", FACTS), ("short_lived", _SHORT), ("log", _LOG)):
            grown = await size_of(self.sql, which) - sizes[which]
            self.costs[f"pair_{name}_bytes"] = grown / pairs

    async def reads(self, count: int, rate: float) -> None:
        """What a page reads, in turn, by REST."""
        paths, sizes = itertools.cycle(READS), list[int]()

        async def read(number: int) -> None:
            user = number % 200 + 1
            path = next(paths).format(id=user, project=self.server.project_of(user))
            headers = {"Authorization": f"Bearer {self.server.token(user)}"}
            async with self.http.get(f"{self.server.url}/api{path}", headers=headers) as answer:
                sizes.append(len(await answer.read()) + HEAD_BYTES)
                answer.raise_for_status()

        await self.each("read", count, read, rate)
        self.costs["read_bytes"] = mean(sizes)

    async def hints(self, events: int) -> None:
        """Events of another instance on a project that one connection here follows."""
        channel = f"project:{self.server.project_of(1)}"
        async with Outside(self.server, channel) as outside:
            heard = self.listen()

            async def hear(_number: int) -> None:
                await outside.send(1)

            await self.each("hint", events, hear, HINTS_A_SECOND)
        self.costs["hint_server_us"] = max(
            0.0,
            self.costs["hint_server_us"]
            - self.costs["reaction_100_server_us"] / 100 * len(heard) / events,
        )


async def measure(count: int, seconds: float, pairs: int) -> Costs:
    """All costs; `count` connections, `pairs` of commands, and `seconds` of rest each time."""
    async with servers() as embedded:
        await prepare(embedded, ["focushub"])
        sql = await asyncpg.connect(database(embedded, "focushub"))
        redis = aioredis.from_url(embedded.redis_url)
        try:
            async with (
                target("focushub", embedded) as server,
                aiohttp.ClientSession() as http,
            ):
                bench = Bench(server, sql, redis, http, seconds)
                await bench.instance()
                await bench.connections(count)
                await bench.places(count)
                for size in (10, 100):
                    await bench.rooms(min(size, count), pairs)
                await bench.commands(pairs)
                await bench.reads(pairs * 4, rate=pairs / 8)
                await bench.hints(pairs * 10)
                bench.costs |= await position_costs(database(embedded, "focushub"), count, pairs)
                bench.costs |= await hint_costs(embedded, events=50 * pairs)
                bench.costs |= await board_costs(redis, users=50 * pairs)
        finally:
            await redis.aclose()
            await sql.close()
    return split(bench.costs) | {"away_word_bytes": float(len('[12345678,"away"],'))}


def split(costs: Costs) -> Costs:
    """Two sizes of rooms tell what an event costs by itself, and what each of its deliveries."""
    told = dict(costs)
    for kind in ("reaction", "chat", "join"):
        for who in ("server", "postgres", "redis"):
            small, large = told.pop(f"{kind}_10_{who}_us"), told.pop(f"{kind}_100_{who}_us")
            each = max(0.0, (large - small) / 90)
            told[f"{kind}_each_{who}_us"] = each
            told[f"{kind}_{who}_us"] = max(0.0, small - 10 * each)
    return {name: round(value, 2) for name, value in sorted(told.items())}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.costs", description=__doc__)
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of rest, each time")
    parser.add_argument("--pairs", type=int, default=400, help="of each kind of thing")
    parser.add_argument("--json", type=Path, default=report.results_of("costs"))
    given = parser.parse_args()
    report.raise_file_limit()
    costs = report.run(measure(given.connections, given.seconds, given.pairs))
    for name, value in costs.items():
        print(f"{name:36} {value:12,.2f}")
    report.write_report(given.json, connections=given.connections, costs=costs)


if __name__ == "__main__":
    main()
