"""Tracked time per user, project and day, derived from entries; and the marks that ask for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any

from rooms.entry import Entry
from rooms.rules.boards import Scope
from storage.database import Connection, Pool
from storage.queries import columns, load

SQL = load("tracked")


@dataclass(frozen=True, slots=True)
class Mark:
    """A user whose days from `from_on` to `to_on` (inclusive) must be counted again.

    `version` and `since` change whenever it is made anew.
    """

    user_id: int
    version: int
    since: datetime
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class DayTotal:
    """Tracked seconds of one of a user's own days on a project (None: on none)."""

    user_id: int
    day: date
    project_id: int | None
    seconds: int


@dataclass(frozen=True, slots=True)
class FocusDay:
    """Focus seconds of one of a user's own days, and what else of the entries that started on it
    badges and metrics count [C0, B1]."""

    user_id: int
    day: date
    seconds: int
    entries: int
    longest_seconds: int
    early_entries: int
    late_entries: int


@dataclass(frozen=True, slots=True)
class ProjectDay:
    """Focus seconds within one project on one of a user's own days."""

    user_id: int
    project_id: int
    day: date
    seconds: int


@dataclass(frozen=True, slots=True)
class BoardDay:
    """What counts for a user on a board on one of its days [C3]."""

    user_id: int
    scope: Scope
    scope_id: int
    day: date
    seconds: int
    reached_at: datetime


@dataclass(slots=True)
class Counted:
    """The days of some users, counted anew."""

    tracked: list[DayTotal] = field(default_factory=list)
    focus: list[FocusDay] = field(default_factory=list)
    projects: list[ProjectDay] = field(default_factory=list)
    boards: list[BoardDay] = field(default_factory=list)


async def read_marks(connection: Connection, limit: int) -> list[Mark]:
    """Some marks; nobody is locked."""
    return [Mark(*row) for row in await connection.fetch(SQL["marks"], limit)]


async def lock_late_marks(connection: Connection, older_than: timedelta, limit: int) -> list[Mark]:
    """The marks of some users who have been waiting for so long, locked until commit."""
    rows = await connection.fetch(SQL["lock_late"], older_than, limit)
    if not rows:
        return []
    return [Mark(*row) for row in await connection.fetch(SQL["marks_of"], [r[0] for r in rows])]


async def is_marked(connection: Connection, user_id: int) -> bool:
    """Whether days of the user wait to be counted."""
    return bool(await connection.fetchval(SQL["is_marked"], user_id))


async def lock_mark(connection: Connection, user_id: int) -> list[Mark]:
    """The user's mark, if there still is one, behind their lock until commit."""
    await connection.execute(SQL["lock_own"], user_id)
    return [Mark(*row) for row in await connection.fetch(SQL["marks_of"], [user_id])]


async def write_days(connection: Connection, marks: Sequence[Mark], counted: Counted) -> int:
    """Write the marked days whole and take the marks away; answers of how many users.

    The days must be counted from entries of the same snapshot as the marks. Left out are users
    whom somebody holds, and those whose mark is not the same any more.
    """
    done = await connection.fetchval(
        SQL["settle"],
        *_columns(marks, 5),
        *_columns(counted.tracked, 4),
        *_columns(counted.focus, 7),
        *_columns(counted.projects, 4),
        *_columns(counted.boards, 6),
    )
    return int(done)


def _columns(rows: Sequence[Any], width: int) -> list[list[Any]]:
    """Rows of one kind as columns, in the order of their fields."""
    if not rows:
        return [[] for _ in range(width)]
    names = [f.name for f in fields(rows[0])]
    return [[getattr(row, name) for row in rows] for name in names]


async def mark_days(connection: Connection, marks: Sequence[tuple[int, date, date]]) -> None:
    """Ask for days to be counted again: (user_id, from_on, to_on), a user at most once.

    In the fact's own transaction, which holds the users.
    """
    await connection.execute(SQL["mark"], *columns(marks))


async def mark_entries(connection: Connection, entries: Iterable[Entry]) -> None:
    """Ask for the days of these closed entries to be counted again; those that run have none yet.

    In the fact's own transaction, which holds their users.
    """
    days: dict[int, list[date]] = defaultdict(list)
    for entry in entries:
        if entry.ended_at is not None:
            rule = entry.day_rule
            days[entry.user_id] += [rule.day_of(entry.started_at), rule.day_of(entry.ended_at)]
    if days:
        await mark_days(connection, [(user, min(on), max(on)) for user, on in sorted(days.items())])


async def read_days(pool: Pool, user_id: int, from_on: date, to_on: date) -> list[DayTotal]:
    """The user's days of a span, both ends included; days without time have no row."""
    rows = await pool.fetch(SQL["days"], user_id, from_on, to_on)
    return [DayTotal(user_id, row[0], row[1], row[2]) for row in rows]
