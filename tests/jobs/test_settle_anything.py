"""[C0] [D0] to [D3]: after anything, what is derived equals a recomputation, to the second."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.actions.identity import Principal
from handlers.actions.projects import delete_project
from handlers.jobs.detach import detach_deleted
from handlers.jobs.settle import settle
from rooms.errors import DomainError, NotFound
from rooms.timer import DeleteEntry, LogEntry, RestoreEntry, StartTimer, StopTimer, UpdateEntry
from server.instance import Instance, open_instance
from server.settings import Settings
from storage.embedded import Embedded
from tests.support.commands import Desk, World
from tests.support.product import SECRET
from tests.support.tracked import derived, recomputed, settle_all

# Whole and half hours, a day that was skipped, changes at midnight and of half an hour.
ZONES = """UTC Europe/Zurich America/New_York Australia/Lord_Howe Asia/Kathmandu Pacific/Apia
    America/Sao_Paulo Africa/Cairo Pacific/Kiritimati Etc/GMT+12 Asia/Beirut""".split()
DAY, MS = timedelta(days=1), timedelta(milliseconds=1)


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
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
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
    """Entries around a change of clocks, across midnights; edited, moved, deleted, restored, in a
    project that is deleted, by a user who moves to another zone [D3]."""
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
            await settle(desk.pool)
    await detach_deleted(whole.services)
    await settle_all(desk)
    await world.until("select not exists (select from dirty_users where user_id = $1)", user)
    assert await derived(world, user) == await recomputed(world, user)
