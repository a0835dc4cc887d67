"""A small town's worth of people who come, work, talk, read, carry files in and out, and go.

Each kind of thing is done by workers that go on until they are cancelled. What is refused is
counted by its code, since some of it is meant: a timer that does not run is stopped. `internal`
nobody should ever be told; `unavailable`, and no answer in time, only where the machine has too
much to do.
"""

import asyncio
import json
import random
import re
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from benchmarks.load import Client
from benchmarks.world import PROJECT, Target

FAILURES = frozenset({"internal", "unknown"})
BUSY = frozenset({"unavailable", "lost", "slow"})
ROOMS = 12
_ANSWER_WITHIN_S = 30.0
_NAMED = re.compile(r"/[\w-]*\d[\w-]*")
_CODE = re.compile(rb'"code":"(\w+)"')
_READS = (
    "/time-entries?limit=50", "/reports/summary?group_by=day,project", "/reports/heatmap",
    "/streak", "/badges", "/notifications", "/timeline", "/tags", "/projects/1", "/users/me",
    "/leaderboard?period=week", "/leaderboard/me?period=day", "/rooms", "/users/{id}/profile",
    "/users/{id}/activity", "/focus-metrics", "/time-entries/current",
)  # fmt: skip


@dataclass(slots=True)
class Town:
    """Who does what to a server, and what came of it."""

    server: Target
    http: aiohttp.ClientSession
    people: int
    lives_s: tuple[float, float] = (5.0, 40.0)
    haste: float = 1.0  # how much shorter pauses are than usual
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    rooms: list[str] = field(default_factory=list)

    # -- one thing each

    async def say(self, client: Client, event: str, **payload: Any) -> bytes:
        """Send an event and wait for its ack, whatever it is."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        client.send(event, payload, answer.set_result)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                packet = await answer
        except TimeoutError:
            self.refused["lost" if client.ended else "slow"] += 1
            return b""
        if b'"ok":true' in packet[:40]:
            self.done[event] += 1
        else:
            found = _CODE.search(packet)
            self.refused[found[1].decode() if found else "unknown"] += 1
        return packet

    async def call(self, method: str, path: str, user_id: int, **options: Any) -> Any:
        """Make a REST call; its answer, when that is JSON."""
        headers = {"Authorization": f"Bearer {self.server.token(user_id)}"}
        headers |= options.pop("headers", {})
        async with self.http.request(
            method, f"{self.server.url}/api{path}", headers=headers, **options
        ) as response:
            body = await response.read()
        if response.status < 400:
            self.done[f"{method} {_NAMED.sub('/…', path.partition('?')[0])}"] += 1
        else:
            found = _CODE.search(body)
            code = found[1].decode() if found else str(response.status)
            self.refused["internal" if response.status == 500 else code] += 1
        return json.loads(body) if response.content_type == "application/json" and body else None

    @asynccontextmanager
    async def connection(self, user_id: int) -> AsyncIterator[Client]:
        """A connection; of three, one ends without a word."""
        client = await Client.open(self.server.url, self.server.token(user_id))
        self.done["connect"] += 1
        try:
            yield client
        finally:
            if self.dice.random() < 1 / 3:
                client.break_off()
            else:
                client.close()

    def anybody(self) -> int:
        return self.dice.randint(1, self.people)

    async def pause(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(self.dice.uniform(least_s, most_s) / self.haste)

    # -- what workers do, again and again

    async def live(self) -> None:
        """Come, follow a project and a board, work, perhaps in a room, and go."""
        user_id = self.anybody()
        async with self.connection(user_id) as client:
            await self.say(client, "channel:subscribe", channel=f"project:{PROJECT}")
            await self.say(client, "channel:subscribe", channel="leaderboard:day:global")
            if self.dice.random() < 0.4 and self.rooms:
                room = self.dice.choice(self.rooms)
                await self.say(client, "room:join", room=room)
                await self.say(client, "room:intend", room=room, text="to get it done", **_id())
            else:
                await self.say(client, "presence:set", status=self.dice.choice(["active", "away"]))
            end = asyncio.get_running_loop().time() + self.dice.uniform(*self.lives_s)
            while asyncio.get_running_loop().time() < end and not client.ended:
                await self.pause(1, 8)
                await self._work(client)

    async def _work(self, client: Client) -> None:
        doing: dict[str, dict[str, Any]] = {
            "timer:start": {"project_id": PROJECT, "tags": ["deep"], **_id()},
            "timer:stop": _id(),
            "timer:update": {"description": uuid.uuid4().hex, **_id()},
            "clock:sync": {"t0": 1},
            "timer:current": {},
        }
        event = self.dice.choice(list(doing))
        await self.say(client, event, **doing[event])

    async def poll(self) -> None:
        """Begin as stock clients do, by long-polling, and get no further."""
        params = {"EIO": "4", "transport": "polling"}
        url = f"{self.server.url}/socket.io/"
        async with self.http.get(url, params=params) as response:
            params["sid"] = json.loads((await response.read())[1:])["sid"]
        hello = "40" + json.dumps({"token": self.server.token(self.anybody())})
        async with self.http.post(url, params=params, data=hello) as response:
            await response.read()
        async with self.http.get(url, params=params) as response:
            self.done["polled"] += 1
            await response.read()
        await self.pause(2, 10)

    async def meet(self) -> None:
        """Make a room, work in it for a while, and take it down."""
        settings = {"work_s": 5, "short_break_s": 3, "auto_start_work": True}
        host = self.anybody()
        async with self.connection(host) as client:
            packet = await self.say(
                client, "room:create", name="Soon gone", visibility="public", settings=settings,
                **_id(),
            )  # fmt: skip
            if b'"ok":true' not in packet[:40]:
                return
            room = json.loads(packet[packet.index(b"[") :])[0]["data"]["slug"]
            await self.say(client, "room:join", room=room)
            await self.say(client, "room:start", room=room, **_id())
            await self.pause(4, 12)
            await self.say(client, "room:react", room=room, emoji="👏")
            await self.say(client, "room:stop", room=room, **_id())
            await self.call("DELETE", f"/rooms/{room}", host)

    async def read(self) -> None:
        user_id = self.anybody()
        path = self.dice.choice(_READS).format(id=self.anybody())
        await self.call("GET", path, user_id)
        await self.pause(0.1, 0.6)

    async def carry_out(self) -> None:
        """Export everything; of three, one reader goes away in the middle."""
        user_id, kind = self.anybody(), self.dice.choice(["csv", "json"])
        url = f"{self.server.url}/api/export/time-entries?format={kind}"
        headers = {"Authorization": f"Bearer {self.server.token(user_id)}"}
        async with self.http.get(url, headers=headers) as response:
            if self.dice.random() < 1 / 3:
                await response.content.read(100)
                response.close()
            else:
                await response.read()
        self.done["export"] += 1
        await self.pause(2, 6)

    async def carry_in(self) -> None:
        """Import a file of a hundred lines, take it back; the same again and again."""
        user_id = self.anybody()
        report = await self.call(
            "POST", "/import/time-entries?format=toggl", user_id, data=_FILE,
            headers={"Content-Type": "text/csv"},
        )  # fmt: skip
        if report and report.get("import_id"):
            await self.call("DELETE", f"/import/{report['import_id']}", user_id)
        await self.pause(5, 15)

    # -- all of them

    async def settle(self) -> None:
        """Make the rooms that stay, which go through work and breaks by themselves."""
        for number in range(ROOMS):
            settings = {"work_s": 60, "short_break_s": 15, "auto_start_work": True}
            body = {"name": f"Room {number}", "visibility": "public", "settings": settings}
            made = await self.call("POST", "/rooms", number + 1, json=body)
            self.rooms.append(made["slug"])

    async def keep_going(self) -> None:
        """Have a round running in one of the rooms that stay."""
        room = self.dice.choice(self.rooms)
        async with self.connection(1 + self.rooms.index(room)) as client:
            await self.say(client, "room:join", room=room)
            await self.say(client, "room:start", room=room, **_id())
            await self.pause(10, 30)

    def workers(self, clients: int) -> list[tuple[Callable[[], Awaitable[None]], int]]:
        """(what, how many do it)"""
        return [
            (self.live, clients), (self.poll, 4), (self.meet, 4), (self.keep_going, 4),
            (self.read, 4), (self.carry_out, 2), (self.carry_in, 2),
        ]  # fmt: skip

    async def go_on(self, what: Callable[[], Awaitable[None]]) -> None:
        """Do it again and again, from a moment of its own on."""
        await self.pause(0, 5)
        while True:
            try:
                await what()
            except (ConnectionError, aiohttp.ClientError, TimeoutError):
                self.refused["lost"] += 1
                await asyncio.sleep(1)

    @asynccontextmanager
    async def bustle(self, clients: int) -> AsyncIterator[None]:
        """All of it goes on meanwhile; then everybody leaves."""
        tasks = [
            asyncio.create_task(self.go_on(what), name=what.__name__)
            for what, count in self.workers(clients)
            for _ in range(count)
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            for end in ends:
                if isinstance(end, Exception):
                    raise end


def _id() -> dict[str, str]:
    return {"command_id": str(uuid.uuid4())}


def _toggl(lines: int) -> bytes:
    """A detailed report of Toggl Track, one entry an hour."""
    head = "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,"
    head += "End date,End time,Duration,Tags,Amount ()\n"
    rows = []
    for n in range(lines):
        start = datetime(2026, 3, 1, tzinfo=UTC) - n * timedelta(hours=1)
        end = start + timedelta(minutes=20)
        rows.append(
            f"Ada,ada@example.org,,,,Piece {n},No,"
            f'{start:%Y-%m-%d,%H:%M:%S},{end:%Y-%m-%d,%H:%M:%S},00:20:00,"deep",\n'
        )
    return (head + "".join(rows)).encode()


_FILE = _toggl(100)
