"""[T8]: a running entry ends by itself at 31 days, and its user is told, once."""

import json
from datetime import timedelta

from handlers.jobs.limits import end_overlong
from rooms.timer import StartTimer, StopTimer
from server.instance import Instance
from tests.support.commands import Desk, World


async def begin(world: World, desk: Desk, started_ago: str) -> int:
    """A user whose timer has been running for so long."""
    user = await world.user()
    await desk.send(user, StartTimer())
    await world.sql.execute(
        "update time_entries set started_at = date_trunc('second', now()) - $2::text::interval"
        " where user_id = $1",
        user, started_ago,
    )  # fmt: skip
    return user


def desk_of(instance: Instance) -> tuple[World, Desk]:
    world = World("", instance.db)  # type: ignore[arg-type]
    return world, Desk(instance.db, instance.services.timers)


async def test_a_timer_of_31_days_is_ended_and_a_younger_one_is_not(instance: Instance) -> None:
    world, desk = desk_of(instance)
    old = await begin(world, desk, "31 days 5 hours")
    young = await begin(world, desk, "30 days 23 hours")
    assert await end_overlong(instance.services) == 1
    (ended,) = await world.entries(old)
    assert ended["ended_at"] - ended["started_at"] == timedelta(days=31)
    assert ended["ended_by"] == "limit"
    assert await world.events(f"user:{old}") == [
        (1, "timer:started"),
        (2, "timer:stopped"),
        (3, "notification:created"),
    ]
    (told,) = await world.sql.fetch("select kind, data from notifications where user_id = $1", old)
    assert told["kind"] == "timer_ended"
    assert json.loads(told["data"])["entry_id"] == ended["id"]
    assert (await world.entries(young))[0]["ended_at"] is None
    assert await end_overlong(instance.services) == 0


async def test_many_are_ended_at_a_time(instance: Instance) -> None:
    world, desk = desk_of(instance)
    for _ in range(7):
        await begin(world, desk, "40 days")
    assert await end_overlong(instance.services, limit=5) == 5
    assert await end_overlong(instance.services, limit=5) == 2


async def test_a_suspended_user_is_in_nobodys_way(instance: Instance) -> None:
    """No command can be sent for them; their timer ends at the limit when they are back."""
    world, desk = desk_of(instance)
    gone, there = await begin(world, desk, "50 days"), await begin(world, desk, "40 days")
    await world.sql.execute("update users set suspended_at = now() where id = $1", gone)
    assert await end_overlong(instance.services, limit=1) == 1
    assert (await world.entries(there))[0]["ended_by"] == "limit"
    await world.sql.execute("update users set suspended_at = null where id = $1", gone)
    stopped = await desk.send(gone, StopTimer())
    assert stopped["duration_seconds"] == 31 * 86_400
