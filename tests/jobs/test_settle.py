"""[C0] [D2]: working off the marks, by many instances, beside those who write, through crashes."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from handlers.actions.settling import settle, settle_late
from rooms.errors import DomainError
from rooms.timer import DeleteEntry, LogEntry, UpdateEntry
from storage.tracked import Counted, DayTotal, read_marks, write_days
from tests.support.commands import Desk, World
from tests.support.tracked import derived, recomputed, settle_all

DAY = timedelta(days=1)


async def test_an_edit_that_moves_an_entry_counts_the_old_days_and_the_new(
    world: World, desk: Desk
) -> None:
    """[D2] From two days of March to one of May; and only what was touched is marked."""
    user = await world.user()
    march = datetime(2026, 3, 5, 23, tzinfo=UTC)
    entry = (await desk.send(user, LogEntry(march, march + timedelta(hours=2))))["entry_id"]
    marks = "select from_on, to_on from dirty_users where user_id = $1"
    assert tuple(await world.sql.fetchrow(marks, user)) == (date(2026, 3, 5), date(2026, 3, 6))
    await settle_all(desk)
    assert await derived(world, user) == {
        (date(2026, 3, 5), None): 3600,
        (date(2026, 3, 6), None): 3600,
    }
    may = datetime(2026, 5, 1, 8, tzinfo=UTC)
    await desk.send(user, UpdateEntry(entry, started_at=may, ended_at=may + timedelta(hours=1)))
    await settle_all(desk)
    assert await derived(world, user) == {(date(2026, 5, 1), None): 3600}


async def test_entries_of_31_days_shrink_to_the_days_they_keep(world: World, desk: Desk) -> None:
    """[T8] The widest there are: all their days are counted, and counted again."""
    user = await world.user("Pacific/Kiritimati", 6)
    first = datetime(2026, 1, 10, 12, tzinfo=UTC)
    entry = (await desk.send(user, LogEntry(first, first + 31 * DAY)))["entry_id"]
    await settle_all(desk)
    assert len(days := await derived(world, user)) == 32
    assert sum(days.values()) == 31 * 86_400
    await desk.send(user, UpdateEntry(entry, ended_at=first + 10 * DAY))
    await settle_all(desk)
    assert sum((await derived(world, user)).values()) == 10 * 86_400
    await desk.send(user, DeleteEntry(entry))
    await settle_all(desk)
    assert await derived(world, user) == {}


async def test_a_day_in_the_middle_of_a_long_entry_is_counted_with_it(
    world: World, desk: Desk
) -> None:
    """A mark names few days; what lies on them may have begun a month before."""
    user, first = await world.user(), datetime(2026, 1, 10, tzinfo=UTC)
    await desk.send(user, LogEntry(first, first + 31 * DAY))
    await settle_all(desk)
    middle = first + 29 * DAY
    await desk.send(user, LogEntry(middle, middle + timedelta(hours=1)))
    await settle_all(desk)
    assert (await derived(world, user))[middle.date(), None] == 86_400 + 3600


async def test_two_instances_settle_beside_those_who_write(world: World, desk: Desk) -> None:
    """No mark is lost, whoever takes it."""
    other, users = await world.desk(), await world.users(30)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    writing = True

    async def write(user: int) -> None:
        for number in range(6):
            from_at = at + number * timedelta(hours=11)
            await desk.send(user, LogEntry(from_at, from_at + timedelta(hours=3)))

    async def keep_settling(at_desk: Desk) -> None:
        while writing:
            await settle(at_desk.pool, 7)

    settling = [asyncio.ensure_future(keep_settling(each)) for each in (desk, other)]
    await asyncio.gather(*map(write, users))
    writing = False
    await asyncio.gather(*settling)
    await settle_all(desk, other)
    for user in users:
        found = await derived(world, user)
        assert found == await recomputed(world, user)
        assert sum(found.values()) == 18 * 3600
    assert not await world.sql.fetchval("select count(*) from dirty_users")


async def test_a_user_whom_somebody_holds_is_settled_later(world: World, desk: Desk) -> None:
    """Without waiting, and without keeping the others waiting."""
    held, free = await world.users(2)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    for user in (held, free):
        await desk.send(user, LogEntry(at, at + DAY))
    async with world.holding(held):
        async with asyncio.timeout(1):
            assert await settle(desk.pool) == 1
        assert await derived(world, held) == {}
        assert await derived(world, free)
    assert await settle(desk.pool) == 1
    assert await derived(world, held) == await recomputed(world, held)


async def test_what_was_counted_before_a_change_is_not_written_after_it(
    world: World, desk: Desk
) -> None:
    """A mark that was made anew meanwhile stays, and one that is gone brings nothing back."""
    changed, settled = await world.users(2)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    for user in (changed, settled):
        await desk.send(user, LogEntry(at, at + timedelta(hours=1)))
    async with desk.pool.acquire() as connection:
        marks = await read_marks(connection, 10)
        early = Counted([DayTotal(mark.user_id, at.date(), None, 3600) for mark in marks])
        await desk.send(changed, LogEntry(at, at + timedelta(hours=2)))
        await world.sql.execute("delete from dirty_users where user_id = $1", settled)
        assert await write_days(connection, marks, early) == 0
    assert await derived(world, changed) == await derived(world, settled) == {}
    await settle_all(desk)
    assert await derived(world, changed) == {(at.date(), None): 3 * 3600}


async def test_a_crash_in_the_middle_of_settling_loses_no_mark(world: World, desk: Desk) -> None:
    """The mark goes in the transaction that writes the days, and so it comes back with it."""
    user, at = await world.user(), datetime(2026, 3, 1, tzinfo=UTC)
    await desk.send(user, LogEntry(at, at + DAY))
    await settle_all(desk)
    await desk.send(user, LogEntry(at, at + 2 * DAY))
    await world.sql.execute(
        """
        create function die() returns trigger language plpgsql as $$ begin
            perform pg_terminate_backend(pg_backend_pid()); return null;
        end $$;
        create trigger die after insert on tracked_days execute function die();
        """
    )
    try:
        with pytest.raises((DomainError, asyncpg.PostgresError)):
            await settle(desk.pool)
    finally:
        await world.sql.execute("drop function die() cascade")
    assert sum((await derived(world, user)).values()) == 86_400
    await settle_all(desk)
    assert sum((await derived(world, user)).values()) == 3 * 86_400


async def test_who_never_pauses_is_counted_all_the_same(world: World, desk: Desk) -> None:
    """[C0] Marked anew between every reading and writing, a mark keeps its age; an old one is
    counted behind the user's lock."""
    user, at = await world.user(), datetime(2026, 3, 1, tzinfo=UTC)
    await desk.send(user, LogEntry(at, at + timedelta(hours=1)))
    asked = "select asked_at from dirty_users where user_id = $1"
    first = await world.sql.fetchval(asked, user)
    async with desk.pool.acquire() as connection:
        marks = await read_marks(connection, 10)
        await desk.send(user, LogEntry(at, at + timedelta(hours=2)))
        assert await write_days(connection, marks, Counted()) == 0
    assert await world.sql.fetchval(asked, user) == first
    assert await settle_late(desk.pool, timedelta(hours=1)) == 0
    assert await settle_late(desk.pool, timedelta(0)) == 1
    assert await derived(world, user) == {(at.date(), None): 3 * 3600}
