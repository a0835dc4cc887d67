"""Ten thousand at once: `python -m benchmarks.crowd [--connections 10000] [--room 100]`.

One process takes them all: what it and its databases cost while they are idle, how long an event
takes to everybody in one of their rooms, how soon nothing is left of them when all break off, and
how soon all are back after it was killed, each trying again as the page does.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from benchmarks import processes, report
from benchmarks.load import Client, until
from benchmarks.report import Rows, spread, table
from benchmarks.returning import come_back, source_of
from benchmarks.world import Target, prepare, servers, target

AT_ONCE = 256
ROOMS_AT_ONCE = 8
IDLE_S = 20.0
# What a process opens and closes by itself meanwhile.
_FILES_OF_ITS_OWN = 12


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said in rooms, and the event by which everybody there is told."""

    event: str
    payload: dict[str, str]
    told: str

    @property
    def heads(self) -> bytes:
        return f'42["{self.told}"'.encode()


REACTION = Saying("room:react", {"emoji": "👏"}, "room:reacted")
CHAT = Saying("room:say", {"text": "Well done!"}, "room:message")


@dataclass(slots=True)
class _Heard:
    """How long events of one room, one after the other, take to each of its members."""

    heads: bytes
    members: int
    took: list[float] = field(default_factory=list)
    began: float = 0.0
    told: int = 0

    def begin(self) -> None:
        self.began = time.perf_counter()
        self.told += self.members

    def hear(self, packet: bytes) -> None:
        if packet.startswith(self.heads):
            self.took.append(time.perf_counter() - self.began)

    def by_all(self) -> bool:
        return len(self.took) >= self.told


def _timed(took: list[float]) -> Callable[[bytes], None]:
    """Notes when the ack comes."""
    began = time.perf_counter()
    return lambda _packet: took.append(time.perf_counter() - began)


@dataclass
class Crowd:
    """Connections to one server, in rooms of `size`; `rows` is what has been measured."""

    server: Target
    count: int
    size: int
    most_rooms: int = 100
    quiet_s: float = 3.0
    clients: list[Client] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)
    rows: Rows = field(default_factory=list)

    async def come(self) -> None:
        """All connect, some at a time."""
        server = self.server
        before, cpu, began = server.rss_kib(), server.cpu_s(), time.perf_counter()
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> Client:
            async with gate:
                return await Client.open(server.url, server.token(number + 1), source_of(number))

        self.clients = list(await asyncio.gather(*(one(n) for n in range(self.count))))
        wall, cpu = time.perf_counter() - began, server.cpu_s() - cpu
        await asyncio.sleep(2)
        self.rows += [
            ("coming", "a second", self.count / wall),
            ("coming", "server CPU, µs a connection", cpu / self.count * 1e6),
            ("idle", "KiB a connection", (server.rss_kib() - before) / self.count),
        ]

    async def rest(self, name: str, seconds: float = IDLE_S) -> None:
        """What they cost while nothing happens."""
        meter, began = processes.Meter([self.server.pid]), time.perf_counter()
        await asyncio.sleep(seconds)
        wall = time.perf_counter() - began
        for who, spent in meter.take().items():
            self.rows.append((name, f"{who}, % of a processor", spent / wall * 100))

    async def gather(self) -> None:
        """As many as there are rooms for join one; its first members make it."""
        cpu, began = self.server.cpu_s(), time.perf_counter()
        inside = min(self.count, self.size * self.most_rooms)
        groups = [self.clients[n : n + self.size] for n in range(0, inside, self.size)]
        gate = asyncio.Semaphore(ROOMS_AT_ONCE)
        self.rooms = list(await asyncio.gather(*(self._fill(group, gate) for group in groups)))
        wall, cpu = time.perf_counter() - began, self.server.cpu_s() - cpu
        self.rows += [
            (f"joining a room of {self.size}", "a second", inside / wall),
            (f"joining a room of {self.size}", "server CPU, µs", cpu / inside * 1e6),
        ]
        await self._quiet()

    async def _fill(self, group: list[Client], gate: asyncio.Semaphore) -> str:
        settings = {"capacity": max(2, self.size), "chat": "always"}
        made = {"name": "One of many", "visibility": "public", "settings": settings}
        async with gate:
            packet = await group[0].insist("room:create", made)
            room = packet.partition(b'"slug":"')[2].partition(b'"')[0].decode()
            for client in group:
                await client.insist("room:join", {"room": room})
        return room

    async def _quiet(self) -> None:
        """Wait until everybody has been told of everybody; beats go on for ever."""
        told = 0

        def hear(packet: bytes) -> None:
            nonlocal told
            told += not packet.startswith(b'42["channel:beat"')

        for client in self.clients:
            client.on_event = hear
        before = -1
        while told > before:
            before = told
            await asyncio.sleep(self.quiet_s)

    async def talk(self, name: str, saying: Saying, seconds: float, rate: float) -> None:
        """So many events a second, each in another room, and how long each takes to everybody."""
        heard = [_Heard(saying.heads, self.size) for _ in self.rooms]
        inside = len(self.rooms) * self.size
        for number, client in enumerate(self.clients):
            client.on_event = heard[number // self.size].hear if number < inside else None
        acked: list[float] = []
        cpu, began = self.server.cpu_s(), time.perf_counter()
        for number in range(int(seconds * rate)):
            place, turn = number % len(self.rooms), number // len(self.rooms)
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            await until(heard[place].by_all)
            heard[place].begin()
            self.clients[place * self.size + turn % self.size].send(
                saying.event, {"room": self.rooms[place], **saying.payload}, _timed(acked)
            )
        await until(lambda: all(one.by_all() for one in heard))
        cpu, took = self.server.cpu_s() - cpu, [s for one in heard for s in one.took]
        self.rows += [
            *spread(name, took),
            (name, "most, ms", max(took) * 1e3),
            (name, "server CPU, µs a delivery", cpu / len(took) * 1e6),
            *spread(f"{name}: its ack", acked),
        ]

    async def go(self, http: aiohttp.ClientSession) -> None:
        """All break off at once; how long until the server has let go of the last of them."""
        # All but what the process opens and closes by itself.
        files = processes.open_files(self.server.pid) - self.count + _FILES_OF_ITS_OWN
        cpu, began = self.server.cpu_s(), time.perf_counter()
        for client in self.clients:
            client.break_off()
        told = time.perf_counter() - began
        await until(lambda: processes.open_files(self.server.pid) <= files)
        closed = time.perf_counter() - began
        async with http.get(f"{self.server.url}/healthz") as response:
            await response.read()
        served, cpu = time.perf_counter() - began, self.server.cpu_s() - cpu
        gauges = await self._settled(http)
        self.rows += [
            ("all break off", "ms until the last has been sent away by its client", told * 1e3),
            ("all break off", "ms until the server has closed the last", closed * 1e3),
            ("all break off", "ms until the next is served", served * 1e3),
            ("all break off", "server CPU, µs a connection",
             cpu / self.count * 1e6),
            ("left of them", "connections", gauges["focushub_connections"]),
            ("left of them", "channels", gauges["focushub_channels"]),
            ("left of them", "tasks", gauges["focushub_tasks"]),
        ]  # fmt: skip
        self.clients.clear()

    async def _settled(self, http: aiohttp.ClientSession) -> dict[str, float]:
        """What the server says of itself, which it brings up to date every second."""
        for _ in range(10):
            await asyncio.sleep(1)
            gauges = await gauges_of(http, self.server)
            if gauges["focushub_connections"] == gauges["focushub_channels"] == 0:
                break
        return gauges


async def gauges_of(http: aiohttp.ClientSession, server: Target) -> dict[str, float]:
    """What the server says of itself."""
    async with http.get(f"{server.url}/metrics") as response:
        lines = (await response.text()).splitlines()
    pairs = (line.rpartition(" ") for line in lines if line.startswith("focushub_"))
    return {name: float(value) for name, _, value in pairs}


async def measure(count: int, size: int, most_rooms: int, seconds: float, rate: float) -> Rows:
    """All of it with `count` connections, some of them in rooms of `size`."""
    async with servers() as embedded:
        await prepare(embedded, ["focushub"])
        secret = "of more than thirty-two characters, for a benchmark"
        async with (
            target("focushub", embedded, secret) as server,
            aiohttp.ClientSession() as http,
        ):
            (await Client.open(server.url, server.token(count + 1))).close()  # to begin with
            await asyncio.sleep(2)
            crowd = Crowd(server, count, size, most_rooms)
            steps: list[tuple[str, Callable[[], Awaitable[None]]]] = [
                ("before", lambda: crowd.rest("nobody is there", seconds)),
                ("coming", crowd.come),
                ("resting", lambda: crowd.rest("idle", seconds)),
                ("rooms", crowd.gather),
                ("resting in rooms", lambda: crowd.rest("idle in rooms", seconds)),
                ("reactions", lambda: crowd.talk(
                    f"a reaction in a room of {size}", REACTION, seconds, rate)),
                ("chat", lambda: crowd.talk(
                    f"a line of chat in a room of {size}", CHAT, seconds, rate)),
                ("breaking off", lambda: crowd.go(http)),
            ]  # fmt: skip
            for name, step in steps:
                print(name, file=sys.stderr)
                await step()
        print("coming back", file=sys.stderr)
        crowd.rows += await come_back(embedded, secret, count)
    return crowd.rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--room", type=int, default=100, help="how many are in a room")
    parser.add_argument("--rooms", type=int, default=100, help="how many rooms at most")
    parser.add_argument("--seconds", type=float, default=IDLE_S, help="of each part")
    parser.add_argument("--rate", type=float, default=20.0, help="events a second, in all rooms")
    parser.add_argument("--json", type=Path, default=report.results_of("crowd"))
    given = parser.parse_args()
    report.raise_file_limit()
    rows = report.run(
        measure(given.connections, given.room, given.rooms, given.seconds, given.rate)
    )
    print(table(rows))
    report.write_report(
        given.json,
        connections=given.connections,
        room=given.room,
        rooms=given.rooms,
        rate=given.rate,
        rows=rows,
    )


if __name__ == "__main__":
    main()
