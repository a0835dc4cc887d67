"""[C2]: the connections of one instance in rooms, and the stays in the log that go with them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from handlers.socket import attendance as module
from handlers.socket.attendance import Attendance
from handlers.socket.clients import Client
from rooms.errors import NotFound, Unavailable
from server.instance import Instance
from storage.attendance import arrive, depart
from storage.database import Pool, connect_pool
from tests.support.logs import Logs
from tests.support.storm import Ear, principal
from tests.support.wire import Wire

REJOIN, SOON = timedelta(seconds=30), timedelta(milliseconds=400)


class Door:
    """A room, whose members come in and go."""

    def __init__(self, db: Pool, attendance: Attendance, logs: Logs) -> None:
        self.db = db
        self.attendance = attendance
        self.logs = logs
        self.room = 0
        self.slug = ""

    async def open(self, *members: int) -> None:
        self.room = await self.logs.room(*members)
        self.slug = await self.logs.slug(self.room)

    async def arrive(self, user: int) -> None:
        async with self.db.acquire() as connection, connection.transaction():
            await arrive(connection, self.attendance.instance, self.room, user, REJOIN)

    async def come_in(self, user: int, client: Client | None = None) -> Client:
        client = client or Client(Ear(), principal(user))
        async with self.attendance.coming_in(client, self.slug):
            await self.arrive(user)
            self.attendance.enter(client, self.room, self.slug)
        return client

    async def stays(self, user: int) -> list[tuple[datetime, datetime | None, bool]]:
        return await self.logs.stays(self.room, user)

    async def is_open(self, user: int) -> bool:
        return any(to_at is None for _, to_at, _ in await self.stays(user))


@pytest.fixture
async def logs(quiet: Instance) -> Logs:
    return Logs.of(quiet)


@pytest.fixture
async def ada_id(logs: Logs) -> int:
    return await logs.world.user()


@pytest.fixture
async def door(quiet: Instance, logs: Logs, ada_id: int) -> Door:
    door = Door(quiet.db, quiet.attendance, logs)
    await door.open(ada_id)
    return door


async def test_who_comes_in_is_there_until_the_last_connection_ends(
    door: Door, ada_id: int
) -> None:
    phone, desk = await door.come_in(ada_id), await door.come_in(ada_id)
    there = door.attendance
    assert there.is_in(phone, door.slug) == door.room
    assert there.is_in(phone, "another-room") is None
    assert set(there.clients_in(door.room)) == {phone, desk}
    assert there.present() == [(door.room, ada_id)]
    there.gone(phone)
    await there.close_gone()
    assert await door.is_open(ada_id)
    there.gone(desk)
    await there.close_gone()
    ((_, to_at, crashed),) = await door.stays(ada_id)
    assert to_at is not None
    assert abs(datetime.now(UTC) - to_at) < timedelta(seconds=2)
    assert (crashed, there.present(), there.is_in(desk, door.slug)) == (False, [], None)


async def test_who_is_back_at_once_was_never_away(door: Door, ada_id: int) -> None:
    """A page that is loaded anew is one stay, and one entry."""
    door.attendance.gone(await door.come_in(ada_id))
    await door.come_in(ada_id)
    await door.attendance.close_gone()
    assert len(await door.stays(ada_id)) == 1
    assert await door.is_open(ada_id)


async def test_who_is_back_later_was_away(
    door: Door, ada_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if nobody could write it down until they came."""
    monkeypatch.setattr(module, "BLINK_S", 0.0)
    door.attendance.gone(await door.come_in(ada_id))
    await door.come_in(ada_id)
    (first, second) = await door.stays(ada_id)
    assert first[1] is not None
    assert first[1] <= second[0]
    assert second[1] is None


async def test_a_stay_is_not_closed_while_its_user_comes_in(door: Door, ada_id: int) -> None:
    door.attendance.gone(await door.come_in(ada_id))
    client = Client(Ear(), principal(ada_id))
    async with door.attendance.coming_in(client, door.slug):
        await door.attendance.close_gone()
        assert await door.is_open(ada_id)
        door.attendance.enter(client, door.room, door.slug)
    await door.attendance.close_gone()
    assert await door.is_open(ada_id)


async def test_a_connection_that_ends_while_it_comes_in_is_not_there(
    door: Door, ada_id: int
) -> None:
    ear = Ear()
    ear.closed = True
    client = await door.come_in(ada_id, Client(ear, principal(ada_id)))
    assert door.attendance.is_in(client, door.slug) is None
    await door.attendance.close_gone()
    assert not await door.is_open(ada_id)


async def test_what_may_have_been_written_is_taken_back(door: Door, ada_id: int) -> None:
    """A commit whose answer got lost: they were told that they are not in."""
    with suppress(Unavailable):
        async with door.attendance.coming_in(Client(Ear(), principal(ada_id)), door.slug):
            await door.arrive(ada_id)
            raise Unavailable
    assert await door.is_open(ada_id)
    await door.attendance.close_gone()
    assert not await door.is_open(ada_id)


async def test_who_is_refused_leaves_nothing_behind(door: Door, ada_id: int) -> None:
    with pytest.raises(NotFound):
        async with door.attendance.coming_in(Client(Ear(), principal(ada_id)), "no-such-room"):
            raise NotFound
    now = asyncio.get_running_loop().time()
    assert door.attendance.known_until() >= now


async def test_leaving_and_losing_the_right_are_ends_as_well(
    door: Door, ada_id: int, quiet: Instance
) -> None:
    phone, desk = await door.come_in(ada_id), await door.come_in(ada_id)
    async with quiet.db.acquire() as connection:
        await depart(connection, door.room, ada_id)
    door.attendance.leave(phone, door.room)
    door.attendance.left(desk, "project:1")
    assert door.attendance.is_in(desk, door.slug) == door.room
    door.attendance.left(desk, f"room:{door.room}")
    assert door.attendance.present() == []
    (before,) = await door.stays(ada_id)
    await door.attendance.close_gone()
    assert await door.stays(ada_id) == [before]


@asynccontextmanager
async def cut_off(url: str) -> AsyncIterator[tuple[Wire, Pool]]:
    """A pool at the end of a wire."""
    async with Wire.to(url) as wire:
        pool = await connect_pool(wire.url, min_size=1)
        try:
            yield wire, pool
        finally:
            pool.terminate()


async def test_an_end_during_an_outage_is_dated_when_it_was(
    quiet: Instance, logs: Logs, ada_id: int, database_url: str
) -> None:
    """And what is not written yet holds the heartbeat back."""
    async with cut_off(database_url) as (wire, pool):
        door = Door(pool, Attendance(pool), logs)
        await door.open(ada_id)
        client = await door.come_in(ada_id)
        wire.refusing = True
        wire.cut()
        left_at, clock = datetime.now(UTC), asyncio.get_running_loop().time
        left = clock()
        door.attendance.gone(client)
        with pytest.raises(Unavailable):
            await door.attendance.close_gone()
        await asyncio.sleep(0.5)
        assert door.attendance.known_until() - left < 0.1
        wire.refusing = False
        await door.attendance.close_gone()
        ((_, to_at, crashed),) = await door.stays(ada_id)
        assert to_at is not None
        assert abs(to_at - left_at) < SOON
        assert not crashed
        assert door.attendance.known_until() > left + 0.4


async def test_nobody_is_let_in_before_their_last_end_is_written(
    quiet: Instance, logs: Logs, ada_id: int, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLINK_S", 0.0)
    async with cut_off(database_url) as (wire, pool):
        door = Door(pool, Attendance(pool), logs)
        await door.open(ada_id)
        door.attendance.gone(await door.come_in(ada_id))
        wire.refusing = True
        wire.cut()
        with pytest.raises(Unavailable):
            await door.come_in(ada_id)
        wire.refusing = False
        await door.come_in(ada_id)
        assert len(await door.stays(ada_id)) == 2


async def test_the_end_of_the_server_is_not_its_users_doing(
    door: Door, logs: Logs, ada_id: int, quiet: Instance
) -> None:
    """[C2] Who comes back within 30 s, to any instance, was there all along."""
    client = await door.come_in(ada_id)
    door.attendance.end()
    door.attendance.gone(client)
    await door.attendance.close()
    ((_, to_at, crashed),) = await door.stays(ada_id)
    assert crashed
    there = "select count(*) from instances where id = $1"
    assert await logs.world.sql.fetchval(there, door.attendance.instance) == 0
    other = Door(quiet.db, Attendance(quiet.db), logs)
    other.room, other.slug = door.room, door.slug
    await other.come_in(ada_id)
    assert (await door.stays(ada_id))[1] == (to_at, None, False)


async def test_coming_and_going_at_random_leaves_the_log_right(
    door: Door, logs: Logs, quiet: Instance
) -> None:
    """Many tabs of few people, with the writing in between: open is who is there."""
    users = [await logs.world.user() for _ in range(3)]
    for user in users:
        await logs.member(door.room, user)
    writing = True

    async def write() -> None:
        while writing:
            await door.attendance.close_gone()
            await asyncio.sleep(0)

    async def tab(user: int, number: int) -> Client | None:
        client = None
        for turn in range(8):
            client = await door.come_in(user)
            if turn % 2 or number % 3:
                await asyncio.sleep(0)
            if turn < 7 or number % 2:
                door.attendance.gone(client)
                client = None
        return client

    task = asyncio.ensure_future(write())
    left = await asyncio.gather(*(tab(users[n % 2], n) for n in range(6)))
    writing = False
    await task
    await door.attendance.close_gone()
    there = {client.user_id for client in left if client}
    assert {user for _, user in door.attendance.present()} == there
    for user in users:
        assert await door.is_open(user) == (user in there)
