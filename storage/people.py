"""What may be seen of somebody: their profile, and what they have done [V2]."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from rooms.entry import Entry
from rooms.rules.periods import DayRule
from storage.database import Connection
from storage.entries import entry_of
from storage.queries import load

SQL = load("people")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose profile the reader may see."""

    id: int
    username: str
    name: str
    avatar_url: str | None
    email: str
    created_at: datetime
    days: DayRule
    show_activity: bool
    hide_descriptions: bool


class Totals(NamedTuple):
    """Seconds, and closed entries; all but `tracked` are focus time [C0, C1]."""

    tracked: int
    focus: int
    entries: int
    today: int
    week: int


class FocusOn(NamedTuple):
    """Focus seconds of one of somebody's own days, and the closed entries that started on it."""

    day: date
    seconds: int
    entries: int


class ProjectTime(NamedTuple):
    """Tracked seconds on a project."""

    project_id: int
    name: str
    seconds: int


async def read_person(
    connection: Connection, reader_id: int, user_id: int, *, as_admin: bool
) -> Person | None:
    """Somebody; None if they are not there, or not to be seen."""
    row = await connection.fetchrow(SQL["profile"], reader_id, as_admin, user_id)
    if row is None:
        return None
    return Person(
        id=row["id"],
        username=row["username"],
        name=row["name"],
        avatar_url=row["avatar_url"],
        email=row["email"],
        created_at=row["created_at"],
        days=DayRule(row["timezone"], row["day_starts_at"]),
        show_activity=row["privacy_show_activity"],
        hide_descriptions=row["privacy_hide_descriptions"],
    )


async def read_totals(connection: Connection, user_id: int, today: date, week_on: date) -> Totals:
    row = await connection.fetchrow(SQL["totals"], user_id, today, week_on)
    assert row is not None
    return Totals(*row)


async def read_heat(
    connection: Connection, user_id: int, from_on: date, to_on: date
) -> list[tuple[date, int]]:
    """Focus seconds of the days with any, both ends included."""
    rows = await connection.fetch(SQL["heat"], user_id, from_on, to_on)
    return [(row["day"], row["seconds"]) for row in rows]


async def read_projects(
    connection: Connection, reader_id: int, user_id: int, limit: int
) -> list[ProjectTime]:
    """Where somebody has tracked most, as far as the reader may know of it."""
    rows = await connection.fetch(SQL["projects"], reader_id, user_id, limit)
    return [ProjectTime(*row) for row in rows]


async def read_recent(
    connection: Connection, reader_id: int, user_id: int, limit: int
) -> list[Entry]:
    """Somebody's latest entries, as far as the reader may know of them."""
    rows = await connection.fetch(SQL["recent"], reader_id, user_id, limit)
    return [entry_of(row) for row in rows]


async def read_focus(
    connection: Connection, user_id: int, from_on: date, to_on: date
) -> list[FocusOn]:
    """The days of a span, both ends included, on which there was something."""
    rows = await connection.fetch(SQL["focus"], user_id, from_on, to_on)
    return [FocusOn(*row) for row in rows]
