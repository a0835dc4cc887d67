"""Summaries of tracked time [C0]: seconds by day, week, month, project and tag.

Days are the entries' own [D1], weeks begin on Monday [D4]. Of an entry counts what lies within the
range that is asked for; ranges in days mean the entries' own days, so that no group lies outside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from rooms.rules.periods import DayRule, Unit, period_of, whole_seconds

Grouping = Literal["day", "week", "month", "project", "tag"]
# Of a time unit the first day of the period; of a project its id; of a tag its text.
Key = tuple[date | int | str | None, ...]

UNITS: tuple[Unit, ...] = ("day", "week", "month")
_DAY = timedelta(days=1)
# Clocks show at most 14 h more or 12 h less than UTC, and a day begins 6 h past midnight at most:
# so a day lies within its date of UTC and a day on either side.
_MARGIN = _DAY


@dataclass(frozen=True, slots=True)
class Range:
    """From a day or an instant to a day (included) or an instant (not included); None is open."""

    from_on: date | None = None
    to_on: date | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None

    @property
    def in_days(self) -> bool:
        """Whether no day is cut."""
        return self.from_at is None and self.to_at is None

    @property
    def instants(self) -> tuple[datetime | None, datetime | None]:
        """Instants between which everything lies that may count, whatever zone it is in."""
        from_at, to_at = self.from_at, self.to_at
        if from_at is None and self.from_on is not None:
            from_at = _midnight(self.from_on) - _MARGIN
        if to_at is None and self.to_on is not None:
            to_at = _midnight(self.to_on) + _DAY + _MARGIN
        return from_at, to_at

    def has(self, day: date) -> bool:
        """Whether a day is among those asked for, as far as days are."""
        return (self.from_on is None or self.from_on <= day) and (
            self.to_on is None or day <= self.to_on
        )


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """As much of a closed time entry as reports depend on."""

    project_id: int | None
    tags: tuple[str, ...]
    from_at: datetime
    to_at: datetime
    days: DayRule


def seconds_by_day(entry: ReportEntry, span: Range) -> Iterator[tuple[date, int]]:
    """The seconds of an entry within the range, by its own days; days without any are left out."""
    from_at = entry.from_at if span.from_at is None else max(entry.from_at, span.from_at)
    to_at = entry.to_at if span.to_at is None else min(entry.to_at, span.to_at)
    if from_at >= to_at:
        return
    for day, begin, end in entry.days.split(from_at, to_at):
        if span.has(day) and (seconds := whole_seconds(begin, end)):
            yield day, seconds


@dataclass(slots=True)
class Summary:
    """Seconds by the groups asked for. `total` counts an entry once, however many tags it has."""

    group_by: Sequence[Grouping]
    total: int = 0
    seconds: dict[Key, int] = field(default_factory=dict)

    def add(self, day: date, project_id: int | None, tags: Sequence[str], seconds: int) -> None:
        """Count seconds of a day."""
        self.total += seconds
        for tag in (tags or (None,)) if "tag" in self.group_by else (None,):
            key = tuple(_part(by, day, project_id, tag) for by in self.group_by)
            self.seconds[key] = self.seconds.get(key, 0) + seconds

    def add_entry(self, entry: ReportEntry, span: Range) -> None:
        """Count what of an entry lies within the range."""
        for day, seconds in seconds_by_day(entry, span):
            self.add(day, entry.project_id, entry.tags, seconds)

    def groups(self) -> list[tuple[Key, int]]:
        """The groups: periods in their order, projects and tags with the most time first."""
        weights: dict[Key, int] = {}
        for key, seconds in self.seconds.items():
            for end in range(1, len(key) + 1):
                weights[key[:end]] = weights.get(key[:end], 0) + seconds

        def place(group: tuple[Key, int]) -> tuple[tuple[int, str], ...]:
            key = group[0]
            return tuple(
                (part.toordinal(), "")
                if isinstance(part, date)
                else (
                    -weights[key[: end + 1]],
                    f"{part:020}" if isinstance(part, int) else part or "",
                )
                for end, part in enumerate(key)
            )

        return sorted(self.seconds.items(), key=place)


def fill(groups: Sequence[tuple[Key, int]], unit: Unit, span: Range) -> list[tuple[Key, int]]:
    """Groups by one unit of time, with those of no time in between: from the first to the last day
    of the range, or where it is open, of the groups."""
    known = {key[0]: seconds for key, seconds in groups}
    days = [key[0] for key, _ in groups if isinstance(key[0], date)]
    first = span.from_on or min(days, default=span.to_on)
    last = span.to_on or max(days, default=span.from_on)
    if first is None or last is None:
        return []
    return [((day,), known.get(day, 0)) for day in periods(unit, first, last)]


def periods(unit: Unit, first: date, last: date) -> Iterator[date]:
    """The first days of the periods from that of `first` to that of `last`."""
    day = period_of(unit, first)
    while day <= last:
        yield day
        day = period_of(unit, day + {"day": _DAY, "week": 7 * _DAY, "month": 31 * _DAY}[unit])


def finest(group_by: Sequence[Grouping]) -> Unit | None:
    """The greatest unit of which the periods asked for are made; None if there are none."""
    asked = [unit for unit in UNITS if unit in group_by]
    if len(asked) > 1:
        return "day"  # weeks begin in one month and end in another
    return asked[0] if asked else None


def _part(
    by: Grouping, day: date, project_id: int | None, tag: str | None
) -> date | int | str | None:
    match by:
        case "project":
            return project_id
        case "tag":
            return tag
        case unit:
            return period_of(unit, day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
