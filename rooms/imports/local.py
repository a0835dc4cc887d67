"""Dates and times as people's programs write them, and the instants that they mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from rooms.errors import Invalid
from rooms.imports.row import NotTaken

DateOrder = Literal["ymd", "dmy", "mdy"]
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s*([ap])\.?m\.?)?", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,4}):(\d\d)(?::(\d\d))?", re.ASCII)
_HOURS = re.compile(r"\d{1,4}(?:[.,]\d{1,6})?", re.ASCII)


@dataclass(slots=True)
class DateEvidence:
    """What the dates of a file say of their order, where the year stands last."""

    day_first: bool = field(default=False)
    month_first: bool = field(default=False)
    open: bool = field(default=False)
    half_days: bool = field(default=False)

    def note(self, date_text: str, time_text: str) -> None:
        """Look at one date, and at the time beside it."""
        match = _YEAR_LAST.fullmatch(date_text)
        if match is None:
            return
        first, second = int(match[1]), int(match[3])
        self.open = True
        self.day_first |= first > 12 or match[2] == "."
        self.month_first |= second > 12
        self.half_days |= time_text[-1:] in "mM." and time_text != ""

    def order(self, given: DateOrder | None) -> DateOrder:
        """The order to read by. Raises Invalid for a file that can be read both ways."""
        if given is not None:
            return given
        if not self.open:
            return "ymd"
        if self.day_first != self.month_first:
            return "dmy" if self.day_first else "mdy"
        # Nobody writes the day first and uses half days as well.
        if self.half_days and not self.day_first:
            return "mdy"
        raise Invalid.field(
            "date_format",
            "its dates may have the day or the month first: say `dmy` or `mdy`",
        )


def read_date(text: str, order: DateOrder) -> date:
    """Raises NotTaken for what is no date."""
    try:
        if match := _YEAR_FIRST.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _YEAR_LAST.fullmatch(text):
            first, second = int(match[1]), int(match[3])
            day, month = (second, first) if order == "mdy" else (first, second)
            return date(int(match[4]), month, day)
    except ValueError:
        pass
    raise NotTaken(f"“{text[:40]}” is no date")


def read_time(text: str) -> time:
    """Of 12 or 24 hours. Raises NotTaken for what is no time."""
    if match := _TIME.fullmatch(text):
        hour, half = int(match[1]), (match[4] or "").lower()
        if half and not 1 <= hour <= 12:
            hour = 24
        elif half:
            hour = hour % 12 + (12 if half == "p" else 0)
        try:
            return time(hour, int(match[2]), int(match[3] or 0))
        except ValueError:
            pass
    raise NotTaken(f"“{text[:40]}” is no time of the day")


def read_duration(text: str) -> timedelta | None:
    """`1:30`, `01:30:00`, or hours such as `1.5`; None for anything else."""
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if _HOURS.fullmatch(text):
        return timedelta(seconds=round(float(text.replace(",", ".")) * 3600))
    return None


def instants(
    zone: ZoneInfo, start: datetime, end: datetime | None, length: timedelta | None
) -> tuple[datetime, datetime]:
    """What the clocks of `zone` meant by `start` and `end`, in UTC. Raises NotTaken without an end.

    A time that comes twice, when clocks go back, is the one that fits the length, else the
    earlier one that leaves the end after the start. One that clocks skip is taken as so much
    after the jump.
    """
    if end is None:
        if length is None:
            raise NotTaken("it has neither an end nor a duration")
        began = next(_meanings(zone, start))
        return began, began + length
    pairs = [(a, b) for a in _meanings(zone, start) for b in _meanings(zone, end)]
    fitting = [pair for pair in pairs if pair[1] - pair[0] == length]
    forward = [pair for pair in pairs if pair[1] >= pair[0]]
    return (fitting or forward or pairs)[0]


def _meanings(zone: ZoneInfo, local: datetime) -> Iterator[datetime]:
    try:
        first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError:
        raise NotTaken("it lies outside of all calendars") from None
    yield first
    if second > first:  # in a gap it would lie before
        yield second
