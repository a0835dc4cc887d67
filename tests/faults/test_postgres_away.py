"""Postgres killed, paused and restarted: a clear word in time, and everything as it was after."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.faults.clients import Client, close_all, open_all
from tests.faults.diaries import insist
from tests.faults.instances import Fleet
from tests.faults.report import LONG, note
from tests.faults.servers import Stores
from tests.support.product import Person

PEOPLE = 20 if LONG else 5
AWAY_S = 30.0 if LONG else 5.0
PATIENCE_S = 60
SCENARIO = "Postgres killed, paused, restarted"


class Sender:
    """Somebody who goes on trying while the database is away, each command under its own id."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.refused_s: list[float] = []
        self.settled: list[Any] = []

    async def use(self, ending: asyncio.Event) -> None:
        while not ending.is_set():
            for event in ("timer:start", "timer:stop"):
                await self._settle(event, {"command_id": str(uuid.uuid4())})
                await asyncio.sleep(0.1)

    async def _settle(self, event: str, payload: dict[str, str]) -> None:
        while True:
            began = time.monotonic()
            ack = await self.client.call(event, payload)
            if ack["ok"]:
                self.settled.append((event, payload, ack["data"]))
                return
            assert ack["error"]["code"] == "unavailable", ack
            self.refused_s.append(time.monotonic() - began)
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("how", ["killed", "paused", "restarted"])
async def test_without_postgres_there_is_a_clear_word_and_nothing_is_lost(
    stores: Stores, two: Fleet, how: str
) -> None:
    """[T5] [R4] Sockets stay; a command is settled by its id; a phase that ended meanwhile is
    dated by its deadline, so that nothing drifts."""
    take, give = _ways(stores, how)
    people = await two.people(PEOPLE)
    senders = [Sender(Client(person)) for person in people]
    readers = [Client(person) for person in people]
    await open_all([sender.client for sender in senders], two.urls)
    await open_all(readers, two.urls[::-1])
    host, timer = await _a_phase_that_ends_meanwhile(two)
    ending = asyncio.Event()
    using = [asyncio.create_task(sender.use(ending)) for sender in senders]
    await asyncio.sleep(1)
    take()
    await asyncio.sleep(0.0 if how == "restarted" else AWAY_S)
    await give()
    back_at = time.monotonic()
    counts = [len(sender.settled) for sender in senders]
    async with asyncio.timeout(PATIENCE_S):
        while any(len(s.settled) <= n for s, n in zip(senders, counts, strict=True)):
            await asyncio.sleep(0.01)
    works_s = time.monotonic() - back_at
    caught_up_s = await _caught_up(two, readers, back_at)
    await asyncio.sleep(0.5)
    ending.set()
    await asyncio.gather(*using)
    await _caught_up(two, readers, back_at)
    everybody = [*readers, *(sender.client for sender in senders), host]
    for client in everybody:
        assert client.connected, client.closings
        assert client.faults.any == 0, client.faults
    await _compare(two, senders)
    await _no_drift(two, host, timer)
    await close_all(everybody)
    refused = [seconds for sender in senders for seconds in sender.refused_s]
    assert refused or how == "restarted"
    note(SCENARIO, f"{how}: commands told `unavailable`", len(refused))
    longest = max(refused, default=0.0)
    note(SCENARIO, f"{how}: the longest wait for that word", longest, "s", most=2)
    note(SCENARIO, f"{how}: back, and commands work after", works_s, "s", most=2)
    note(SCENARIO, f"{how}: back, and every reader has all after", caught_up_s, "s", most=2)
    note(SCENARIO, f"{how}: connections lost", 0, most=0)


def _ways(stores: Stores, how: str) -> tuple[Callable[[], None], Callable[[], Awaitable[None]]]:
    """(how it goes away, how it comes back)"""
    postgres = stores.postgres

    async def resume() -> None:
        postgres.resume()

    def nothing() -> None:
        """A restart is both in one."""

    ways = {
        "killed": (postgres.kill, postgres.revive),
        "paused": (postgres.pause, resume),
        "restarted": (nothing, postgres.restart),
    }
    return ways[how]


async def _a_phase_that_ends_meanwhile(fleet: Fleet) -> tuple[Client, Any]:
    """A room's host, and its timer: work of three seconds, and a break after it."""
    (person,) = await fleet.people(1)
    settings = {"work_s": 3, "short_break_s": 600}
    made = await insist(person, "/rooms", {"name": "Deep work", "settings": settings})
    slug, channel = made["slug"], f"room:{made['room_id']}"
    host = Client(person)
    await host.open(fleet.urls[0])
    await host.do("room:join", {"room": slug})
    await host.follow(channel)
    timer = (await host.command("room:start", room=slug))["room"]["timer"]
    return host, {"slug": slug, "channel": channel, **timer}


async def _caught_up(fleet: Fleet, readers: list[Client], since: float) -> float:
    """The seconds since then until every reader stood where their log ended a moment ago."""
    channels = {reader.user_channel: reader for reader in readers}
    rows = await fleet.sql(
        "select channel, seq from channels where channel = any($1::text[])", list(channels)
    )
    waits = (channels[row["channel"]].until_seq(*row, PATIENCE_S) for row in rows)
    await asyncio.gather(*waits)
    return time.monotonic() - since


async def _compare(fleet: Fleet, senders: list[Sender]) -> None:
    """Each command happened once, and is answered as it was."""
    for sender in senders:
        starts = sorted(d["entry_id"] for event, _, d in sender.settled if event == "timer:start")
        rows = await fleet.sql(
            "select id from time_entries where user_id = $1 order by id", sender.client.person.id
        )
        assert [row["id"] for row in rows] == starts
        for event, payload, data in sender.settled[-30:]:
            assert await sender.client.command(event, **payload) == data


async def _no_drift(fleet: Fleet, host: Client, timer: Any) -> None:
    """[R4] The break began when the work was to end, and that was told once."""
    person: Person = host.person
    path, now = f"/rooms/{timer['slug']}", timer
    async with asyncio.timeout(PATIENCE_S):
        while now["phase"] != "short_break":
            status, room = await person.call("GET", path)
            now = room["timer"] if status == 200 else now
            await asyncio.sleep(0.05)
    assert now["started_at"] == timer["ends_at"]
    begins, ends = (datetime.fromisoformat(now[name]) for name in ("started_at", "ends_at"))
    assert ends - begins == timedelta(seconds=600)
    rows = await fleet.sql(
        "select data ->> 'cause' as cause from channel_events"
        " where channel = $1 and type = 'room:updated' order by seq",
        timer["channel"],
    )
    assert [row["cause"] for row in rows] == ["started", "phase_ended"]
