"""Reports of one's own time: tracked time by groups, focus time by day.

They are made of the days that are counted already, after counting what one has just written; only
what days do not tell (tags, words, sources, parts of days) is counted from the entries.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import cast, get_args

from handlers.actions.identity import Principal
from handlers.actions.people import require_profile
from handlers.actions.services import Services
from handlers.actions.settling import settle_own
from handlers.actions.spans import taken_bound
from handlers.messages.reports import (
    HeatDay,
    ProjectName,
    SummaryGroup,
    SummaryQuery,
    SummaryView,
    heat_view,
)
from rooms.errors import Invalid
from rooms.rules.periods import Unit, month_of
from rooms.rules.reports import UNITS, Grouping, Key, Range, Summary, fill, finest
from storage import people, reports
from storage.database import Connection
from storage.entries import Filter

MOST_DAYS = 3660
MOST_GROUPS = 10_000
_GROUPINGS = get_args(Grouping)


async def read_summary(services: Services, user: Principal, query: SummaryQuery) -> SummaryView:
    """One's tracked time by one or two groups [C0]. Raises Invalid."""
    span, group_by = _range_of(query), _grouping_of(query)
    which = Filter(*span.instants, query.project, query.tag, query.q or None, query.source)
    by_days = span.in_days and "tag" not in group_by
    if by_days and not (which.tag or which.words or which.source):
        await settle_own(services, user.user_id)

        async def read(connection: Connection) -> SummaryView:
            summary = Summary(group_by)
            await _count_days(connection, user, summary, span, query.project)
            return await _view(connection, user, summary, query, span)

    else:

        async def read(connection: Connection) -> SummaryView:
            summary = Summary(group_by)
            async with connection.transaction():
                async for entries in reports.read_entries(connection, user.user_id, which):
                    for entry in entries:
                        summary.add_entry(entry, span)
            return await _view(connection, user, summary, query, span)

    return await services.history.read(user.user_id, read)


async def read_heatmap(services: Services, user: Principal, year: int | None) -> list[HeatDay]:
    """One's own focus time by day, in a year."""
    await settle_own(services, user.user_id)

    async def read(connection: Connection) -> list[HeatDay]:
        own = await require_profile(connection, user, user.user_id)
        shown = year or own.person.days.day_of(services.clock.now()).year
        first, last = date(shown, 1, 1), date(shown, 12, 31)
        return heat_view(await people.read_heat(connection, user.user_id, first, last))

    return await services.history.read(user.user_id, read)


async def _count_days(
    connection: Connection, user: Principal, summary: Summary, span: Range, project_id: int | None
) -> None:
    rows = await reports.read_tracked(
        connection, user.user_id, (span.from_on, span.to_on), project_id,
        finest(summary.group_by), by_project="project" in summary.group_by,
    )  # fmt: skip
    for row in rows:
        summary.add(row.first_on or date.min, row.project_id, (), row.seconds)


async def _view(
    connection: Connection, user: Principal, summary: Summary, query: SummaryQuery, span: Range
) -> SummaryView:
    groups = _groups(summary, query, span)
    of_projects = {
        part
        for key, _ in groups
        for by, part in zip(summary.group_by, key, strict=True)
        if by == "project" and isinstance(part, int)
    }
    names = await reports.read_names(connection, user.user_id, of_projects)
    return SummaryView(
        groups=[_group(summary.group_by, key, seconds, names) for key, seconds in groups],
        total_seconds=summary.total,
    )


def _groups(summary: Summary, query: SummaryQuery, span: Range) -> list[tuple[Key, int]]:
    groups = summary.groups()
    if query.fill:
        groups = fill(groups, _one_unit(summary.group_by), span)
    if len(groups) > MOST_GROUPS:
        raise Invalid.field(
            "group_by", f"makes more than {MOST_GROUPS} groups; ask for less, or for larger ones"
        )
    return groups


def _group(
    group_by: Sequence[Grouping], key: Key, seconds: int, names: dict[int, str]
) -> SummaryGroup:
    keys: dict[str, object] = {}
    for by, part in zip(group_by, key, strict=True):
        if isinstance(part, date):
            keys[by] = month_of(part) if by == "month" else part.isoformat()
        elif isinstance(part, int):
            keys[by] = ProjectName(id=part, name=names.get(part))
        else:
            keys[by] = part
    return SummaryGroup(**keys, total_seconds=seconds)  # type: ignore[arg-type]


def _grouping_of(query: SummaryQuery) -> Sequence[Grouping]:
    asked = query.group_by.split(",")
    if len(asked) > 2 or len(set(asked)) < len(asked) or not set(asked) <= set(_GROUPINGS):
        named = ", ".join(_GROUPINGS)
        raise Invalid.field("group_by", f"must be one or two of {named}, with a comma between")
    group_by = cast(list[Grouping], asked)
    if query.fill:
        _one_unit(group_by)
    return group_by


def _one_unit(group_by: Sequence[Grouping]) -> Unit:
    for unit in UNITS:
        if list(group_by) == [unit]:
            return unit
    raise Invalid.field("fill", "goes with one of day, week and month alone")


def _range_of(query: SummaryQuery) -> Range:
    from_ = None if query.from_ is None else taken_bound("from", query.from_)
    to = None if query.to is None else taken_bound("to", query.to)
    span = Range(
        from_on=_day(from_),
        to_on=_day(to),
        from_at=from_ if isinstance(from_, datetime) else None,
        to_at=to if isinstance(to, datetime) else None,
    )
    if from_ is not None and to is not None:
        _require_order(span)
    return span


def _day(bound: date | None) -> date | None:
    return None if isinstance(bound, datetime) else bound


def _require_order(span: Range) -> None:
    if span.from_on and span.to_on and span.from_on > span.to_on:
        raise Invalid.field("to", "lies before from")
    if span.from_at and span.to_at and span.from_at > span.to_at:
        raise Invalid.field("to", "lies before from")
    from_at, to_at = span.instants
    assert from_at is not None
    assert to_at is not None
    if to_at - from_at > timedelta(days=MOST_DAYS + 3):
        raise Invalid.field("to", "lies more than ten years after from")
