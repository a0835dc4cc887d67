"""[T7]: timers that run for long, or whose user is gone, are put in doubt, and nothing more."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

from handlers.jobs.forgotten import doubt_forgotten
from rooms.rules.boards import BoardEntry, counts_until
from rooms.timer import ResolveTimer, StartTimer, StopTimer
from server.instance import Instance
from storage.users import note_seen
from tests.support.commands import Desk, World

HOUR = timedelta(hours=1)


def desk_of(instance: Instance) -> tuple[World, Desk]:
    world = World("", instance.db)  # type: ignore[arg-type]
    return world, Desk(instance.db, instance.services.timers)


async def begin(world: World, desk: Desk, started_h: float, seen_h: float | None = 0) -> int:
    """A user whose timer has run for so many hours, and who was connected so many hours ago."""
    user = await world.user()
    project = await world.project(user)
    await desk.send(user, StartTimer(project, "write"))
    await world.sql.execute(
        "update time_entries set started_at = date_trunc('second', now()) - $2::interval,"
        " created_at = now() - $2::interval where user_id = $1",
        user, started_h * HOUR,
    )  # fmt: skip
    await world.sql.execute(
        "update users set last_seen_at = date_trunc('second', now()) - $2::interval where id = $1",
        user, None if seen_h is None else seen_h * HOUR,
    )  # fmt: skip
    return user


async def asked(world: World, user: int) -> list[Any]:
    rows = await world.sql.fetch(
        "select data from notifications where user_id = $1 and kind = 'timer_forgotten'"
        " order by id",
        user,
    )
    return [json.loads(row["data"]) for row in rows]


async def seen_at(world: World, user: int) -> datetime:
    at: datetime = await world.sql.fetchval("select last_seen_at from users where id = $1", user)
    return at


async def test_a_timer_of_12_hours_is_in_doubt_from_there(quiet: Instance) -> None:
    """It runs on, its user is asked once, and its devices and project see it."""
    world, desk = desk_of(quiet)
    old, young = await begin(world, desk, 13), await begin(world, desk, 11)
    assert await doubt_forgotten(quiet.services) == 1
    (entry,) = await world.entries(old)
    assert entry["doubtful_from"] == entry["started_at"] + 12 * HOUR
    assert (entry["ended_at"], entry["version"]) == (None, 2)
    assert (await world.entries(young))[0]["doubtful_from"] is None
    (news,) = await asked(world, old)
    assert news["entry_id"] == entry["id"]
    assert news["description"] == "write"
    assert set(news["actions"]) == {"keep", "discard", "stop", "split"}
    assert await world.events(f"user:{old}") == [
        (1, "timer:started"),
        (2, "timer:updated"),
        (3, "notification:created"),
    ]
    channel = f"project:{entry['project_id']}"
    assert await world.events(channel) == [(1, "timer:started"), (2, "timer:updated")]
    assert await doubt_forgotten(quiet.services) == 0


async def test_a_timer_of_somebody_who_is_gone_is_in_doubt_from_when_they_were_seen(
    quiet: Instance,
) -> None:
    world, desk = desk_of(quiet)
    gone, there = await begin(world, desk, 5, seen_h=3), await begin(world, desk, 5, seen_h=1)
    long_gone = await begin(world, desk, 20, seen_h=15)
    assert await doubt_forgotten(quiet.services) == 2
    for user in (gone, long_gone):
        (entry,) = await world.entries(user)
        assert entry["doubtful_from"] == await seen_at(world, user)
    assert (await world.entries(there))[0]["doubtful_from"] is None


async def test_who_has_never_connected_is_seen_when_they_start(quiet: Instance) -> None:
    """By REST alone: the start is a sign of life, and stopping it an answer."""
    world, desk = desk_of(quiet)
    user = await begin(world, desk, 1, seen_h=None)
    assert await doubt_forgotten(quiet.services) == 0
    late = await begin(world, desk, 3, seen_h=None)
    assert await doubt_forgotten(quiet.services) == 1
    for one in (user, late):
        assert (await desk.send(one, StopTimer()))["entry"]["doubtful_from"] is None


async def test_after_an_outage_nobody_is_missed(quiet: Instance) -> None:
    """They may be on their way back; what runs for too long does so all the same."""
    world, desk = desk_of(quiet)
    await begin(world, desk, 5, seen_h=3)
    old = await begin(world, desk, 13, seen_h=3)
    assert await doubt_forgotten(quiet.services, miss=False) == 1
    (entry,) = await world.entries(old)
    assert entry["doubtful_from"] == entry["started_at"] + 12 * HOUR


async def test_what_was_kept_is_asked_about_again_only_12_hours_later(quiet: Instance) -> None:
    world, desk = desk_of(quiet)
    user = await begin(world, desk, 30)
    await doubt_forgotten(quiet.services)
    (entry,) = await world.entries(user)
    await desk.send(user, ResolveTimer(entry["id"], "keep"))
    assert await doubt_forgotten(quiet.services) == 0
    await world.sql.execute("update time_entries set kept_at = now() - interval '12 h 1 s'")
    assert await doubt_forgotten(quiet.services) == 1
    (again,) = await world.entries(user)
    assert again["doubtful_from"] - entry["doubtful_from"] > 11 * HOUR
    assert len(await asked(world, user)) == 2


async def test_a_switch_ends_it_in_doubt_and_boards_count_it_up_to_there(
    quiet: Instance,
) -> None:
    """[C3] Until its user says that it is right; then its days are counted anew."""
    world, desk = desk_of(quiet)
    user = await begin(world, desk, 14)
    await doubt_forgotten(quiet.services)
    await desk.send(user, StartTimer())
    ended, _ = await world.entries(user)
    counted = BoardEntry(
        1, ended["started_at"], ended["ended_at"], None, None, "timer", False,
        ended["doubtful_from"],
    )  # fmt: skip
    assert counts_until(counted, "all") == ended["started_at"] + 12 * HOUR
    await world.sql.execute("delete from dirty_users")
    answer = await desk.send(user, ResolveTimer(ended["id"], "keep"))
    assert answer["entry"]["doubtful_from"] is None
    assert answer["started"] is None
    assert await world.sql.fetchval("select count(*) from dirty_users where user_id = $1", user)


async def test_a_split_goes_on_in_a_new_entry(quiet: Instance) -> None:
    world, desk = desk_of(quiet)
    user = await begin(world, desk, 14)
    await doubt_forgotten(quiet.services)
    (entry,) = await world.entries(user)
    answer = await desk.send(user, ResolveTimer(entry["id"], "split"))
    first, second = await world.entries(user)
    assert first["ended_at"] == entry["doubtful_from"]
    assert (second["ended_at"], second["description"]) == (None, "write")
    assert answer["started"]["id"] == second["id"]


async def test_the_suspended_are_in_nobodys_way(quiet: Instance) -> None:
    world, desk = desk_of(quiet)
    gone, there = await begin(world, desk, 30), await begin(world, desk, 20)
    await world.sql.execute("update users set suspended_at = now() where id = $1", gone)
    assert await doubt_forgotten(quiet.services, limit=1) == 1
    assert await asked(world, there)
    assert not await asked(world, gone)


async def test_two_instances_ask_once(quiet: Instance) -> None:
    world, desk = desk_of(quiet)
    users = [await begin(world, desk, 14) for _ in range(20)]
    services = quiet.services
    done = await asyncio.gather(*(doubt_forgotten(services) for _ in range(4)))
    done.append(await doubt_forgotten(services))
    assert sum(done) == 20
    for user in users:
        assert len(await asked(world, user)) == 1


async def test_who_is_connected_is_seen(quiet: Instance, database_url: str) -> None:
    """Also beside somebody whom another transaction holds, who is noted the next time."""
    async with World.on(database_url) as world:
        here, held, gone = await world.users(3)
        async with world.holding(held):
            async with asyncio.timeout(2):
                await note_seen(quiet.db, [here, held])
        assert await seen_at(world, here) is not None
        assert await seen_at(world, held) is None
        assert await seen_at(world, gone) is None
