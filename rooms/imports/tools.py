"""Detailed reports of Toggl Track and Clockify, as their users save them.

Both write local times, without a zone. The columns are found by their English names, in any order;
of the others nothing is kept. A task stands in for a description that is missing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rooms.imports.lines import Cells, Table
from rooms.imports.local import (
    DateEvidence,
    DateOrder,
    instants,
    read_date,
    read_duration,
    read_time,
)
from rooms.imports.row import Judge, NotTaken, Place, Refused, Row
from rooms.imports.survey import Survey

_END_DATE = ("end date", "stop date")
_END_TIME = ("end time", "stop time")
_TAGS = ("tags", "tag")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that others keep their time with; `durations` are columns, the exact one first."""

    name: str
    durations: tuple[str, ...]


TOGGL = Tool("detailed report of Toggl Track", ("duration", "duration (h)"))
CLOCKIFY = Tool(
    "detailed report of Clockify",
    ("duration (h)", "time (h)", "duration", "duration (decimal)", "time (decimal)"),
)


def survey(tool: Tool, lines: Iterable[str], date_format: DateOrder | None) -> Survey:
    """What the whole file says. Raises Invalid for one that is none of the tool's."""
    table = _table(tool, lines)
    found, evidence = Survey(), DateEvidence()
    for cells in table:
        if isinstance(cells, Refused):
            continue
        found.rows += 1
        evidence.note(cells.first("start date"), cells.first("start time"))
        evidence.note(cells.first(*_END_DATE), cells.first(*_END_TIME))
        if project := cells.first("project"):
            found.note_project(project, cells.first("client"))
        if email := cells.first("email"):
            found.note_person(email)
    found.order = evidence.order(date_format)
    return found


def read(
    tool: Tool, lines: Iterable[str], found: Survey, judge: Judge, email: str | None
) -> Iterator[Row | Refused]:
    """The entries of a file, of the person with this address or, for None, of everybody."""
    zone = ZoneInfo(judge.timezone)
    for cells in _table(tool, lines):
        if isinstance(cells, Refused):
            yield cells
            continue
        try:
            yield _row(tool, cells, zone, found, judge, email)
        except NotTaken as why:
            yield Refused(cells.line, str(why))
        except OverflowError:
            yield Refused(cells.line, "it lies outside of all calendars")


def _table(tool: Tool, lines: Iterable[str]) -> Table:
    table = Table(lines)
    ends = (*_END_TIME, *tool.durations)
    table.require(tool.name, ("start date",), ("start time",), ends)
    return table


def _row(
    tool: Tool, cells: Cells, zone: ZoneInfo, found: Survey, judge: Judge, email: str | None
) -> Row:
    if email is not None and (whose := cells.first("email").lower()) != email:
        raise NotTaken(f"it is of {whose[:80] or 'nobody'}, not of {email}")
    started_at, ended_at = _span(tool, cells, zone, found.order)
    name = cells.first("project")
    return judge.row(
        cells.line,
        started_at,
        ended_at,
        cells.first("description", "task"),
        cells.first(*_TAGS).split(","),
        Place(name, cells.first("client")) if name else None,
    )


def _span(tool: Tool, cells: Cells, zone: ZoneInfo, order: DateOrder) -> tuple[datetime, datetime]:
    date_text, time_text = cells.first("start date"), cells.first("start time")
    start = datetime.combine(read_date(date_text, order), read_time(time_text))
    length = read_duration(cells.first(*tool.durations))
    end = None
    if end_time := cells.first(*_END_TIME):
        end = datetime.combine(
            read_date(cells.first(*_END_DATE) or date_text, order), read_time(end_time)
        )
        if end < start and not cells.first(*_END_DATE):
            end += timedelta(days=1)
    return instants(zone, start, end, length)
