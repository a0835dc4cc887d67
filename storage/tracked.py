"""Tracked time per user, project and day, derived from entries; and the marks that ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from storage.database import Connection, Pool
from storage.queries import load

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


async def read_marks(connection: Connection, limit: int) -> list[Mark]:
    """Some marks; nobody is locked."""
    return [Mark(*row) for row in await connection.fetch(SQL["marks"], limit)]


async def write_days(
    connection: Connection, marks: Sequence[Mark], totals: Sequence[DayTotal]
) -> int:
    """Write the marked days whole and take the marks away; answers of how many users.

    The days must be counted from entries of the same snapshot as the marks. Left out are users
    whom somebody holds, and those whose mark is not the same any more.
    """
    done = await connection.fetchval(
        SQL["settle"],
        [m.user_id for m in marks],
        [m.version for m in marks],
        [m.since for m in marks],
        [m.from_on for m in marks],
        [m.to_on for m in marks],
        [t.user_id for t in totals],
        [t.day for t in totals],
        [t.project_id for t in totals],
        [t.seconds for t in totals],
    )
    return int(done)


async def mark_days(connection: Connection, marks: Sequence[tuple[int, date, date]]) -> None:
    """Ask for days to be counted again: (user_id, from_on, to_on), a user at most once.

    In the fact's own transaction, which holds the users.
    """
    columns: list[Any] = [list(column) for column in zip(*marks, strict=True)]
    await connection.execute(SQL["mark"], *columns)


async def read_days(pool: Pool, user_id: int, from_on: date, to_on: date) -> list[DayTotal]:
    """The user's days of a span, both ends included; days without time have no row."""
    rows = await pool.fetch(SQL["days"], user_id, from_on, to_on)
    return [DayTotal(user_id, row[0], row[1], row[2]) for row in rows]
