"""[C0] [C1] [C3] [D0] to [D4] [L2]: after anything, what is derived equals a recomputation by the
pure rules over all entries, to the second."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.actions import profile
from handlers.actions.counting import Counting
from handlers.actions.identity import Principal
from handlers.actions.projects import delete_project
from handlers.actions.settling import settle
from handlers.jobs.check import Rules, differences
from handlers.jobs.detach import detach_deleted
from handlers.jobs.earn import earn
from handlers.messages.accounts import PrivacyEdit, ProfileEdit
from rooms.boards import Board, Scope, board_on
from rooms.errors import DomainError, NotFound
from rooms.rules.boards import PERIODS
from rooms.rules.periods import DayRule
from rooms.timer import (
    DeleteEntry,
    EditEntries,
    LogEntry,
    MergeEntries,
    RestoreEntry,
    SplitEntry,
    StartTimer,
    StopTimer,
    UpdateEntry,
)
from server.instance import Instance, open_instance
from server.settings import Settings
from storage.board_rows import read_page
from storage.check import Checked
from storage.embedded import Embedded
from storage.tracked import mark_days
from tests.support.commands import Desk, World
from tests.support.derived import (
    boards_by_rules,
    boards_kept,
    focus_by_rules,
    focus_kept,
    projects_by_rules,
    projects_kept,
    ranked_by_rules,
)
from tests.support.product import SECRET
from tests.support.tracked import derived, recomputed

# Whole and half hours, a day that was skipped, changes at midnight and of half an hour.
ZONES = """UTC Europe/Zurich America/New_York Australia/Lord_Howe Asia/Kathmandu Pacific/Apia
    America/Sao_Paulo Africa/Cairo Pacific/Kiritimati Etc/GMT+12 Asia/Beirut""".split()
DAY, MS = timedelta(days=1), timedelta(milliseconds=1)
# The clocks there change at midnight, so some days of the boards begin at one o'clock.
BOARD_ZONE = "Asia/Beirut"
COUNTING = Counting(DayRule(BOARD_ZONE))


def changes_of_clocks(zone: str) -> list[datetime]:
    """The days of recent years on which the clocks of `zone` changed, or some days if none."""
    days = [datetime(2010, 1, 1, tzinfo=UTC) + n * DAY for n in range(16 * 365)]
    clocks = ZoneInfo(zone)
    offsets = [day.astimezone(clocks).utcoffset() for day in days]
    changed = [day for day, (a, b) in zip(days, pairwise(offsets), strict=False) if a != b]
    return changed or days[::200]


CHANGES = {zone: changes_of_clocks(zone) for zone in ZONES}
numbers = st.integers(0, 7)
spans = st.one_of(
    st.integers(0, 5000).map(lambda ms: ms * MS),
    st.integers(0, 30 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    st.sampled_from([DAY, 31 * DAY, 30 * DAY + timedelta(hours=23)]),
)
# What is done, to which entry, with which project, where between -3 days and a change of clocks.
acts = st.tuples(
    st.sampled_from(
        ["log"] * 4
        + [
            "start",
            "stop",
            "move",
            "retime",
            "retime",
            "split",
            "merge",
            "move all",
            "delete",
            "restore",
            "zone",
            "drop",
            "settle",
        ]
    ),
    numbers,
    st.sampled_from([0, 1, None]),
    st.integers(-3 * 86_400_000, 2 * 86_400_000).map(lambda ms: ms * MS),
    spans,
)


@pytest.fixture(scope="module")
async def whole(servers: Embedded, url: str) -> AsyncIterator[Instance]:
    """An instance that settles in the background, as it pleases."""
    settings = Settings(_env_file=None, board_timezone=BOARD_ZONE)  # type: ignore[call-arg]
    opened = await open_instance(settings, url, servers.redis_url, SECRET)
    yield opened
    await opened.close()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(ZONES), st.integers(0, 6), numbers, st.lists(acts, min_size=5, max_size=16))
async def test_tracked_days_equal_a_recomputation_after_anything(
    world: World,
    desk: Desk,
    whole: Instance,
    zone: str,
    day_starts_at: int,
    change: int,
    done: list[tuple[str, int, int | None, timedelta, timedelta]],
) -> None:
    """Entries around a change of clocks, across midnights; edited, split, merged, moved, deleted,
    restored, in a project that is deleted, by a user who moves to another zone [D3]."""
    user = await world.user(zone, day_starts_at)
    projects = [await world.project(user), await world.project(user)]
    around = CHANGES[zone][change * 5 % len(CHANGES[zone])]
    for act, number, place, offset, span in done:
        ids = [row["id"] for row in await world.entries(user)]
        entry_id = ids[number % len(ids)] if ids else 1
        project = None if place is None else projects[place]
        at = around + offset
        command = {
            "log": LogEntry(at, at + span, project),
            "start": StartTimer(project),
            "stop": StopTimer(),
            "move": UpdateEntry(entry_id, project_id=project),
            "retime": UpdateEntry(entry_id, started_at=at, ended_at=at + span),
            "split": SplitEntry(entry_id, at),
            "merge": MergeEntries(tuple(ids[:3]), project_id=project, gaps="include"),
            "move all": EditEntries(tuple(ids), project_id=project),
            "delete": DeleteEntry(entry_id),
            "restore": RestoreEntry(entry_id),
        }.get(act)
        if command is not None:
            try:
                await desk.send(user, command)
            except DomainError:
                continue
        elif act == "zone":
            await world.sql.execute(
                "update users set timezone = $2, day_starts_at = $3 where id = $1",
                user, ZONES[number], number % 7,
            )  # fmt: skip
        elif act == "drop" and project is not None:
            owner = Principal(user, 1, "user", datetime.now(UTC))
            with suppress(NotFound):  # it is gone already
                await delete_project(whole.services, owner, project, None)
        elif act == "settle":
            await settle(desk.pool, counting=COUNTING)
    await detach_deleted(whole.services)
    while await settle(desk.pool, counting=COUNTING):
        continue
    await world.until("select not exists (select from dirty_users where user_id = $1)", user)
    assert await derived(world, user) == await recomputed(world, user)
    assert await focus_kept(world.sql, user) == await focus_by_rules(world.sql, user)
    assert await projects_kept(world.sql, user) == await projects_by_rules(world.sql, user)
    boards = await boards_by_rules(world.sql, user, COUNTING.board_days)
    assert await boards_kept(world.sql, user) == boards


# Entries of the last weeks, of one of three users, on one of two projects or on none.
lately = st.tuples(
    st.sampled_from(["log", "log", "log", "delete", "zone", "hide", "doubt", "work off"]),
    st.integers(0, 2),
    st.sampled_from([0, 1, None]),
    st.integers(0, 50 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    spans,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(lately, min_size=4, max_size=14))
async def test_boards_rank_by_the_rules_after_anything(
    world: World,
    desk: Desk,
    whole: Instance,
    done: list[tuple[str, int, int | None, timedelta, timedelta]],
) -> None:
    """Scores, ranks, streaks and all days of three users, in the days of the boards."""
    users = [await world.user(zone) for zone in ("UTC", "Pacific/Apia", BOARD_ZONE)]
    projects = [await world.project(users[0], *users[1:]) for _ in range(2)]
    now = datetime.now(UTC).replace(microsecond=0)
    hidden = set()
    for act, number, place, back, span in done:
        user, from_at = users[number], now - back
        ids = [row["id"] for row in await world.entries(user)]
        if act == "log":
            project = None if place is None else projects[place]
            await desk.send(user, LogEntry(from_at, min(from_at + span, now), project))
        elif act == "delete" and ids:
            with suppress(NotFound):
                await desk.send(user, DeleteEntry(ids[0]))
        elif act == "zone":
            await edit_profile(whole, user, ProfileEdit(timezone=ZONES[back.seconds % len(ZONES)]))
        elif act == "hide" and user not in hidden:
            hidden.add(user)
            edit = ProfileEdit(privacy=PrivacyEdit(leaderboards=False))
            await edit_profile(whole, user, edit)
        elif act == "doubt" and ids:
            await put_in_doubt(world, user, ids[-1], span)
        elif act == "work off":
            await settle(desk.pool, counting=COUNTING)
            await earn(whole.services)
    await work_off(world, desk, whole, users)
    shown = [user for user in users if user not in hidden]
    for period in PERIODS:
        for project in projects:
            scope = Scope.of(f"project:{project}")
            board = board_on(COUNTING.board_days.day_of(now), "time", period, scope)
            right = await ranked_by_rules(
                world.sql, shown, COUNTING.board_days, period, ("project", project)
            )
            assert await kept_on(world, board) == [(r.rank, r.user_id, r.score) for r in right]
    rows = await world.sql.fetch(
        "select id, timezone, day_starts_at, privacy_leaderboards from users"
        " where id = any($1::bigint[])",
        users,
    )
    checked = [Checked(r[0], DayRule(r[1], r[2]), r[3]) for r in rows]
    found = await differences(world.sql, Rules(COUNTING, 60), checked)
    assert [str(one) for one in found] == []


async def work_off(world: World, desk: Desk, whole: Instance, users: list[int]) -> None:
    while await settle(desk.pool, counting=COUNTING):
        continue
    while await earn(whole.services):
        continue
    for table in ("dirty_users", "dirty_earnings", "dirty_boards"):
        await world.until(
            f"select not exists (select from {table} where user_id = any($1::bigint[]))", users
        )


async def edit_profile(whole: Instance, user: int, edit: ProfileEdit) -> None:
    await profile.edit_profile(
        whole.services, Principal(user, 1, "user", datetime.now(UTC)), edit, None
    )


async def put_in_doubt(world: World, user: int, entry_id: int, after: timedelta) -> None:
    """[T7] As of a timer that was forgotten and ended by a switch."""
    async with world.sql.transaction():
        await world.sql.execute("select from users where id = $1 for no key update", user)
        await world.sql.execute(
            "update time_entries set doubtful_from = started_at + $3::interval"
            " where user_id = $1 and id = $2",
            user, entry_id, after,
        )  # fmt: skip
        entry = next(row for row in await world.entries(user) if row["id"] == entry_id)
        days = DayRule(entry["timezone"], entry["day_starts_at"])
        on = [days.day_of(at) for at in (entry["started_at"], entry["ended_at"])]
        await mark_days(world.sql, [(user, *on)])


async def kept_on(world: World, board: Board) -> list[tuple[int, int, int]]:
    places = await read_page(world.sql, board, None, 200)
    return [(place.rank, place.user_id, place.score) for place in places]
