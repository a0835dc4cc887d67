"""Reading one's numbers while somebody else counts them, and while a file is being taken in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers.actions import people, projects
from handlers.actions.cached import Cache
from handlers.actions.identity import Principal
from handlers.actions.settling import settle_own
from handlers.messages.projects import NewProject
from rooms.imports.row import Row
from rooms.timer import LogEntry
from server.instance import Instance
from storage import imports
from storage.cached import CacheBook
from storage.imports import Candidate
from storage.tracked import mark_days
from tests.support.commands import Desk, World

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def world(database_url: str, quiet: Instance) -> AsyncIterator[World]:
    async with World.on(database_url) as world:
        yield world


async def somebody(world: World) -> Principal:
    return Principal(await world.user(), 1, "user", datetime.now(UTC) + HOUR)


def candidate(number: int, project_id: int | None = None) -> Candidate:
    """An hour of its own, as a file has it."""
    at = AT + number * HOUR
    row = Row(number, at, at + HOUR, "", (), None, "UTC", 0)
    return Candidate(row, number.to_bytes(16), 0, project_id)


async def test_whose_days_another_has_just_counted_reads_them(
    quiet: Instance, world: World
) -> None:
    """[C0] Done by somebody else between the look at the mark and the lock of its user."""
    user = await somebody(world)
    await Desk(quiet.db, quiet.services.timers).send(user.user_id, LogEntry(AT, AT + HOUR))
    async with world.holding(user.user_id) as other:
        reading = asyncio.create_task(settle_own(quiet.services, user.user_id))
        await world.until_waiting()
        await other.execute("delete from dirty_users where user_id = $1", user.user_id)
    await reading


async def test_nothing_is_kept_of_numbers_while_an_import_goes_on(
    quiet: Instance, world: World
) -> None:
    """Its batches are told of all at once at its end, so one stamp stands for several states."""
    user = await somebody(world)
    services = replace(
        quiet.services, cache=Cache(CacheBook(quiet.redis, quiet.services.epoch, limit_s=10))
    )
    import_id = await imports.begin(world.sql, user.user_id, "focushub", 2)
    for number in range(1, 3):
        await imports.write(world.sql, user.user_id, import_id, [candidate(number)])
        await mark_days(world.sql, [(user.user_id, AT.date(), AT.date())])
        activity = await people.read_activity(services, user, user.user_id)
        assert len(activity.recent_entries) == number
        profile = await people.read_profile(services, user, user.user_id)
        assert profile.totals is not None
        assert profile.totals.entries == number


async def test_an_entry_whose_project_was_just_deleted_is_known_without_one(
    quiet: Instance, world: World
) -> None:
    """An export shows it without project at once; so the file brings nothing that is not there."""
    user, services = await somebody(world), quiet.services
    made = await projects.make_project(services, user, NewProject(name="Atlas"), None)
    log = LogEntry(AT, AT + HOUR, made.project_id)
    await Desk(quiet.db, services.timers).send(user.user_id, log)
    assert await imports.unknown(world.sql, user.user_id, [candidate(0)]) == [candidate(0)]
    await projects.delete_project(services, user, made.project_id, None)
    assert await imports.unknown(world.sql, user.user_id, [candidate(0)]) == []
