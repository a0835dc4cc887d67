"""Followers converge whatever becomes of the hints: seeded disorder, the real log.

Hints are lost, doubled, delayed and reordered; followers come, ask again, leave, lose their right
and get it back. Each one must be told consecutive numbers from where it was told that it stands.
"""

import asyncio
import random
from contextlib import suppress
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from handlers.actions import ownership
from handlers.actions.subscriptions import Since
from handlers.socket.clients import Client
from handlers.socket.hub import Hub
from rooms.errors import DomainError, Unavailable
from server.instance import Instance
from storage.channels import Draft, append
from storage.database import connect_pool
from tests.support.storm import Ear, Storm, add, calm, follow, principal, storm

ROUNDS = 50


async def live(made: Storm, client: Client, ear: Ear) -> None:
    """Somebody who comes and goes; one thing after the other, as a connection's events are."""
    for _ in range(ROUNDS):
        channel = f"project:{made.dice.choice(made.projects)}"
        what = made.dice.random()
        if what < 0.6:
            await follow(made, client, ear, channel)
        elif what < 0.7:
            made.hub.leave(client, channel)
            ear.note(channel, "left")
        elif what < 0.75:
            made.hub.gone(client)
            for name in ear.told:
                ear.note(name, "left")
        await asyncio.sleep(made.dice.choice((0, 0.001, 0.01)))


async def write(made: Storm, instance: Instance, rights: bool) -> None:
    """Events, a few at a time; with `rights` also people who are removed and come back."""
    for number in range(ROUNDS):
        project_id = made.dice.choice(made.projects)
        if rights and made.dice.random() < 0.3:
            await turn(made, project_id, made.dice.choice(made.clients)[0].user_id)
            continue
        drafts = [
            Draft(
                f"project:{made.dice.choice(made.projects)}", "timer:updated", f'{{"n":{number}}}'
            )
            for _ in range(made.dice.choice((1, 1, 3, 12)))
        ]
        async with instance.db.acquire() as connection, connection.transaction():
            events = await append(connection, drafts)
        made.announce(events)


async def turn(made: Storm, project_id: int, user_id: int) -> None:
    """Remove a member, or make one again; two writers may want the same."""
    assert made.owner is not None
    with suppress(DomainError):
        await ownership.remove_member(made.services, made.owner, project_id, user_id, None)
        return
    with suppress(DomainError):
        await add(made, project_id, user_id)


@pytest.mark.parametrize("rights", [False, True], ids=["steady", "rights"])
@pytest.mark.parametrize("seed", range(5))
async def test_followers_get_consecutive_numbers(
    instance: Instance, seed: int, rights: bool
) -> None:
    async with storm(instance, seed) as made:
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(write(made, instance, rights))
            for client, ear in made.clients:
                group.create_task(live(made, client, ear))
        await calm(made)
        log = await read_log(instance)
        for client, ear in made.clients:
            for channel, told in ear.told.items():
                assert_consecutive(told)
                followed = channel in client.channels
                assert_entitled(told, log[channel], client.user_id, followed)
            made.hub.gone(client)
        assert made.hub.channel_count == 0
        assert made.listening == set()
        assert made.hub._gaps._lagging == set()


def assert_consecutive(told: list[tuple[Any, ...]]) -> None:
    """From where it stands, one after the other; nothing after it was closed or left."""
    at: int | None = None
    for what, *seq in told:
        if what == "at":
            at = seq[0]
        elif what in ("closed", "left", "refused"):
            at = None
        else:
            assert at is not None, f"{seq} came unasked in {told}"
            at += 1 if what == "event" else 0
            assert seq == [at], f"{seq} came instead of {at} in {told}"


Log = list[tuple[int, str, dict[str, Any]]]


async def read_log(instance: Instance) -> dict[str, Log]:
    rows = await instance.db.fetch(
        "select channel, seq, type, data from channel_events order by 1, 2"
    )
    log: dict[str, Log] = {}
    for row in rows:
        log.setdefault(row["channel"], []).append(
            (row["seq"], row["type"], msgspec.json.decode(row["data"]))
        )
    return log


def assert_entitled(told: list[tuple[Any, ...]], log: Log, user_id: int, followed: bool) -> None:
    """[V1] No event came that was written while its reader was no member, nor any state."""
    member, out = False, set()
    for seq, kind, data in log:
        if kind == "member:joined" and data["member"]["user_id"] == user_id:
            member = True
        elif kind == "member:left" and data["user_id"] == user_id:
            member = False
        if not member:
            out.add(seq)
    heard = {what[1] for what in told if what[0] == "event"}
    assert not heard & out
    assert not {what[1] for what in told if what[0] == "at"} & out
    if followed:
        assert [w for w in told if w[0] in ("at", "event")][-1][1] == log[-1][0]
        assert member


async def test_asking_again_in_vain_changes_nothing(instance: Instance, database_url: str) -> None:
    """A follower stays one when its question finds no database, and misses nothing of meanwhile."""
    async with storm(instance, 1) as made:
        pool = await connect_pool(database_url)
        services = replace(made.services, db=pool)
        made.hub = Hub(services, made)
        client, ear = made.clients[0]
        channel = f"project:{made.projects[0]}"
        await follow(made, client, ear, channel)
        pool.terminate()
        asking = asyncio.create_task(made.hub.follow(client, channel, Since()))
        await asyncio.sleep(0)
        async with instance.db.acquire() as connection, connection.transaction():
            (event,) = await append(connection, [Draft(channel, "timer:updated", "{}")])
        made.hub.receive(event)
        with pytest.raises(Unavailable):
            await asking
        assert ear.told[channel][-1] == ("event", event.seq)
        assert_consecutive(ear.told[channel])
        other, other_ear = made.clients[1]
        with pytest.raises(Unavailable):
            await follow(made, other, other_ear, f"project:{made.projects[1]}")
        made.hub.gone(client)
        assert (made.hub.channel_count, made.listening) == (0, set())


async def test_an_older_reading_that_comes_last_misses_nothing(instance: Instance) -> None:
    """Two follow a new channel; what is said meanwhile is in the one's answer only."""
    async with storm(instance, 1) as made, instance.db.acquire() as connection:
        (late, late_ear), (early, early_ear) = made.clients[:2]
        channel = f"project:{made.projects[0]}"
        (first,) = await append(connection, [Draft(channel, "timer:updated", "{}")])
        early_ear.note(channel, "at", first.seq)
        async with connection.transaction():
            # A snapshot reads this table last, so that its moment lies before what follows.
            await connection.execute("lock table time_entries in access exclusive mode")
            asking = asyncio.create_task(follow(made, late, late_ear, channel))
            while not await instance.db.fetchval("select count(*) from pg_locks where not granted"):
                await asyncio.sleep(0.005)
            async with instance.db.acquire() as other, other.transaction():
                events = await append(other, [Draft(channel, "timer:updated", "{}")] * 2)
            for event in events:
                made.hub.receive(event)
            since = Since(made.services.epoch, first.seq)
            answer = await made.hub.follow(early, channel, since)
            early_ear.note(channel, "at", answer.seq)
            made.hub.release(early, channel)
        await asking
        await calm(made)
        assert [what[1] for what in late_ear.told[channel]] == [first.seq, *(e.seq for e in events)]
        assert early_ear.told[channel][-1] == ("at", events[-1].seq)


async def test_a_channel_that_goes_back_while_its_gap_is_read_loses_nothing(
    instance: Instance,
) -> None:
    """What that reading did not ask for is read again, and not taken for lost."""
    async with instance.db.acquire() as connection:
        channel = "user:7"
        drafts = [Draft(channel, "timer:updated", "{}")] * 9
        events = await append(connection, drafts)
        made = Storm(random.Random(1), None, instance.services)  # type: ignore[arg-type]
        hub = Hub(instance.services, made)
        ahead, behind = Ear(), Ear()
        first, second = Client(ahead, principal(7)), Client(behind, principal(7))
        hub.expect(first, channel)
        hub.settle(first, channel, 5)
        hub.receive(events[8])  # the 9th, so that 6 to 8 are missing
        async with connection.transaction():
            await connection.execute("lock table channel_events in access exclusive mode")
            filling = asyncio.create_task(hub.catch_up())
            while not await instance.db.fetchval("select count(*) from pg_locks where not granted"):
                await asyncio.sleep(0.005)
            hub.expect(second, channel)
            hub.settle(second, channel, 3)
        await filling
        while hub._gaps._lagging:
            await hub.catch_up()
        async with asyncio.timeout(5):
            while any(("event", 9) not in ear.told.get(channel, ()) for ear in (ahead, behind)):
                await asyncio.sleep(0.001)
    assert [what[1] for what in ahead.told[channel]] == [6, 7, 8, 9]
    assert [what[1] for what in behind.told[channel]] == [4, 5, 6, 7, 8, 9]
