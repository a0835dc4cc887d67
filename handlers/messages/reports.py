"""Reports: tracked time by period, project and tag, and focus time by day."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from handlers.messages.common import END, Id, Message, View
from handlers.messages.earned import DateText
from handlers.messages.entries import Conditions

_GROUPING = "(day|week|month|project|tag)"
GroupBy = Annotated[
    str,
    Meta(
        max_length=40,
        description="one or two of day, week, month, project and tag, with a comma between",
        extra_json_schema={"pattern": f"^{_GROUPING}(,{_GROUPING})?$"},
    ),
]
MonthText = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}" + END)]


class SummaryQuery(Conditions, frozen=True, kw_only=True):
    """Which time, and by what. `from` and `to` are dates (both inclusive, of the entries' own days)
    or instants ([from, to)). `fill` adds the periods without time, by one of day, week and month.
    """

    group_by: GroupBy
    fill: bool = False


class ProjectName(View, frozen=True, kw_only=True):
    """A project; its name is null where the reader may not read it any more."""

    id: Id
    name: str | None


class SummaryGroup(View, frozen=True, kw_only=True):
    """Tracked seconds of a group, with the keys it is grouped by: `week` is its Monday; `project`
    and `tag` are null for time without."""

    day: DateText | UnsetType = UNSET
    week: DateText | UnsetType = UNSET
    month: MonthText | UnsetType = UNSET
    project: ProjectName | None | UnsetType = UNSET
    tag: str | None | UnsetType = UNSET
    total_seconds: int


class SummaryView(View, frozen=True, kw_only=True):
    """Tracked time by groups, periods in their order, projects and tags with the most time first;
    and all of it, in which an entry counts once, however many tags it has."""

    groups: list[SummaryGroup]
    total_seconds: int


class HeatDay(View, frozen=True, kw_only=True):
    """Focus time of one of the user's own days, of those that have any."""

    date: DateText
    seconds: int


class HeatQuery(Message, frozen=True, kw_only=True):
    """Without `year` it is the present one."""

    year: Annotated[int, Meta(ge=2000, le=2099)] | None = None


def heat_view(days: Iterable[tuple[date, int]]) -> list[HeatDay]:
    return [HeatDay(date=day.isoformat(), seconds=seconds) for day, seconds in days]
