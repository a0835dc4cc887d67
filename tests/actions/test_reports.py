"""Reports show what their reader has just written, whoever else is counting."""

import asyncio
from datetime import UTC, datetime, timedelta

from handlers.actions import entries, reports
from handlers.actions.identity import Principal
from handlers.messages.entries import Started
from handlers.messages.reports import SummaryQuery
from rooms.timer import LogEntry
from server.instance import Instance
from tests.support.commands import World

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def test_a_mark_that_another_instance_holds_is_waited_for(
    quiet: Instance, database_url: str
) -> None:
    """Whoever settles many locks some marks whose users it then has to leave alone."""
    services, world = quiet.services, World(database_url, quiet.db)  # type: ignore[arg-type]
    user = Principal(await world.user(), 1, "user", datetime.now(UTC) + timedelta(days=1))
    command = LogEntry(AT, AT + timedelta(hours=1))
    await entries.send_command(services, user, None, command, Started)
    other = await world.connect()
    async with other.transaction():
        await other.execute("select from dirty_users for no key update")
        query = SummaryQuery(group_by="day")
        reading = asyncio.create_task(reports.read_summary(services, user, query))
        await world.until_waiting()
    assert (await reading).total_seconds == 3600
    await other.close()


async def test_months_of_entries_are_read_some_at_a_time(quiet: Instance) -> None:
    """More than one reading of the cursor holds, and each entry once."""
    services, world = quiet.services, World("", quiet.db)  # type: ignore[arg-type]
    user = Principal(await world.user(), 1, "user", datetime.now(UTC) + timedelta(days=1))
    await world.sql.execute(
        "insert into time_entries (user_id, tags, started_at, ended_at, ended_by, source,"
        " timezone, day_starts_at)"
        " select $1, array['t' || n % 2], at, at + interval '7 minutes', 'stop', 'timer', 'UTC', 0"
        " from generate_series(1, 2500) n"
        " cross join lateral (select timestamptz '2025-01-01Z' + n * interval '3 hours' as at) x",
        user.user_id,
    )
    found = await reports.read_summary(services, user, SummaryQuery(group_by="tag"))
    assert found.total_seconds == 2500 * 420
    assert {group.total_seconds for group in found.groups} == {1250 * 420}
