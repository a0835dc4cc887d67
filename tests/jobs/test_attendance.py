"""[C2, R5, R7]: heartbeats, instances that die or are cut off, and who is gone for too long."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from handlers.actions.services import Services
from handlers.jobs.attendance import Heart, end_memberships, succeed_hosts
from handlers.jobs.credit import credit_rooms
from rooms.errors import Unavailable
from server.instance import Instance
from storage.attendance import arrive, forget_instances
from storage.database import connect_pool
from tests.support.commands import World
from tests.support.logs import Logs, long_ago
from tests.support.wire import Wire

SECOND = timedelta(seconds=1)
# An instance is dead after half a second, and nothing that a test does takes as long.
QUICK = timedelta(milliseconds=500)


@dataclass
class Register:
    """Who is said to be at an instance."""

    here: list[tuple[int, int]] = field(default_factory=list)
    instance: UUID = field(default_factory=uuid4)

    async def close_gone(self) -> None:
        """Nobody is gone."""

    def known_until(self) -> float:
        return asyncio.get_running_loop().time()

    def present(self) -> list[tuple[int, int]]:
        return self.here


@dataclass
class Far:
    """An instance at the end of a wire."""

    wire: Wire
    services: Services
    register: Register
    heart: Heart

    def cut_off(self) -> None:
        self.wire.refusing = True
        self.wire.cut()

    def mend(self) -> None:
        self.wire.refusing = False


@pytest.fixture
async def logs(quiet: Instance) -> Logs:
    return Logs.of(quiet)


@pytest.fixture
async def world(logs: Logs) -> World:
    return logs.world


@pytest.fixture
async def far(quiet: Instance, database_url: str) -> AsyncIterator[Far]:
    async with Wire.to(database_url) as wire:
        pool = await connect_pool(wire.url, min_size=1)
        terms = replace(quiet.services.terms, instance_dead=QUICK)
        services, register = replace(quiet.services, db=pool, terms=terms), Register()
        yield Far(wire, services, register, Heart(services, register))
        pool.terminate()


async def steady(quiet: Instance, dead: timedelta = QUICK) -> Heart:
    """The heart of the instance, after it has had Postgres for as long as it takes."""
    quiet.services.terms = replace(quiet.services.terms, instance_dead=dead)
    heart = quiet.loops.heart
    await heart.beat()
    while not heart.steady_for(dead):
        await heart.beat()
        await asyncio.sleep(0.02)
    return heart


async def beats(world: World) -> dict[UUID, datetime]:
    return {r["id"]: r["beat_at"] for r in await world.sql.fetch("select * from instances")}


async def come_in(far: Far, room: int, user: int) -> None:
    async with far.services.db.acquire() as connection, connection.transaction():
        await arrive(connection, far.register.instance, room, user, far.services.terms.rejoin)
    far.register.here.append((room, user))


# -- heartbeats and the dead


async def test_the_dead_are_closed_at_their_last_heartbeat(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """[C2] The living are not, and neither is whoever looks."""
    ada, bo, cy = await world.users(3)
    room = await logs.room(ada, bo, cy)
    dead, alive = await logs.instance(silent_s=60), await logs.instance(silent_s=-60)
    since = long_ago(minutes=10)
    for user, by in ((ada, dead), (bo, alive), (cy, logs.here)):
        await logs.stay(room, user, since, None, by)
    last = (await beats(world))[dead]
    heart = await steady(quiet)
    assert await heart.close_dead() == 1
    last_ms = last.replace(microsecond=last.microsecond // 1000 * 1000)
    assert await logs.stays(room, ada) == [(since, last_ms, True)]
    assert await logs.stays(room, bo) == await logs.stays(room, cy) == [(since, None, False)]
    gone_at = await world.sql.fetchval("select max(gone_at) from room_presence")
    assert datetime.now(UTC) - gone_at < 10 * SECOND
    assert await heart.close_dead() == 0


async def test_nobody_is_declared_dead_by_who_has_had_postgres_for_less_than_15_s(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """[C2] After an outage everybody's heartbeat is old. What interrupts it begins it anew."""
    ada = await world.user()
    room = await logs.room(ada)
    await logs.stay(room, ada, long_ago(minutes=10), None, await logs.instance(silent_s=600))
    heart = await steady(quiet)
    quiet.services.terms = replace(quiet.services.terms, instance_dead=15 * SECOND)
    assert await heart.close_dead() == 0
    quiet.services.terms = replace(quiet.services.terms, instance_dead=QUICK)
    await world.sql.execute(
        "update instances set beat_at = beat_at - interval '1 minute' where id = $1", logs.here
    )
    await heart.beat()  # as if this process had been suspended for a minute
    assert await heart.close_dead() == 0
    await steady(quiet)
    assert await heart.close_dead() == 1


async def test_a_heartbeat_that_fails_interrupts(far: Far) -> None:
    await far.heart.beat()
    assert far.heart.steady_for(timedelta(0))
    far.cut_off()
    with pytest.raises(Unavailable):
        await far.heart.beat()
    assert not far.heart.steady_for(timedelta(0))
    far.mend()
    await far.heart.beat()
    assert not far.heart.steady_for(SECOND)


async def test_a_heartbeat_says_no_more_than_the_log_has(
    quiet: Instance, world: World, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it never goes back."""
    clock = asyncio.get_running_loop().time
    monkeypatch.setattr(far.register, "known_until", lambda: clock() - 100)
    await far.heart.beat()
    first = (await beats(world))[far.register.instance]
    assert 99 * SECOND < datetime.now(UTC) - first < 110 * SECOND
    monkeypatch.setattr(far.register, "known_until", lambda: clock() - 1000)
    await far.heart.beat()
    assert (await beats(world))[far.register.instance] == first


async def test_a_return_within_30_s_of_a_crash_joins_the_two(
    quiet: Instance, world: World, logs: Logs, far: Far
) -> None:
    """[C2] Counted from the last heartbeat; after a longer absence a new stay begins."""
    ada, bo, cy = await world.users(3)
    room = await logs.room(ada, bo, cy)
    ended = {ada: long_ago(seconds=20), bo: long_ago(seconds=40), cy: long_ago(seconds=20)}
    for user, to_at in ended.items():
        by_themselves = user == cy
        gone_at = None if by_themselves else to_at + 15 * SECOND
        await logs.stay(room, user, long_ago(minutes=10), to_at, uuid4(), gone_at)
        await come_in(far, room, user)
    assert (await logs.stays(room, ada))[1][:2] == (ended[ada], None)
    for user in (bo, cy):
        assert datetime.now(UTC) - (await logs.stays(room, user))[1][0] < 10 * SECOND


async def test_the_dead_are_forgotten_when_nothing_is_left_of_them(
    quiet: Instance, world: World, logs: Logs
) -> None:
    ada = await world.user()
    room = await logs.room(ada)
    long_dead, not_closed, lately = [await logs.instance(s) for s in (90_000, 90_000, 3600)]
    await logs.stay(room, ada, long_ago(days=2), None, not_closed)
    await forget_instances(quiet.db, timedelta(days=1))
    left = set(await beats(world))
    assert {not_closed, lately} <= left
    assert long_dead not in left


# -- instances that are cut off


async def test_an_instance_that_was_cut_off_for_a_while_loses_nothing(
    quiet: Instance, world: World, logs: Logs, far: Far
) -> None:
    """[C2] It was declared dead, a phase ended meanwhile and was credited to the last heartbeat;
    when it is back, those who are still connected to it get the rest."""
    ada, bo = await world.users(2)
    room = await logs.room(ada, bo)
    await far.heart.beat()
    for user in (ada, bo):
        await come_in(far, room, user)
    # They have been here for half an hour, and the last heartbeat was ten minutes ago.
    logs.begin = long_ago(minutes=30)
    last = logs.at(20)
    await world.sql.execute("update room_presence set from_at = $1", logs.begin)
    await world.sql.execute(
        "update instances set beat_at = $1 where id = $2", last, far.register.instance
    )
    far.cut_off()
    with pytest.raises(Unavailable):
        await far.heart.beat()
    assert await (await steady(quiet)).close_dead() == 2
    await logs.ran(room, 0, 25)
    await quiet.loops.heart.beat()
    assert await credit_rooms(quiet.services) == 2
    assert await logs.credited(ada) == [(0, 20)]
    far.register.here.remove((room, bo))  # whose connection ended meanwhile
    far.mend()
    await far.heart.beat()
    assert await logs.stays(room, ada) == [(logs.begin, None, False)]
    assert await logs.stays(room, bo) == [(logs.begin, last, True)]
    assert await credit_rooms(quiet.services) == 1
    assert await logs.credited(ada) == [(0, 20), (20, 25)]
    assert await logs.credited(bo) == [(0, 20)]
    assert await logs.waiting() == 0


async def test_who_comes_in_by_another_tab_before_the_first_heartbeat_loses_nothing(
    quiet: Instance, world: World, logs: Logs, far: Far
) -> None:
    ada = await world.user()
    room = await logs.room(ada)
    await far.heart.beat()
    await come_in(far, room, ada)
    begin, last = long_ago(minutes=30), long_ago(minutes=20)
    await world.sql.execute("update room_presence set from_at = $1", begin)
    await world.sql.execute(
        "update instances set beat_at = $1 where id = $2", last, far.register.instance
    )
    assert await (await steady(quiet)).close_dead() == 1
    await come_in(far, room, ada)
    await far.heart.beat()
    (first, second) = await logs.stays(room, ada)
    assert first == (begin, second[0], False)
    assert second[1] is None


async def test_who_is_no_member_any_more_is_not_brought_back(
    quiet: Instance, world: World, logs: Logs, far: Far
) -> None:
    ada = await world.user()
    room = await logs.room(ada)
    await far.heart.beat()
    await come_in(far, room, ada)
    await world.sql.execute(
        "update instances set beat_at = beat_at - interval '1 minute' where id = $1",
        far.register.instance,
    )
    assert await (await steady(quiet)).close_dead() == 1
    await world.sql.execute("delete from room_members")
    await far.heart.beat()
    ((_, to_at, crashed),) = await logs.stays(room, ada)
    assert to_at is not None
    assert crashed


# -- memberships [R7]


async def members(world: World, room: int) -> set[int]:
    rows = await world.sql.fetch("select user_id from room_members where room_id = $1", room)
    count = await world.sql.fetchval("select member_count from rooms where id = $1", room)
    assert len(rows) == count
    return {row[0] for row in rows}


async def test_a_membership_ends_60_s_after_the_last_connection(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """[R7] An end by a crash counts from when it was noticed; who never came in, from joining."""
    gone, lately, crashed, never, new, here, elsewhere = await world.users(7)
    room = await logs.room(gone, lately, crashed, never, here, elsewhere)
    await logs.member(room, new, ago_s=50)
    begin = long_ago(hours=1)
    await logs.stay(room, gone, begin, long_ago(seconds=61))
    await logs.stay(room, lately, begin, long_ago(seconds=50))
    await logs.stay(room, crashed, begin, long_ago(seconds=90), uuid4(), long_ago(seconds=50))
    await logs.stay(room, here, begin, None)
    await logs.stay(room, elsewhere, begin, long_ago(minutes=30))
    await logs.stay(room, elsewhere, long_ago(minutes=40), None, uuid4())
    ends = await asyncio.gather(*(end_memberships(quiet.services) for _ in range(3)))
    assert sum(ends) == 2
    assert await members(world, room) == {lately, crashed, new, here, elsewhere}
    told = await world.sql.fetch(
        "select type, data::text from channel_events where channel = $1 order by seq",
        f"room:{room}",
    )
    assert [(r[0], msgspec.json.decode(r[1])) for r in told] == [
        ("room:left", {"user_id": user}) for user in sorted((gone, never))
    ]


async def test_nobody_leaves_and_no_host_is_followed_while_redis_is_away(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """[R5, R7] Nor before Postgres has been there for those 60 s."""
    ada, bo, cy = await world.users(3)
    room = await logs.room(ada, bo, cy)
    for user in (ada, cy):
        await logs.stay(room, user, long_ago(hours=1), long_ago(seconds=90))
    await logs.stay(room, bo, long_ago(hours=1), None)
    host = "select host_id from rooms where id = $1"
    quiet.hints.connected = True
    await quiet.loops.heart.beat()
    await quiet.loops.end_memberships()
    assert await members(world, room) == {ada, bo, cy}
    quiet.services.terms = replace(quiet.services.terms, room_grace=QUICK)
    await steady(quiet)
    quiet.hints.connected = False
    await quiet.loops.end_memberships()
    assert await members(world, room) == {ada, bo, cy}
    assert await world.sql.fetchval(host, room) == ada
    quiet.hints.connected = True
    await quiet.loops.end_memberships()
    assert await members(world, room) == {bo}
    assert await world.sql.fetchval(host, room) == bo


async def test_a_room_that_somebody_has_in_hand_is_left_for_the_next_look(
    quiet: Instance, world: World, logs: Logs, database_url: str
) -> None:
    ada, bo = await world.users(2)
    held, free = await logs.room(ada), await logs.room(bo)
    async with World.on(database_url) as other, other.sql.transaction():
        await other.sql.execute("select from rooms where id = $1 for no key update", held)
        assert await end_memberships(quiet.services) == 1
        assert await members(world, held) == {ada}
    assert await end_memberships(quiet.services) == 1
    assert await members(world, held) == await members(world, free) == set()


# -- hosts [R5]


async def told_of_hosts(world: World, room: int) -> list[tuple[int, int | None, int]]:
    """(host, by, version) of each update that told of a new host."""
    rows = await world.sql.fetch(
        "select data::text from channel_events where channel = $1 and type = 'room:updated'",
        f"room:{room}",
    )
    updates = [msgspec.json.decode(row[0]) for row in rows]
    assert all(u["cause"] == "host_changed" for u in updates)
    assert all(u["user_id"] == u["room"]["host_id"] for u in updates)
    return [(u["user_id"], u["by"], u["room"]["version"]) for u in updates]


async def test_the_co_host_who_has_been_there_longest_follows_the_host(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """[R5] In one event, whoever looks how often."""
    host, first, co_host, late_co_host, absent = await world.users(5)
    room = await logs.room(host, first)
    for user in (co_host, late_co_host, absent):
        await logs.member(room, user, "cohost")
    await logs.stay(room, host, long_ago(hours=2), long_ago(seconds=61))
    await logs.stay(room, absent, long_ago(hours=2), long_ago(seconds=5))
    for minutes, user in ((50, first), (40, co_host), (30, late_co_host)):
        await logs.stay(room, user, long_ago(minutes=minutes), None)
    found = await asyncio.gather(*(succeed_hosts(quiet.services) for _ in range(3)))
    assert sum(found) == 1
    assert await told_of_hosts(world, room) == [(co_host, None, 2)]
    assert await world.sql.fetchval("select host_id from rooms where id = $1", room) == co_host
    assert await succeed_hosts(quiet.services) == 0


async def test_without_a_co_host_the_member_who_has_been_there_longest_follows(
    quiet: Instance, world: World, logs: Logs
) -> None:
    host, first, second = await world.users(3)
    room = await logs.room(host, first, second)
    await logs.stay(room, second, long_ago(minutes=5), None)
    await logs.stay(room, first, long_ago(minutes=9), None)
    assert await succeed_hosts(quiet.services) == 1
    assert [who for who, _, _ in await told_of_hosts(world, room)] == [first]


@pytest.mark.parametrize("ago_s, crashed", [(50, False), (90, True), (None, False)])
async def test_a_host_who_may_be_back_keeps_the_room(
    quiet: Instance, world: World, logs: Logs, ago_s: int | None, crashed: bool
) -> None:
    """[R5] Gone for less than 60 s, or crashed and noticed lately, or there by another tab."""
    host, member = await world.users(2)
    room = await logs.room(host, member)
    await logs.stay(room, member, long_ago(hours=1), None)
    await logs.stay(room, host, long_ago(hours=1), long_ago(seconds=600))
    to_at = None if ago_s is None else long_ago(seconds=ago_s)
    await logs.stay(
        room, host, long_ago(hours=1), to_at, uuid4(), long_ago(seconds=30) if crashed else None
    )
    assert await succeed_hosts(quiet.services) == 0
    assert await told_of_hosts(world, room) == []


async def test_where_nobody_is_there_the_host_stays(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """[R5] Even when the host is no member any more."""
    host, member = await world.users(2)
    room = await logs.room(host, member)
    assert await succeed_hosts(quiet.services) == 0
    assert await end_memberships(quiet.services) == 2
    assert await world.sql.fetchval("select host_id from rooms where id = $1", room) == host


async def test_a_timer_that_runs_goes_on_under_the_new_host(
    quiet: Instance, world: World, logs: Logs
) -> None:
    host, member = await world.users(2)
    room = await logs.room(host, member)
    await logs.stay(room, member, long_ago(hours=1), None)
    await world.sql.execute(
        "update rooms set state = 'running', phase = 'work', cycle = 1, round = 1,"
        " phase_started_at = $2, running_since = $2, ends_at = $2::timestamptz + interval '1 h'"
        " where id = $1",
        room, long_ago(minutes=5),
    )  # fmt: skip
    timer = "select state, phase, cycle, running_since, ends_at, round from rooms where id = $1"
    before = await world.sql.fetchrow(timer, room)
    assert await succeed_hosts(quiet.services) == 1
    assert await world.sql.fetchrow(timer, room) == before
