"""Tracked time per user, project and day, derived from entries; and the marks that ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from storage.database import Connection, Pool
from storage.queries import load

SQL = load("tracked")


@dataclass(frozen=True, slots=True)
class Mark:
    """A user whose days from `from_on` to `to_on` (inclusive) must be counted again."""

    user_id: int
    version: int
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class DayTotal:
    """Tracked seconds of one of a user's own days on a project (None: on none)."""

    user_id: int
    day: date
    project_id: int | None
    seconds: int


async def lock_marked(connection: Connection, limit: int) -> list[Mark]:
    """Lock some marked users that nobody else holds; answers their marks."""
    rows = await connection.fetch(SQL["lock_marked"], limit)
    if not rows:
        return []
    marks = await connection.fetch(SQL["marks"], [row[0] for row in rows])
    return [Mark(*row) for row in marks]


async def replace_days(
    connection: Connection, marks: Sequence[Mark], totals: Sequence[DayTotal]
) -> None:
    """Write the marked days whole. The users are locked."""
    await connection.execute(
        SQL["delete_days"],
        [m.user_id for m in marks],
        [m.from_on for m in marks],
        [m.to_on for m in marks],
    )
    if totals:
        columns: list[Any] = [
            [t.user_id for t in totals],
            [t.day for t in totals],
            [t.project_id for t in totals],
            [t.seconds for t in totals],
        ]
        await connection.execute(SQL["insert_days"], *columns)


async def clear_marks(connection: Connection, marks: Sequence[Mark]) -> None:
    await connection.execute(SQL["clear_marks"], [m.user_id for m in marks])


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
