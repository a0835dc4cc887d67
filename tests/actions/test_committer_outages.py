"""A database that goes away: `unavailable` in time, exactly once, and never stuck afterwards."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from rooms.errors import Unavailable
from rooms.timer import StartTimer, StopTimer
from tests.support.commands import Desk, World
from tests.support.wire import COMMIT, Wire


@pytest.fixture
async def wire(world: World) -> AsyncIterator[Wire]:
    async with Wire.to(world.url) as wire:
        yield wire


@pytest.fixture
async def far(world: World, wire: Wire) -> Desk:
    """A committer at the other end of the wire, which has been at work."""
    desk = await world.desk(wire.url)
    await desk.send(await world.user(), StartTimer())
    return desk


@pytest.mark.parametrize("moment", ["cut_before", "cut_after"])
async def test_a_connection_lost_at_commit_is_settled_by_the_command_id(
    world: World, wire: Wire, far: Desk, moment: str
) -> None:
    """Committed or not, nobody can tell; looked up before it is tried again, it happens once."""
    users = await world.users(5)
    setattr(wire, moment, COMMIT)
    answers = await far.send_all([(user, StartTimer()) for user in users])
    assert wire.happened.is_set()
    for user, answer in zip(users, answers, strict=True):
        assert [row["id"] for row in await world.entries(user)] == [answer["entry_id"]]
        assert await world.events(f"user:{user}") == [(1, "timer:started")]


async def test_a_backend_that_is_ended_at_commit_is_no_loss(world: World, desk: Desk) -> None:
    """pg_terminate_backend by a trigger that is deferred to the COMMIT, at the first try."""
    await world.sql.execute(
        """
        create sequence tries;
        create function die() returns trigger language plpgsql as $$ begin
            if nextval('tries') = 1 then perform pg_terminate_backend(pg_backend_pid()); end if;
            return null;
        end $$;
        create constraint trigger die after insert on time_entries deferrable initially deferred
            for each row execute function die();
        """
    )
    users = await world.users(3)
    answers = await desk.send_all([(user, StartTimer()) for user in users])
    for user, answer in zip(users, answers, strict=True):
        assert [row["id"] for row in await world.entries(user)] == [answer["entry_id"]]


async def test_what_is_under_way_is_unavailable_in_time_and_settled_later(
    world: World, wire: Wire, far: Desk
) -> None:
    """A COMMIT that never arrives: the caller knows nothing, and asks again with the same id."""
    user, command_id, clock = await world.user(), uuid4(), asyncio.get_running_loop().time
    wire.freeze_at = COMMIT
    began = clock()
    with pytest.raises(Unavailable):
        await far.send(user, StartTimer(), command_id)
    assert 1.8 < clock() - began < 2.5
    # The hung connection is given up, and a new one waits for the lock of the old transaction.
    async with asyncio.timeout(5):
        answer = await far.send(user, StartTimer(), command_id)
    assert [row["id"] for row in await world.entries(user)] == [answer["entry_id"]]


async def test_a_silent_connection_is_given_up_for_a_new_one(world: World, wire: Wire) -> None:
    """Cut off without a word, as by a firewall: others are served again before long."""
    desk = await world.desk(wire.url, patience_s=0.4)
    one, two = await world.users(2)
    wire.freeze_at = b"BEGIN"
    with pytest.raises(Unavailable):
        await desk.send(one, StartTimer())
    async with asyncio.timeout(1):
        while True:
            try:
                assert (await desk.send(two, StartTimer()))["entry_id"]
                break
            except Unavailable:
                continue
    assert await world.entries(one) == []


async def test_without_a_database_commands_are_unavailable_until_it_is_back(
    world: World, wire: Wire
) -> None:
    desk, user, command_id = await world.desk(wire.url, patience_s=0.5), await world.user(), uuid4()
    await desk.send(user, StartTimer())
    wire.refusing = True
    wire.cut()
    began = asyncio.get_running_loop().time()
    with pytest.raises(Unavailable):
        await desk.send(user, StopTimer(), command_id)
    assert asyncio.get_running_loop().time() - began < 0.7
    wire.refusing = False
    async with asyncio.timeout(1):
        stopped = await desk.send(user, StopTimer(), command_id)
    assert not stopped["already_stopped"]


async def test_a_short_outage_is_not_noticed(world: World, wire: Wire, far: Desk) -> None:
    """What was sent meanwhile is answered when the database is back."""
    users = await world.users(3)
    wire.refusing = True
    wire.cut()
    sending = asyncio.ensure_future(far.send_all([(user, StartTimer()) for user in users]))
    await asyncio.sleep(0.2)  # long enough for some vain tries
    wire.refusing = False
    assert all(answer["entry_id"] for answer in await sending)


async def test_a_paused_postgres_gives_unavailable_and_then_goes_on(world: World) -> None:
    """kill -STOP of the backends: within two seconds, and nothing is stuck afterwards."""
    desk, user, command_id = await world.desk(), await world.user(), uuid4()
    await desk.send(user, StartTimer())
    rows = await world.sql.fetch(
        "select pid from pg_stat_activity where datname = current_database()"
        " and backend_type = 'client backend' and pid <> pg_backend_pid()"
    )
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        for row in rows:
            os.kill(row["pid"], signal.SIGSTOP)
        refused = await asyncio.gather(
            desk.send(user, StopTimer(), command_id),
            *(desk.send(other, StartTimer()) for other in await world.users(3)),
            return_exceptions=True,
        )
    finally:
        for row in rows:
            os.kill(row["pid"], signal.SIGCONT)
    assert clock() - began < 2.5
    assert [type(error) for error in refused] == [Unavailable] * 4
    async with asyncio.timeout(3):
        stopped = await desk.send(user, StopTimer(), command_id)
    assert stopped["entry"]["version"] == 2
    assert [row["version"] for row in await world.entries(user)] == [2]


async def test_close_ends_although_the_database_says_nothing(world: World, wire: Wire) -> None:
    """Whoever still waits is answered `unavailable`, and the pool gets its connections back."""
    desk, users = await world.desk(wire.url, patience_s=0.5), await world.users(3)
    wire.freeze_at = COMMIT
    first = asyncio.ensure_future(desk.send(users[0], StartTimer()))
    await wire.happened.wait()
    later = [asyncio.ensure_future(desk.send(users[0], StartTimer())) for _ in range(3)]
    await asyncio.sleep(0)
    async with asyncio.timeout(2):
        await desk.committer.close()
        ended = await asyncio.gather(first, *later, return_exceptions=True)
    assert [type(error) for error in ended] == [Unavailable] * 4
    assert desk.pool.get_size() == desk.pool.get_idle_size()
