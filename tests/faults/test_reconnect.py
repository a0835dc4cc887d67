"""Clients that are thrown out at random while events come: each has all of them, once."""

import asyncio
import random
import time

from tests.faults.clients import Client, Ledger, close_all, open_all
from tests.faults.instances import Fleet, fleet_of
from tests.faults.report import LONG, note
from tests.faults.servers import Stores

CLIENTS, PROJECTS = (1000, 50) if LONG else (60, 6)
WRITERS_EACH = 4 if LONG else 2
EVENTS_PER_S = 200 if LONG else 100
LASTS_S = 60.0 if LONG else 4.0
# How often each client is thrown out, on average.
KICKED_EVERY_S = 15.0 if LONG else 1.5
PATIENCE_S = 120
SCENARIO = "reconnect"


async def test_whoever_is_thrown_out_comes_back_to_every_event_once(
    stores: Stores, database: str
) -> None:
    """Recovered by `epoch` and `seq`; a snapshot counts as not recovered."""
    ledger = Ledger()
    async with fleet_of(database, [stores.redis.url] * 2) as fleet:
        writers, channels = await _writers(fleet)
        followers = [Client(writers[n % PROJECTS].person, ledger) for n in range(CLIENTS)]
        await open_all([*writers, *followers], fleet.urls)
        for number, follower in enumerate(followers):
            await follower.follow(channels[number % PROJECTS])
        dice = random.Random(1)
        staying = [
            asyncio.create_task(one.stay(lambda: fleet.urls, random.Random(n)))
            for n, one in enumerate(followers)
        ]
        kicking = asyncio.create_task(_kick(followers, dice))
        sent, took_s = await _write(writers, channels)
        kicking.cancel()
        kicked = await kicking
        await _all_told(fleet, followers)
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)
        _judge(followers, ledger, kicked, sent / took_s)
        await close_all([*writers, *followers])


async def _writers(fleet: Fleet) -> tuple[list[Client], list[str]]:
    """Those who write, of whom the first are the owners of the projects; and their channels."""
    people = await fleet.people(PROJECTS * WRITERS_EACH)
    teams = [people[n::PROJECTS] for n in range(PROJECTS)]
    channels = [f"project:{await fleet.project(team[0], team)}" for team in teams]
    return [Client(person) for person in people], channels


async def _write(writers: list[Client], channels: list[str]) -> tuple[int, float]:
    """(events on projects' channels, seconds): evenly, by all of them."""
    began = time.monotonic()
    pause_s = len(writers) / EVENTS_PER_S

    async def one(number: int, writer: Client) -> int:
        project_id = int(channels[number % PROJECTS].partition(":")[2])
        due, sent = began + pause_s * number / len(writers), 0
        while due < began + LASTS_S:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if sent % 2:
                await writer.command("timer:stop")
            else:
                await writer.command("timer:start", project_id=project_id)
            sent, due = sent + 1, max(due + pause_s, time.monotonic())
        return sent

    sent = await asyncio.gather(*(one(*numbered) for numbered in enumerate(writers)))
    return sum(sent), time.monotonic() - began


async def _kick(followers: list[Client], dice: random.Random) -> int:
    kicked = 0
    try:
        while True:
            await asyncio.sleep(KICKED_EVERY_S / len(followers))
            follower = dice.choice(followers)
            if follower.connected:
                follower.kick()
                kicked += 1
    except asyncio.CancelledError:
        return kicked


async def _all_told(fleet: Fleet, followers: list[Client]) -> None:
    rows = await fleet.sql("select channel, seq from channels where channel like 'project:%'")
    ends = {row["channel"]: row["seq"] for row in rows}
    for follower in followers:
        for channel in follower.places:
            if channel in ends:
                await follower.until_seq(channel, ends[channel], PATIENCE_S)


def _judge(followers: list[Client], ledger: Ledger, kicked: int, rate: float) -> None:
    assert ledger.wrong == []
    for follower in followers:
        assert follower.faults.any == 0, follower.faults
    recovered = sum(follower.recovered for follower in followers)
    snapshots = sum(follower.snapshots for follower in followers)
    assert kicked > 10
    assert recovered >= kicked - CLIENTS
    note(SCENARIO, "clients", CLIENTS, least=1000)
    note(SCENARIO, "times that one was thrown out", kicked)
    note(SCENARIO, "events a second meanwhile", rate, "/s", least=0.9 * EVENTS_PER_S)
    note(SCENARIO, "gaps", 0, most=0)
    note(SCENARIO, "events applied twice", 0, most=0)
    share = 100 * recovered / (recovered + snapshots)
    note(SCENARIO, "recovered inside the window", share, "%", least=99)
