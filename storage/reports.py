"""What reports are made of: the days that are counted already, or else the entries."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date
from typing import NamedTuple

from rooms.rules.periods import DayRule, Unit
from rooms.rules.reports import ReportEntry
from storage.database import Connection
from storage.entries import Filter
from storage.queries import load

SQL = load("reports")
_CHUNK = 1000


class Tracked(NamedTuple):
    """Seconds of a period (its first day, None for all of them) on a project (None: on none, or
    not asked by project)."""

    first_on: date | None
    project_id: int | None
    seconds: int


async def read_tracked(
    connection: Connection,
    user_id: int,
    days: tuple[date | None, date | None],
    project_id: int | None,
    unit: Unit | None,
    *,
    by_project: bool,
) -> list[Tracked]:
    """The tracked time of somebody's own days, from the days that are counted."""
    rows = await connection.fetch(SQL["tracked"], user_id, *days, project_id, unit, by_project)
    return [Tracked(*row) for row in rows]


async def read_entries(
    connection: Connection, user_id: int, which: Filter
) -> AsyncIterator[Sequence[ReportEntry]]:
    """The closed entries that match, some at a time. In a transaction."""
    rules: dict[tuple[str, int], DayRule] = {}
    cursor = await connection.cursor(
        SQL["entries"], user_id, which.from_at, which.to_at, which.project_id, which.tag,
        which.words, which.source,
    )  # fmt: skip
    while rows := await cursor.fetch(_CHUNK):
        for _, _, _, _, zone, hour in rows:
            if (zone, hour) not in rules:
                rules[zone, hour] = DayRule(zone, hour)
        yield [
            ReportEntry(project_id, tuple(tags), started_at, ended_at, rules[zone, hour])
            for project_id, tags, started_at, ended_at, zone, hour in rows
        ]


async def read_names(
    connection: Connection, reader_id: int, project_ids: Collection[int]
) -> dict[int, str]:
    """The names of projects by id, of those that the reader may read."""
    if not project_ids:
        return {}
    rows = await connection.fetch(SQL["names"], reader_id, list(project_ids))
    return {row[0]: row[1] for row in rows}
