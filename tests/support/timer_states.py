"""States of a user's timer for tests of `rooms.timer`, all of them at NOW."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rooms.access import ProjectAccess
from rooms.entry import Entry
from rooms.errors import DomainError
from rooms.timer import Command, Decision, UserTimers, decide

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def entry(
    started_at: datetime = NOW - HOUR, ended_at: datetime | None = None, **kw: object
) -> Entry:
    made = Entry(
        id=1,
        user_id=9,
        project_id=None,
        room_id=None,
        description="write",
        tags=(),
        started_at=started_at,
        ended_at=ended_at,
        ended_by=None if ended_at is None else "stop",
        deleted_at=None,
        source="timer",
        claimed=False,
        doubtful_from=None,
        timezone="Europe/Zurich",
        day_starts_at=4,
        version=1,
    )
    return replace(made, **kw)  # type: ignore[arg-type]


def state(running: Entry | None = None, named: Entry | None = None) -> UserTimers:
    projects = {
        7: ProjectAccess(7, public=False, archived=False, role="contributor"),
        8: ProjectAccess(8, public=False, archived=False, role="viewer"),
        9: ProjectAccess(9, public=False, archived=True, role="owner"),
    }
    if named is None:
        named = running
    return UserTimers(9, "Asia/Tokyo", 2, running, named, projects, new_id=2)


def closed(ended_at: datetime = NOW - MINUTE, **kw: object) -> UserTimers:
    """The command names an entry that has ended, and nothing runs."""
    return state(None, entry(ended_at=ended_at, **kw))


def refusal(current: UserTimers, command: Command, now: datetime = NOW) -> DomainError:
    with pytest.raises(DomainError) as caught:
        decide(current, command, now)
    return caught.value


def kinds(decision: Decision) -> list[str]:
    return [change.kind for change in decision.changes]
