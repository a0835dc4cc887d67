"""Deleting a project marks it; a job takes its entries out, with what is derived from them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from handlers.actions.identity import Principal
from handlers.actions.projects import delete_project
from handlers.jobs.detach import detach_deleted
from handlers.messages.bulk import MOST_EVENTS
from rooms.timer import DeleteEntry, LogEntry, StartTimer
from server.instance import Instance
from tests.support.commands import Desk, World
from tests.support.tracked import derived, settle_all

AT, HOUR = datetime(2026, 3, 5, 8, tzinfo=UTC), timedelta(hours=1)


@pytest.fixture
async def world(instance: Instance) -> World:
    return World("", instance.db)  # type: ignore[arg-type]


@pytest.fixture
async def desk(instance: Instance) -> Desk:
    return Desk(instance.db, instance.services.timers)


async def drop(instance: Instance, owner: int, project: int) -> int:
    """Delete the project; how many entries were taken out of it."""
    principal = Principal(owner, 1, "user", datetime.now(UTC))
    await delete_project(instance.services, principal, project, None)
    return await detach_deleted(instance.services)


async def types(world: World, user: int) -> list[str]:
    return [event for _, event in await world.events(f"user:{user}")]


async def test_entries_stay_with_their_users_and_are_counted_without_project(
    instance: Instance, world: World, desk: Desk
) -> None:
    """[C0] Closed and running ones, and each is told; the versions are raised [T6]."""
    owner, member = await world.users(2)
    project = await world.project(owner, member)
    await desk.send(member, LogEntry(AT, AT + HOUR, project))
    await desk.send(member, StartTimer(project))
    await world.until("select not exists (select from dirty_users)")
    assert await derived(world, member) == {(date(2026, 3, 5), project): 3600}
    assert await drop(instance, owner, project) == 2
    assert [(row["project_id"], row["version"]) for row in await world.entries(member)] == [
        (None, 2),
        (None, 2),
    ]
    assert (await types(world, member))[-2:] == ["timer:updated", "entry:updated"]
    await settle_all(desk)
    await world.until("select not exists (select from dirty_users)")
    assert await derived(world, member) == {(date(2026, 3, 5), None): 3600}
    assert await detach_deleted(instance.services) == 0


async def test_a_deleted_entry_is_taken_out_silently(
    instance: Instance, world: World, desk: Desk
) -> None:
    """So that restoring it does not bring a deleted project back."""
    owner = await world.user()
    project = await world.project(owner)
    made = await desk.send(owner, LogEntry(AT, AT + HOUR, project))
    await desk.send(owner, DeleteEntry(made["entry_id"]))
    before = len(await types(world, owner))
    assert await drop(instance, owner, project) == 1
    assert (await types(world, owner))[before:] == ["project:deleted"]


async def test_many_entries_are_told_as_one(instance: Instance, world: World, desk: Desk) -> None:
    """More than 50 become one `entry:bulk`."""
    owner = await world.user()
    project = await world.project(owner)
    for number in range(MOST_EVENTS + 1):
        await desk.send(owner, LogEntry(AT + number * HOUR, AT + (number + 1) * HOUR, project))
    assert await drop(instance, owner, project) == MOST_EVENTS + 1
    assert (await types(world, owner))[-2:] == ["project:deleted", "entry:bulk"]


async def test_who_is_suspended_keeps_their_entries_too(
    instance: Instance, world: World, desk: Desk
) -> None:
    owner, member = await world.users(2)
    project = await world.project(owner, member)
    await desk.send(member, LogEntry(AT, AT + HOUR, project))
    await world.sql.execute("update users set suspended_at = now() where id = $1", member)
    assert await drop(instance, owner, project) == 1
    assert (await world.entries(member))[0]["project_id"] is None
