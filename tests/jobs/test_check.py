"""`run.py check`: what differs from the entries is found, named and made anew."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from handlers.actions.counting import Counting
from handlers.actions.settling import settle_all
from handlers.jobs.check import Report, Rules, check_all
from handlers.jobs.earn import earn
from rooms.rules.periods import DayRule
from rooms.timer import LogEntry
from server.instance import Instance
from tests.support.commands import Desk, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = Rules(Counting(DayRule("UTC")), 60)
NOTHING = {"tracked_days", "focus_days", "focus_project_days", "board_days", "board_scores"}


@pytest.fixture
async def world(quiet: Instance, database_url: str) -> AsyncIterator[World]:
    async with World.on(database_url) as world:
        yield world


async def team(quiet: Instance, world: World, count: int = 3) -> list[int]:
    """Users with some days of work on a project, all of it counted."""
    desk = Desk(quiet.db, quiet.services.timers)
    users = await world.users(count)
    project = await world.project(*users)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for number, user in enumerate(users, start=1):
        for back in range(1, 4):
            at = today - back * DAY
            await desk.send(user, LogEntry(at, at + number * HOUR / 2, project))
            await desk.send(user, LogEntry(at + 5 * HOUR, at + 6 * HOUR))
    await work_off(quiet)
    return users


async def work_off(quiet: Instance) -> None:
    await settle_all(quiet.services)
    while await earn(quiet.services):
        continue


async def check(quiet: Instance, *, repair: bool = False, lines: int = 100) -> Report:
    return await check_all(quiet.db, RULES, repair=repair, most_lines=lines)


async def test_what_was_counted_is_right(quiet: Instance, world: World) -> None:
    await team(quiet, world)
    report = await check(quiet)
    assert (report.lines, report.fine, report.users) == ([], True, 3)
    assert report.summary() == ["3 users compared: no difference."]


@pytest.mark.parametrize(
    "table, change",
    [
        ("tracked_days", "seconds = seconds + 1"),
        ("focus_days", "entries = entries + 1"),
        ("focus_days", "longest_seconds = 0"),
        ("focus_project_days", "seconds = seconds + 1"),
        ("board_days", "seconds = seconds + 1"),
        ("board_days", "reached_at = reached_at + interval '1 s'"),
        ("board_scores", "score = score + 1"),
        ("user_streaks", "current = current + 1"),
        ("user_streaks", "expires_at = expires_at + interval '1 h'"),
    ],
)
async def test_a_wrong_row_is_named_and_repaired(
    quiet: Instance, world: World, table: str, change: str
) -> None:
    victim, *_ = await team(quiet, world)
    await world.sql.execute(f"update {table} set {change} where user_id = $1", victim)
    report = await check(quiet)
    assert set(report.tables) == {table}
    assert all(line.startswith(f"user {victim}: {table}") for line in report.lines)
    assert all("should be" in line for line in report.lines)
    assert (await check(quiet, repair=True)).repaired == 1
    assert (await check(quiet)).marked == 1
    await work_off(quiet)
    assert (await check(quiet)).fine


@pytest.mark.parametrize("table", sorted(NOTHING | {"user_streaks"}))
async def test_a_row_that_is_missing_or_too_much_is_found(
    quiet: Instance, world: World, table: str
) -> None:
    victim, idle = (await team(quiet, world))[0], await world.user()
    await world.sql.execute(f"delete from {table} where user_id = $1", victim)
    report = await check(quiet)
    assert set(report.tables) == {table}
    assert all("no row, should be" in line for line in report.lines)
    columns = await world.sql.fetchval(
        "select string_agg(attname, ', ') from pg_attribute"
        " where attrelid = $1::text::regclass and attnum > 0 and attname <> 'user_id'",
        table,
    )
    await check(quiet, repair=True)
    await work_off(quiet)
    await world.sql.execute(
        f"insert into {table} (user_id, {columns}) select $1, {columns} from {table}"
        " where user_id = $2",
        idle, victim,
    )  # fmt: skip
    report = await check(quiet, repair=True)
    assert {table} <= set(report.tables)
    assert all(line.startswith(f"user {idle}: ") for line in report.lines)
    await work_off(quiet)
    assert (await check(quiet)).fine


async def test_only_so_many_lines_are_kept_and_all_are_counted(
    quiet: Instance, world: World
) -> None:
    await team(quiet, world)
    await world.sql.execute("update tracked_days set seconds = seconds + 1")
    report = await check(quiet, lines=2)
    assert len(report.lines) == 2
    assert report.tables == {"tracked_days": 18}
    assert report.summary() == ["3 users compared: 18 in tracked_days."]


async def test_of_whom_something_is_still_counted_nothing_is_said(
    quiet: Instance, world: World
) -> None:
    users = await team(quiet, world, 25)  # more than are looked at together
    desk = Desk(quiet.db, quiet.services.timers)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    await desk.send(users[0], LogEntry(at, at + HOUR))
    report = await check(quiet)
    assert report.fine
    assert (report.users, report.marked) == (24, 1)


async def test_who_is_hidden_or_suspended_is_compared_too(quiet: Instance, world: World) -> None:
    """[L3] The hidden have no scores, but days all the same."""
    hidden, suspended, _ = await team(quiet, world)
    await world.sql.execute("update users set privacy_leaderboards = false where id = $1", hidden)
    await world.sql.execute("update users set suspended_at = now() where id = $1", suspended)
    assert set((await check(quiet, repair=True)).tables) == {"board_scores"}
    await work_off(quiet)
    assert (await check(quiet)).fine
    await world.sql.execute("update board_days set seconds = 1 where user_id = $1", suspended)
    assert not (await check(quiet, repair=True)).fine
    await work_off(quiet)
    assert (await check(quiet)).fine
