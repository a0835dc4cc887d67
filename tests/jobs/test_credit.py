"""[C2]: what people worked in rooms becomes entries, once, by whoever looks."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from handlers.actions.settling import settle
from handlers.jobs.credit import credit_rooms
from rooms.errors import Unavailable
from server.instance import Instance, open_instance
from server.settings import Settings
from storage.database import connect_pool
from storage.embedded import Embedded
from tests.support.commands import World
from tests.support.logs import Logs, long_ago
from tests.support.product import SECRET
from tests.support.tracked import derived


@pytest.fixture
async def logs(quiet: Instance) -> Logs:
    return Logs.of(quiet)


@pytest.fixture
async def world(logs: Logs) -> World:
    return logs.world


async def one_phase(logs: Logs, *users: int, project: int | None = None) -> int:
    """A room in which a work phase of 25 minutes is over."""
    room = await logs.room(*users, project=project)
    await logs.ran(room, 0, 25)
    return room


async def test_presence_from_minute_5_to_20_gives_fifteen_minutes(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """[C2] One closed entry of the room, told to its user alone, and counted."""
    ada, bo = await world.users(2)
    room = await one_phase(logs, ada, bo)
    await logs.there(room, ada, 5, 20)
    assert await credit_rooms(quiet.services) == 1
    (entry,) = await world.entries(ada)
    assert (entry["started_at"], entry["ended_at"]) == (logs.at(5), logs.at(20))
    assert (entry["source"], entry["room_id"], entry["ended_by"]) == ("room", room, "room")
    assert (entry["project_id"], entry["claimed"], entry["version"]) == (None, False, 1)
    assert entry["description"] == "Deep work"
    assert await world.events(f"user:{ada}") == [(1, "entry:created")]
    assert await world.events(f"room:{room}") == []
    assert await world.entries(bo) == []
    assert await logs.waiting() == 0
    await settle(quiet.db)
    assert sum((await derived(world, ada)).values()) == 15 * 60


async def test_what_is_told_is_the_entry(quiet: Instance, world: World, logs: Logs) -> None:
    ada = await world.user()
    room = await one_phase(logs, ada)
    await logs.there(room, ada, 0, None)
    await credit_rooms(quiet.services)
    data: Any = msgspec.json.decode(
        await world.sql.fetchval(
            "select data::text from channel_events where channel = $1", f"user:{ada}"
        )
    )
    assert data["entry"]["duration_seconds"] == 1500
    assert (data["entry"]["room_id"], data["entry"]["source"]) == (room, "room")


async def test_pauses_and_breaks_give_nothing(quiet: Instance, world: World, logs: Logs) -> None:
    """[C2] A pause cuts the phase in two; each part is an entry of its own."""
    ada = await world.user()
    room = await logs.room(ada)
    await logs.ran(room, 0, 10)
    await logs.ran(room, 15, 30, started=0)
    await logs.ran(room, 30, 35, "short_break")
    await logs.there(room, ada, 5, 40)
    await credit_rooms(quiet.services)
    assert await logs.credited(ada) == [(5, 10), (15, 30)]


async def test_a_hundred_flips_in_a_minute_earn_at_most_a_minute(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """[C2, D0]"""
    ada = await world.user()
    room = await logs.room(ada)
    await logs.there(room, ada, 0, 2)
    for number in range(100):
        await logs.ran(room, number / 100, (number + 1) / 100)
    await credit_rooms(quiet.services)
    seconds = sum(round(60 * (b - a)) for a, b in await logs.credited(ada))
    assert seconds > 0
    await settle(quiet.db)
    assert sum((await derived(world, ada)).values()) == 60


async def test_a_stay_within_one_second_is_no_entry(
    quiet: Instance, world: World, logs: Logs
) -> None:
    ada = await world.user()
    room = await one_phase(logs, ada)
    await logs.stay(room, ada, logs.at(1), logs.at(1) + timedelta(milliseconds=900))
    assert await credit_rooms(quiet.services) == 0
    assert (await world.entries(ada), await logs.waiting()) == ([], 0)


async def test_two_tabs_on_two_instances_count_once(
    quiet: Instance, world: World, logs: Logs
) -> None:
    ada = await world.user()
    room = await one_phase(logs, ada)
    await logs.there(room, ada, 0, 15)
    await logs.there(room, ada, 10, None, await logs.instance())
    await credit_rooms(quiet.services)
    assert await logs.credited(ada) == [(0, 25)]


async def test_a_crash_counts_to_the_last_heartbeat(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """And a return within 30 s, which the log shows as a stay from there on, loses nothing."""
    ada, bo = await world.users(2)
    room = await one_phase(logs, ada, bo)
    for user in (ada, bo):
        await logs.there(room, user, 0, 10, await logs.instance(silent_s=9000), crashed=True)
    await logs.there(room, bo, 10, 25)
    await credit_rooms(quiet.services)
    assert await logs.credited(ada) == [(0, 10)]
    assert await logs.credited(bo) == [(0, 25)]


async def test_who_is_not_certain_yet_keeps_nobody_waiting(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """[C2] By an instance that was not heard of since, or just lost: they may still come back."""
    ada, bo, cy = await world.users(3)
    logs.begin = long_ago(minutes=25, seconds=10)
    room = await one_phase(logs, ada, bo, cy)
    silent = await logs.instance(silent_s=12)
    await logs.there(room, ada, 0, None)
    await logs.there(room, bo, 0, None, silent)
    await logs.there(room, cy, 0, 24.8, silent, crashed=True)
    await quiet.loops.heart.beat()
    assert await credit_rooms(quiet.services) == 1
    assert await logs.credited(ada) == [(0, 25)]
    assert await logs.waiting() == 1
    assert await credit_rooms(quiet.services) == 0
    # bo's instance is heard of again; cy is back, and by now nobody else can be
    await world.sql.execute("update instances set beat_at = now() where id = $1", silent)
    await logs.there(room, cy, 24.8, None)
    quiet.services.terms = replace(quiet.services.terms, rejoin=timedelta(0))
    assert await credit_rooms(quiet.services) == 2
    assert (await logs.credited(bo), await logs.credited(cy)) == ([(0, 25)], [(0, 25)])
    assert await logs.waiting() == 0


async def test_many_phases_behind_one_that_waits(quiet: Instance, world: World, logs: Logs) -> None:
    """However many cannot be settled yet, those after them are."""
    ada, bo = await world.users(2)
    silent = await logs.instance(silent_s=4 * 3600)
    for _ in range(4):
        room = await one_phase(logs, ada, bo)
        await logs.there(room, ada, 0, None, silent)
    room = await logs.room(bo)
    await logs.ran(room, 1, 26)
    await logs.there(room, bo, 0, 30)
    assert await credit_rooms(quiet.services, limit=2) == 1
    assert await logs.waiting() == 4


async def test_again_writes_nothing_and_a_deleted_entry_stays_away(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """Even if the phase is looked at once more: a credit is written once."""
    ada = await world.user()
    room = await one_phase(logs, ada)
    await logs.there(room, ada, 5, 20)
    await credit_rooms(quiet.services)
    await world.sql.execute(
        "update time_entries set deleted_at = now(), version = 2 where user_id = $1", ada
    )
    assert await credit_rooms(quiet.services) == 0
    await world.sql.execute("update room_stretches set credited_at = null")
    assert await credit_rooms(quiet.services) == 0
    assert [row["version"] for row in await world.entries(ada)] == [2]
    assert await world.events(f"user:{ada}") == [(1, "entry:created")]


async def test_a_credit_that_another_wrote_meanwhile_is_not_written(
    quiet: Instance, world: World, logs: Logs
) -> None:
    """The unique key says so, whatever was read before."""
    ada = await world.user()
    room = await one_phase(logs, ada)
    await logs.there(room, ada, 0, 20)
    await world.sql.execute(
        """
        create function too_late() returns trigger language plpgsql as $$ begin
            insert into room_credits values
                (new.room_id, new.phase_started_at, new.user_id, new.from_at, new.to_at, 1);
            return new;
        end $$;
        create trigger too_late before insert on room_credits for each row
            when (pg_trigger_depth() = 0) execute function too_late();
        """
    )
    assert await credit_rooms(quiet.services) == 0
    assert await world.entries(ada) == []


async def test_many_instances_at_once_write_once(
    quiet: Instance, world: World, logs: Logs, database_url: str, servers: Embedded
) -> None:
    settings = Settings(_env_file=None, rate_limits="off")  # type: ignore[call-arg]
    other = await open_instance(settings, database_url, servers.redis_url, SECRET)
    await other.loops.close()
    try:
        users = await world.users(5)
        for _ in range(12):
            room = await one_phase(logs, *users)
            for number, user in enumerate(users):
                await logs.there(room, user, number, 25)
        at_once = [credit_rooms(one.services, 5) for one in (quiet, other, quiet, other)]
        await asyncio.gather(*at_once)
        await credit_rooms(quiet.services)
        for number, user in enumerate(users):
            assert await logs.credited(user) == [(number, 25)] * 12
            assert len(await world.events(f"user:{user}")) == 12
    finally:
        await other.close()


async def test_a_user_whom_somebody_holds_is_credited_later(
    quiet: Instance, world: World, logs: Logs, database_url: str
) -> None:
    """Without waiting, and without keeping the others waiting."""
    held, free = await world.users(2)
    room = await one_phase(logs, held, free)
    for user in (held, free):
        await logs.there(room, user, 0, 25)
    async with World.on(database_url) as far, far.holding(held):
        async with asyncio.timeout(5):
            assert await credit_rooms(quiet.services) == 1
        assert await logs.credited(free) == [(0, 25)]
        assert await logs.waiting() == 1
    assert await credit_rooms(quiet.services) == 1
    assert await logs.credited(held) == [(0, 25)]


async def test_the_dead_get_nothing_and_the_suspended_do(
    quiet: Instance, world: World, logs: Logs
) -> None:
    gone, suspended = await world.users(2)
    room = await one_phase(logs, gone, suspended)
    for user in (gone, suspended):
        await logs.there(room, user, 0, 25)
    await world.sql.execute("update users set deleted_at = now() where id = $1", gone)
    await world.sql.execute("update users set suspended_at = now() where id = $1", suspended)
    assert await credit_rooms(quiet.services) == 1
    assert (await logs.credited(gone), await logs.credited(suspended)) == ([], [(0, 25)])
    assert await logs.waiting() == 0


@pytest.mark.parametrize(
    "role, change, counted",
    [
        ("owner", "", True),
        ("admin", "", True),
        ("contributor", "", True),
        ("viewer", "", False),
        (None, "", False),
        (None, "visibility = 'public'", False),
        ("contributor", "archived_at = now()", False),
        ("contributor", "deleted_at = now()", False),
    ],
)
async def test_the_project_of_the_room_is_that_of_who_may_track_on_it(
    quiet: Instance, world: World, logs: Logs, role: str | None, change: str, counted: bool
) -> None:
    """[C2] The others get the time without project."""
    ada, owner = await world.users(2)
    project = await world.project(owner)
    if role == "owner":
        await world.sql.execute(
            "update project_members set user_id = $1 where user_id = $2", ada, owner
        )
    elif role is not None:
        await world.sql.execute(
            "insert into project_members values ($1, $2, $3)", project, ada, role
        )
    if change:
        await world.sql.execute(f"update projects set {change} where id = $1", project)
    room = await one_phase(logs, ada, project=project)
    await logs.there(room, ada, 0, 25)
    await credit_rooms(quiet.services)
    assert [e["project_id"] for e in await world.entries(ada)] == [project if counted else None]
    assert await world.events(f"project:{project}") == []


async def test_the_entry_says_what_was_meant_in_that_round(
    quiet: Instance, world: World, logs: Logs
) -> None:
    ada, bo = await world.users(2)
    room = await logs.room(ada, bo)
    await logs.ran(room, 0, 25, round=2)
    for user, round, text in ((ada, 2, "Chapter 3"), (ada, 1, "Chapter 2"), (bo, 2, "")):
        await world.sql.execute(
            "insert into room_intentions values ($1, $2, $3, $4)", room, round, user, text
        )
    for user in (ada, bo):
        await logs.there(room, user, 0, 25)
    await credit_rooms(quiet.services)
    assert [e["description"] for e in await world.entries(ada)] == ["Chapter 3"]
    assert [e["description"] for e in await world.entries(bo)] == ["Deep work"]


async def test_the_days_are_those_of_the_members_zone(quiet: Instance, world: World) -> None:
    """[D1, D2] A phase across midnight, on the night when Zurich's clocks go forward."""
    logs = Logs.of(quiet, datetime(2026, 3, 28, 22, 50, tzinfo=UTC))
    ada, owl = await world.user("Europe/Zurich"), await world.user("Europe/Zurich", 4)
    room = await logs.room(ada, owl)
    await logs.ran(room, 0, 25)
    await logs.ran(room, 180, 200)
    for user in (ada, owl):
        await logs.there(room, user, 0, 300)
    await credit_rooms(quiet.services)
    while await settle(quiet.db):
        continue
    saturday, sunday = date(2026, 3, 28), date(2026, 3, 29)
    assert await derived(world, ada) == {(saturday, None): 600, (sunday, None): 900 + 1200}
    # 3:50 to 4:10 in summer time, 10 minutes on each side of the day's beginning
    assert await derived(world, owl) == {(saturday, None): 1500 + 600, (sunday, None): 600}
    assert {e["timezone"] for e in await world.entries(owl)} == {"Europe/Zurich"}
    assert {e["day_starts_at"] for e in await world.entries(owl)} == {4}


async def test_a_crash_while_crediting_loses_nothing(
    quiet: Instance, world: World, logs: Logs, database_url: str
) -> None:
    """All of it is one transaction."""
    ada = await world.user()
    room = await one_phase(logs, ada)
    await logs.there(room, ada, 0, 25)
    await world.sql.execute(
        """
        create function die() returns trigger language plpgsql as $$ begin
            perform pg_terminate_backend(pg_backend_pid()); return null;
        end $$;
        create trigger die after update on room_stretches for each row execute function die();
        """
    )
    with pytest.raises(Unavailable):
        await credit_rooms(quiet.services)
    pool = await connect_pool(database_url, min_size=1)
    assert await pool.fetchval("select count(*) from time_entries") == 0
    await pool.execute("drop trigger die on room_stretches")
    await pool.close()
    assert await credit_rooms(quiet.services) == 1
    assert await logs.credited(ada) == [(0, 25)]
