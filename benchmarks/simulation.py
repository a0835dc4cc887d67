"""Whether the capacity model tells the truth: `python -m benchmarks.simulation [--write]`.

One, two and four instances on one Postgres and one Valkey, each with the same load of its own, and
what the model (capacity.py) claims of them beside what they spent. Bounded: some two minutes.
`--write` puts the table into docs/SCALING.md.
"""

import argparse
import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import Any

import asyncpg
import redis.asyncio as aioredis

from benchmarks import capacity, report
from benchmarks.capacity import Costs, number
from benchmarks.costs import FACTS, size_of, until_settled
from benchmarks.load import Client, open_many
from benchmarks.processes import Meter
from benchmarks.store_costs import HINTS_A_SECOND, board_costs
from benchmarks.world import Target, database, prepare, servers, target
from storage.embedded import Embedded

BEGIN, END = "<!-- the simulation begins -->", "<!-- the simulation ends -->"
COUNTS = (1, 2, 4)
ROOM = 10
WARM_A_SECOND = 20.0
SECRET = "of more than thirty-two characters, for a benchmark"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the model says, and what was measured."""

    what: str
    unit: str
    predicted: float
    measured: float

    @property
    def ratio(self) -> float | None:
        """Measured to predicted; None where nothing was predicted."""
        return self.measured / self.predicted if self.predicted else None


@dataclass(frozen=True, slots=True)
class Load:
    """What each instance has to do: so many clients, and a second so many of each kind."""

    clients: int = 100
    pairs: float = 5.0
    reactions: float = 10.0
    seconds: float = 12.0


@dataclass(frozen=True, slots=True)
class Spent:
    """By one instance of several, in seconds of CPU a second; by Postgres for a pair of commands,
    in µs; and what the tables of facts grew by for one, in bytes."""

    instance: float
    postgres_pair_us: float
    pair_bytes: float


@dataclass(frozen=True, slots=True)
class Site:
    """Instances on one Postgres and one Valkey."""

    instances: Sequence[Target]
    sql: "asyncpg.Connection[asyncpg.Record]"
    redis: Any

    @property
    def pids(self) -> list[int]:
        return [instance.pid for instance in self.instances]

    async def at_rest(self, seconds: float, who: Sequence[int]) -> dict[str, float]:
        """CPU a second while nothing is asked; of the servers, those with these pids."""
        await until_settled(self.sql)
        meter, began = Meter(who), time.perf_counter()
        await asyncio.sleep(seconds)
        wall = time.perf_counter() - began
        return {name: spent / wall for name, spent in meter.take().items()}


@asynccontextmanager
async def site_of(embedded: Embedded, count: int) -> AsyncIterator[Site]:
    """So many instances."""
    async with AsyncExitStack() as stack:
        sql = await asyncpg.connect(database(embedded, "focushub"))
        stack.push_async_callback(sql.close)
        redis = await stack.enter_async_context(aioredis.from_url(embedded.redis_url))
        instances = [
            await stack.enter_async_context(target("focushub", embedded, SECRET))
            for _ in range(count)
        ]
        await asyncio.sleep(3)  # until they have heard of each other
        yield Site(instances, sql, redis)


async def people_of(site: Site, place: int, load: Load) -> tuple[list[Client], list[str]]:
    """The clients of one instance, in rooms that nobody elsewhere is in."""
    instance = site.instances[place]
    first = place * load.clients + 1
    tokens = [instance.token(n) for n in range(first, first + load.clients)]
    clients = await open_many(instance.url, tokens, 16)
    rooms = []
    for start in range(0, load.clients, ROOM):
        made = {"name": "One of many", "visibility": "public"}
        packet = await clients[start].insist("room:create", made)
        room = packet.partition(b'"slug":"')[2].partition(b'"')[0].decode()
        for client in clients[start : start + ROOM]:
            await client.insist("room:join", {"room": room})
        rooms.append(room)
    return clients, rooms


async def work(site: Site, place: int, load: Load, people: tuple[list[Client], list[str]]) -> int:
    """The load of one instance; answers how many pairs of commands there were."""
    clients, rooms = people
    turns = itertools.count()

    async def pair(number: int) -> None:
        client, user = clients[number % len(clients)], place * load.clients + number % len(clients)
        project = site.instances[place].project_of(user + 1)
        await client.insist("timer:start", {"project_id": project})
        await asyncio.sleep(1.2)
        await client.insist("timer:stop", {})

    async def react(number: int) -> None:
        client = clients[number % len(clients)]
        room = rooms[number % len(clients) // ROOM]
        await client.insist("room:react", {"room": room, "emoji": "👏"})

    async def paced(do: Any, rate: float) -> None:
        began, tasks = time.perf_counter(), []
        for done in range(int(rate * load.seconds)):
            await asyncio.sleep(max(0.0, began + done / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(do(next(turns))))
        await asyncio.gather(*tasks)

    await asyncio.gather(paced(pair, load.pairs), paced(react, load.reactions))
    return int(load.pairs * load.seconds)


async def warm(site: Site, place: int, load: Load, people: tuple[list[Client], list[str]]) -> None:
    """Everybody tracks once: who has done nothing yet earns badges by it, and first rows."""

    async def once(number: int, client: Client) -> None:
        await asyncio.sleep(number / WARM_A_SECOND)
        project = site.instances[place].project_of(place * load.clients + number + 1)
        await client.insist("timer:start", {"project_id": project})
        await asyncio.sleep(1.2)
        await client.insist("timer:stop", {})

    await asyncio.gather(*(once(number, one) for number, one in enumerate(people[0])))


async def loaded(embedded: Embedded, count: int, load: Load) -> Spent:
    """So many instances, each with the same load."""
    async with site_of(embedded, count) as site:
        people = [await people_of(site, place, load) for place in range(count)]
        await asyncio.gather(*(warm(site, place, load, people[place]) for place in range(count)))
        rest = await site.at_rest(load.seconds / 2, site.pids)
        grown, meter, began = await size_of(site.sql, FACTS), Meter(site.pids), time.perf_counter()
        pairs = sum(await asyncio.gather(*(work(site, n, load, people[n]) for n in range(count))))
        await until_settled(site.sql)
        wall, spent = time.perf_counter() - began, meter.take()
        grown = await size_of(site.sql, FACTS) - grown
    return Spent(
        instance=spent["server"] / wall / count,
        postgres_pair_us=(spent["postgres"] - rest["postgres"] * wall) / pairs * 1e6,
        pair_bytes=grown / pairs,
    )


async def apart(embedded: Embedded, costs: Costs, load: Load, events: int) -> list[Claim]:
    """Two instances, and a room of which first nobody, then one is on the second."""
    claims = []
    async with site_of(embedded, 2) as site:
        there = site.instances[1]
        clients, rooms = await people_of(site, 0, Load(clients=ROOM))
        guest = await Client.open(there.url, there.token(ROOM + 1))
        for where, followed in (("elsewhere", False), ("there too", True)):
            if followed:
                await guest.insist("room:join", {"room": rooms[0]})
                await asyncio.sleep(3)
            guest.deliveries = 0
            rest = await site.at_rest(load.seconds / 2, [there.pid])
            meter, began = Meter([there.pid]), time.perf_counter()
            heard: list[bytes] = []
            guest.on_event = lambda packet, heard=heard: (
                heard.append(packet) if b'"room:reacted"' in packet[:20] else None
            )
            for done in range(events):
                await asyncio.sleep(max(0.0, began + done / HINTS_A_SECOND - time.perf_counter()))
                await clients[done % ROOM].insist("room:react", {"room": rooms[0], "emoji": "👏"})
            await asyncio.sleep(0.5)
            wall, spent = time.perf_counter() - began, meter.take()
            own = {who: (spent[who] - rest[who] * wall) / events * 1e6 for who in spent}
            # So few of them, that each wakes Redis.
            hint, listener = costs["hint_alone_redis_us"], costs["hint_alone_listener_redis_us"]
            claims += [
                Claim(f"events with listeners {where}, that reach the other instance", "of all",
                      float(followed), len(heard) / events),
                Claim(f"the other instance's CPU for one, listeners {where}", "µs",
                      costs["hint_server_us"] + costs["reaction_each_server_us"] if followed
                      else 0.0, own["server"]),
                Claim(f"Redis's CPU for one, listeners {where}", "µs",
                      hint + followed * listener, own["redis"]),
            ]  # fmt: skip
    return claims


async def measure(costs: Costs, load: Load, events: int, board: int) -> list[Claim]:
    """All claims."""
    claims = []
    async with servers() as embedded:
        await prepare(embedded, ["focushub"])
        spent = {count: await loaded(embedded, count, load) for count in COUNTS}
        fewest = spent[COUNTS[1]].instance
        for count in COUNTS:
            one = spent[count]
            claims.append(
                Claim(f"CPU of an instance, {count} with the same load each",
                      "ms a second", fewest * 1e3, one.instance * 1e3)
            )  # fmt: skip
        for count in COUNTS:
            claims.append(
                Claim(f"Postgres's CPU for a start and a stop, {count} instances", "µs",
                      costs["pair_postgres_us"], spent[count].postgres_pair_us)
            )  # fmt: skip
        claims.append(
            Claim("entries and what is derived, for a start and a stop", "bytes",
                  costs["pair_facts_bytes"], spent[COUNTS[-1]].pair_bytes)
        )  # fmt: skip
        claims += await apart(embedded, costs, load, events)
        redis = aioredis.from_url(embedded.redis_url)
        few = await board_costs(redis, board // 50)
        many = await board_costs(redis, board)
        await redis.aclose()
        claims += [
            Claim(f"Redis's CPU for a score on a board of {board:,}", "µs",
                  few["board_write_redis_us"] * log2(board) / log2(board // 50),
                  many["board_write_redis_us"]),
            Claim(f"Redis's memory for it, on a board of {board:,}", "bytes",
                  costs["board_row_bytes"], many["board_row_bytes"]),
        ]  # fmt: skip
    return claims


def table(claims: Sequence[Claim]) -> str:
    """The claims in Markdown."""
    lines = ["| claim | | predicted | measured | ratio |", "|---|---|---:|---:|---:|"]
    for claim in claims:
        ratio = "" if claim.ratio is None else f"{claim.ratio:.2f}"
        told = f"{number(claim.predicted)} | {number(max(0.0, claim.measured))} | {ratio}"
        lines.append(f"| {claim.what} | {claim.unit} | {told} |")
    return "\n".join(lines)


def read_claims(path: Path) -> list[Claim]:
    """The claims as they were measured last."""
    return [Claim(*row) for row in report.read_report(path)["claims"]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    parser.add_argument("--seconds", type=float, default=Load().seconds, help="of each load")
    parser.add_argument("--events", type=int, default=600)
    parser.add_argument("--board", type=int, default=1_000_000, help="users on the board")
    parser.add_argument("--write", action="store_true", help="put the table into docs/SCALING.md")
    parser.add_argument("--costs", type=Path, default=report.results_of("costs"))
    parser.add_argument("--json", type=Path, default=report.results_of("simulation"))
    given = parser.parse_args()
    report.raise_file_limit()
    costs, load = capacity.read_costs(given.costs), Load(seconds=given.seconds)
    claims = report.run(measure(costs, load, given.events, given.board))
    print(table(claims))
    rows = [[claim.what, claim.unit, claim.predicted, claim.measured] for claim in claims]
    report.write_report(given.json, claims=rows)
    if given.write:
        report.put_between(capacity.DOCUMENT, BEGIN, END, table(claims))


if __name__ == "__main__":
    main()
