"""First lock, then look; and a user whom somebody else holds keeps nobody else waiting."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from handlers.actions import projects
from handlers.actions.identity import Principal
from handlers.messages.projects import ProjectEdit
from rooms.errors import TimerNotRunning, Unavailable
from rooms.timer import StartTimer, StopTimer, UpdateEntry
from server.instance import Instance
from tests.support.commands import Desk, World


async def test_what_was_written_during_the_wait_for_the_lock_is_seen(
    world: World, desk: Desk
) -> None:
    """A snapshot from before the wait would stop what has ended and miss what has begun."""
    stopper, switcher = await world.users(2)
    await desk.send(stopper, StartTimer())
    async with world.holding(stopper, switcher) as other:
        stopping = asyncio.ensure_future(desk.send(stopper, StopTimer()))
        switching = asyncio.ensure_future(desk.send(switcher, StartTimer()))
        await world.until_waiting()
        await other.execute(
            "update time_entries set ended_at = started_at, ended_by = 'edit' where user_id = $1",
            stopper,
        )
        written = await other.fetchval(
            "insert into time_entries (user_id, started_at, source, timezone, day_starts_at)"
            " values ($1, now(), 'timer', 'UTC', 0) returning id",
            switcher,
        )
    with pytest.raises(TimerNotRunning):
        await stopping
    assert (await switching)["stopped"]["id"] == written


async def test_a_switch_of_zone_during_the_wait_counts(world: World, desk: Desk) -> None:
    """[D1] The user's own row is read behind the lock as well."""
    user = await world.user("UTC")
    async with world.holding(user) as other:
        starting = asyncio.ensure_future(desk.send(user, StartTimer()))
        await world.until_waiting()
        await other.execute("update users set timezone = 'Asia/Tokyo' where id = $1", user)
    assert (await starting)["entry"]["timezone"] == "Asia/Tokyo"


async def test_a_held_user_keeps_nobody_else_waiting(world: World, desk: Desk) -> None:
    """In the same batch and in later ones; and each held one goes on when it can."""
    slow, slower, *others = await world.users(12)
    async with world.holding(slower):
        async with world.holding(slow):
            waiting = [
                asyncio.ensure_future(desk.send(user, StartTimer())) for user in (slow, slower)
            ]
            for _ in range(3):
                answers = await desk.send_all([(user, StartTimer()) for user in others])
                assert all(answer["entry_id"] for answer in answers)
            assert not any(task.done() for task in waiting)
        assert (await waiting[0])["entry_id"]
        assert not waiting[1].done()
    assert (await waiting[1])["entry_id"]


async def test_the_commands_of_a_held_user_keep_their_order(world: World, desk: Desk) -> None:
    user = await world.user()
    async with world.holding(user):
        sending = [
            asyncio.ensure_future(desk.send(user, StartTimer(description=str(number))))
            for number in range(5)
        ]
        await world.until_waiting()
    await asyncio.gather(*sending)
    assert [row["description"] for row in await world.entries(user)] == [*"01234"]


async def test_what_waits_for_two_seconds_is_withdrawn_and_never_happens(
    world: World, desk: Desk
) -> None:
    """Answered `unavailable` in time, also what stands behind it; and sent again it happens."""
    user, command_id, clock = await world.user(), uuid4(), asyncio.get_running_loop().time
    async with world.holding(user):
        began = clock()
        first = desk.send(user, StartTimer(description="one"), command_id)
        refused = await asyncio.gather(
            first, desk.send(user, StartTimer(description="two")), return_exceptions=True
        )
        assert 1.8 < clock() - began < 2.5
    assert [type(error) for error in refused] == [Unavailable] * 2
    assert refused[0].retry_after_s == 1
    again = await desk.send(user, StartTimer(description="one"), command_id)
    assert [row["id"] for row in await world.entries(user)] == [again["entry_id"]]


async def test_many_held_users_are_all_served_when_they_are_let_go(
    world: World, desk: Desk
) -> None:
    """By a few batches, not one each."""
    users = await world.users(40)
    async with world.holding(*users):
        sending = asyncio.ensure_future(desk.send_all([(user, StartTimer()) for user in users]))
        await world.until_waiting()
    assert all(answer["entry_id"] for answer in await sending)
    assert desk.committer.batches < 20


async def test_commands_and_projects_take_their_locks_in_one_order(instance: Instance) -> None:
    """Users, projects, heads by name: timers on three projects beside edits of them."""
    world = World("", instance.db)  # type: ignore[arg-type]
    users = await world.users(8)
    made = [await world.project(*users) for _ in range(3)]
    owner = Principal(users[0], 1, "user", datetime.now(UTC))
    desk = Desk(instance.db, instance.services.timers)

    async def track(number: int, user: int) -> None:
        for turn in range(12):
            await desk.send(user, StartTimer(made[(number + turn) % 3]))
            await desk.send(user, UpdateEntry(project_id=made[(number + turn + 1) % 3]))

    async def edit(project: int) -> None:
        for turn in range(12):
            request = ProjectEdit(description=str(turn))
            await projects.edit_project(instance.services, owner, project, request, None)

    await asyncio.gather(
        *(track(number, user) for number, user in enumerate(users)),
        *(edit(project) for project in made),
    )
    for project in made:
        numbers = [seq for seq, _ in await world.events(f"project:{project}")]
        assert numbers == list(range(1, len(numbers) + 1))
