"""Seconds, days, weeks and months: the one place that knows where a day begins.

A day is not 86 400 seconds and does not begin at a fixed offset. It begins when its zone's clocks
first show its date and hour, whatever they did before or do after [D1]. SQL is handed instants.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

Unit = Literal["day", "week", "month"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def whole_seconds(from_at: datetime, to_at: datetime) -> int:
    """The seconds of [from_at, to_at), counted on the clock's grid: floor(to) - floor(from) [D0].

    Whatever pieces an interval is cut into, their seconds sum to its own.
    """
    return _epoch_second(to_at) - _epoch_second(from_at)


def is_zone(name: str) -> bool:
    """Whether `name` is an IANA zone, such as "Europe/Zurich", spelled exactly so [D1]."""
    return name in _zone_names()


def week_of(day: date) -> date:
    """The Monday of the week of `day` [D4]."""
    return day - timedelta(days=day.weekday())


def period_of(unit: Unit, day: date) -> date:
    """The first day of the day, week or month that `day` lies in; weeks begin on Monday [D4]."""
    match unit:
        case "day":
            return day
        case "week":
            return week_of(day)
        case "month":
            return day.replace(day=1)


def month_of(day: date) -> str:
    """The month of `day`, as in "2026-03"."""
    return f"{day.year:04}-{day.month:02}"


class DayPiece(NamedTuple):
    """What of an interval lies in one day: [from_at, to_at), never empty, in UTC."""

    day: date
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class DayRule:
    """The days of one zone, beginning `starts_at_hour` (0 to 6) hours past local midnight [D1].

    Successive days leave no gap and do not overlap. Where clocks go back over a day's beginning,
    the day begins the first time; where they jump over it, at the jump. A date that a zone skipped
    is an empty day. Raises ValueError for an unknown zone, another hour, and naive datetimes.
    """

    zone: str
    starts_at_hour: int = 0

    def __post_init__(self) -> None:
        if not is_zone(self.zone):
            raise ValueError(f"not a time zone: {self.zone!r}")
        if not 0 <= self.starts_at_hour <= 6:
            raise ValueError(f"a day starts at 0 to 6 h, not at {self.starts_at_hour!r}")

    def day_of(self, at: datetime) -> date:
        """The day that the instant `at` belongs to."""
        return self._day_at(_utc(at))

    def day_bounds(self, day: date) -> tuple[datetime, datetime]:
        """The instants [from, to) of `day`, in UTC; equal when the zone skipped that date."""
        return self._begin(day), self._begin(day + _DAY)

    def split(self, from_at: datetime, to_at: datetime) -> Iterator[DayPiece]:
        """The pieces of [from_at, to_at), day by day in order; none when it is empty [D2].

        They cover the interval exactly. Raises ValueError when it ends before it begins.
        """
        begin, end = _utc(from_at), _utc(to_at)
        if end < begin:
            raise ValueError(f"an interval from {begin} cannot end at {end}")
        day = self._day_at(begin)
        if begin < end <= self._begin(day + _DAY):
            return iter((DayPiece(day, begin, end),))
        return self._pieces(day, begin, end)

    def _pieces(self, day: date, begin: datetime, end: datetime) -> Iterator[DayPiece]:
        while begin < end:
            next_day = day + _DAY
            until = min(end, self._begin(next_day))
            if begin < until:  # else a date that the zone skipped
                yield DayPiece(day, begin, until)
            day, begin = next_day, until

    def _day_at(self, at: datetime) -> date:
        local = at.astimezone(_zone(self.zone)).replace(tzinfo=None)
        day = (local - timedelta(hours=self.starts_at_hour)).date()
        # Clocks that went back over a day's beginning show the day before again, but it is over.
        while self._begin(day + _DAY) <= at:
            day += _DAY
        return day

    def _begin(self, day: date) -> datetime:
        return _begin_of(self.zone, self.starts_at_hour, day)


def _epoch_second(at: datetime) -> int:
    return (_utc(at) - _EPOCH) // _SECOND


def _utc(at: datetime) -> datetime:
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:  # astimezone() would take it for the machine's own time
        raise ValueError(f"an instant needs its offset: {at!r}")
    return at.astimezone(UTC)


@cache
def _zone_names() -> frozenset[str]:
    # A list to look names up in, not paths to try. `localtime` is the machine's own zone and
    # `Factory` says that nobody has set one.
    return frozenset(available_timezones() - {"localtime", "Factory"})


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=2**16)
def _begin_of(zone: str, hour: int, day: date) -> datetime:
    """The first instant at which the clocks of `zone` show `hour` of `day` or later."""
    clocks, shown = _zone(zone), datetime.combine(day, time(hour), UTC)
    # It lies here, since no offset is a day long; and the clocks change here once at most, since
    # none ever changed twice in two days (a test looks).
    earliest, latest = shown - _DAY, shown + _DAY
    before, after = _offset(clocks, earliest), _offset(clocks, latest)
    if before == after:
        return shown - before
    change = _change_between(clocks, earliest, latest)
    first = shown - before
    return first if first < change else max(change, shown - after)


def _change_between(zone: ZoneInfo, earlier: datetime, later: datetime) -> datetime:
    before = _offset(zone, earlier)
    while later - earlier > _SECOND:  # clocks are changed at whole seconds
        middle = earlier + (later - earlier) // _SECOND // 2 * _SECOND
        if _offset(zone, middle) == before:
            earlier = middle
        else:
            later = middle
    return later


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
