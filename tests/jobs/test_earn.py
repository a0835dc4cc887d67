"""[S1, S2, L3]: what is looked at anew when somebody changes something of theirs."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from handlers.actions import profile
from handlers.actions.identity import Principal
from handlers.actions.settling import settle_all
from handlers.jobs.earn import earn
from handlers.messages.accounts import PrivacyEdit, ProfileEdit
from rooms.timer import LogEntry
from server.instance import Instance
from storage import earnings
from tests.support.commands import Desk, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def world(quiet: Instance, database_url: str) -> AsyncIterator[World]:
    async with World.on(database_url) as world:
        yield world


async def work_off(quiet: Instance) -> None:
    await settle_all(quiet.services)
    while await earn(quiet.services):
        continue


async def edit(quiet: Instance, user: int, change: ProfileEdit) -> None:
    principal = Principal(user, 1, "user", datetime.now(UTC))
    await profile.edit_profile(quiet.services, principal, change, None)


async def kept(world: World, user: int) -> Any:
    return await world.sql.fetchrow("select * from user_streaks where user_id = $1", user)


async def a_day_ago(quiet: Instance, world: World) -> tuple[int, date]:
    """Somebody who did something yesterday, and that day."""
    desk, user = Desk(quiet.db, quiet.services.timers), await world.user()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    await desk.send(user, LogEntry(today - DAY, today - DAY + HOUR))
    await work_off(quiet)
    return user, today.date() - DAY


async def test_another_day_alone_is_kept_and_not_told(quiet: Instance, world: World) -> None:
    """What is kept is always what the days made on its own day."""
    user, yesterday = await a_day_ago(quiet, world)
    before = await kept(world, user)
    told = await world.events(f"user:{user}")
    assert ("streak:updated") in [event for _, event in told]
    await world.sql.execute(
        "update user_streaks set today = $2, today_done = true where user_id = $1", user, yesterday
    )
    await earnings.ask(world.sql, [user])
    await work_off(quiet)
    assert await kept(world, user) == before
    assert await world.events(f"user:{user}") == told


async def test_who_is_late_does_not_put_back_what_was_asked_anew(
    quiet: Instance, world: World
) -> None:
    """Two look at the same row; one is done, and something new is asked before the other one is."""
    user, _ = await a_day_ago(quiet, world)
    await earnings.ask(world.sql, [user])
    seen_by_both = await earnings.take(world.sql, 10)
    await earnings.put_back(world.sql, seen_by_both)
    assert await earnings.take(world.sql, 10) == []
    await earnings.ask(world.sql, [user])
    await earnings.put_back(world.sql, seen_by_both)
    (asked,) = await earnings.take(world.sql, 10)
    assert (asked.user_id, asked.version) == (user, seen_by_both[0].version)


async def test_a_streak_ends_with_the_days_of_the_zone_that_one_moves_to(
    quiet: Instance, world: World
) -> None:
    """[D1] [S3] The entries stay where they are [D3]."""
    user, _ = await a_day_ago(quiet, world)
    before = (await kept(world, user))["expires_at"]
    await edit(quiet, user, ProfileEdit(day_starts_at=5))
    await work_off(quiet)
    assert (await kept(world, user))["expires_at"] != before


async def test_who_shows_themselves_again_is_back_with_their_badges(
    quiet: Instance, world: World
) -> None:
    """[L3] Also who has badges, but no time."""
    user = await world.user()
    await world.sql.execute(
        "insert into user_badges (user_id, badge_id, awarded_at)"
        " select $1, min(id), now() from badges",
        user,
    )
    boards = (
        "select count(*) from board_scores where user_id = $1 and measure = 'badges'"
        " and scope = 'global'"
    )
    for shown in (False, True):
        await edit(quiet, user, ProfileEdit(privacy=PrivacyEdit(leaderboards=shown)))
        await work_off(quiet)
        assert (await world.sql.fetchval(boards, user) > 0) == shown
