"""[C0] [D0] to [D3]: after anything a report equals a plain recomputation and the rows' sum."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.actions import entries, reports
from handlers.actions.identity import Principal
from handlers.messages.entries import EntryFilter
from handlers.messages.reports import SummaryQuery
from rooms.errors import DomainError
from rooms.rules.periods import DayRule
from rooms.timer import (
    DeleteEntries,
    DuplicateEntry,
    EditEntries,
    LogEntry,
    MergeEntries,
    RestoreEntry,
    SplitEntry,
    UpdateEntry,
)
from server.instance import Instance, open_instance
from server.settings import Settings
from storage.embedded import Embedded
from tests.support.commands import Desk, World
from tests.support.product import SECRET

DAY, MS = timedelta(days=1), timedelta(milliseconds=1)
# Changes by an hour and by half an hour, forwards and backwards, and at midnight.
CHANGES = [
    ("Europe/Zurich", datetime(2026, 3, 29, tzinfo=UTC)),
    ("America/New_York", datetime(2025, 11, 2, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 24, tzinfo=UTC)),
]
acts = st.tuples(
    st.sampled_from(
        ["log", "log", "log", "split", "merge", "copy", "retime", "tag", "move", "delete",
         "restore", "zone"]
    ),
    st.integers(0, 7),
    st.integers(-3 * 86_400_000, 3 * 86_400_000).map(lambda ms: ms * MS),
    st.one_of(
        st.integers(0, 90_000_000).map(lambda ms: ms * MS), st.sampled_from([DAY, 20 * DAY])
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
async def whole(servers: Embedded, url: str) -> AsyncIterator[Instance]:
    """An instance that settles in the background, as it pleases."""
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    opened = await open_instance(settings, url, servers.redis_url, SECRET)
    yield opened
    await opened.close()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 3), st.integers(0, 6), st.lists(acts, min_size=4, max_size=10))
async def test_a_report_equals_a_recomputation(
    world: World,
    desk: Desk,
    whole: Instance,
    change: int,
    day_starts_at: int,
    done: list[tuple[str, int, timedelta, timedelta]],
) -> None:
    """By each group, of all the time and of some days, without waiting for anything."""
    zone, around = CHANGES[change]
    user = await world.user(zone, day_starts_at)
    projects = [None, await world.project(user), await world.project(user)]
    for act, number, offset, span in done:
        await carry_out(world, desk, user, projects, (act, number, around + offset, span))
    rows = [row for row in await world.entries(user) if row["deleted_at"] is None]
    principal = Principal(user, 1, "user", datetime.now(UTC) + DAY)
    listed, _ = await entries.list_entries(whole.services, principal, EntryFilter(limit=200), None)
    for group_by in ("day", "tag,week", "project,month"):
        for days in ((None, None), (around.date(), (around + DAY).date())):
            given = {"from_": days[0] and str(days[0]), "to": days[1] and str(days[1])}
            query = SummaryQuery(group_by=group_by, **given)
            found = await reports.read_summary(whole.services, principal, query)
            groups, total = plainly(rows, group_by.split(","), *days)
            assert {
                key_of(group, group_by): group.total_seconds for group in found.groups
            } == groups
            assert found.total_seconds == total
            if days == (None, None):
                assert total == sum(entry.duration_seconds or 0 for entry in listed)


async def carry_out(
    world: World,
    desk: Desk,
    user: int,
    projects: list[int | None],
    deed: tuple[str, int, datetime, timedelta],
) -> None:
    act, number, at, span = deed
    ids = [row["id"] for row in await world.entries(user)] or [1]
    one, several = ids[number % len(ids)], tuple(ids[: 2 + number])
    project = projects[number % 3]
    commands: dict[str, Any] = {
        "log": LogEntry(at, at + span, project, tags=("a", "b")[: number % 3]),
        "split": SplitEntry(one, at),
        "merge": MergeEntries(several, project_id=project, gaps="include"),
        "copy": DuplicateEntry(one, at),
        "retime": UpdateEntry(one, started_at=at, ended_at=at + span),
        "tag": EditEntries(several, add_tags=("c",), remove_tags=("a",)),
        "move": EditEntries(several, project_id=project),
        "delete": DeleteEntries(several[-1:]),
        "restore": RestoreEntry(one),
    }
    if act == "zone":
        await world.sql.execute(
            "update users set timezone = $2, day_starts_at = $3 where id = $1",
            user, CHANGES[number % 4][0], number % 7,
        )  # fmt: skip
        return
    with suppress(DomainError):
        await desk.send(user, commands[act])


def plainly(
    rows: list[Any], group_by: list[str], first: Any, last: Any
) -> tuple[dict[tuple[Any, ...], int], int]:
    """The sums of the entries, piece by piece of their own days."""
    groups: Counter[tuple[Any, ...]] = Counter()
    total = 0
    for row in rows:
        days = DayRule(row["timezone"], row["day_starts_at"])
        for day, begin, end in days.split(row["started_at"], row["ended_at"]):
            seconds = int(end.timestamp()) - int(begin.timestamp())
            if seconds == 0 or (first is not None and not first <= day <= last):
                continue
            total += seconds
            for tag in (row["tags"] or [None]) if "tag" in group_by else [None]:
                of = {
                    "day": day.isoformat(),
                    "week": (day - timedelta(days=day.weekday())).isoformat(),
                    "month": day.isoformat()[:7],
                    "project": row["project_id"],
                    "tag": tag,
                }
                groups[tuple(of[by] for by in group_by)] += seconds
    return dict(groups), total


def key_of(group: Any, group_by: str) -> tuple[Any, ...]:
    parts = [getattr(group, by) for by in group_by.split(",")]
    return tuple(part.id if hasattr(part, "id") else part for part in parts)
