"""What `from` and `to` mean: dates of days, or instants."""

import re
from datetime import date, datetime

import msgspec

from handlers.messages.common import EARLIEST, LATEST, taken_instant
from rooms.errors import Invalid
from rooms.rules.periods import DayRule

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def taken_bound(field: str, text: str) -> date | datetime:
    """The date, or the instant in UTC, that a client gave. Raises Invalid."""
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            if not EARLIEST.year <= day.year < LATEST.year:
                raise Invalid.field(field, "must lie between 2000 and 2100")
            return day
        at = msgspec.convert(text, datetime)
    except (ValueError, OverflowError):
        raise Invalid.field(field, "must be a date or an instant with its offset") from None
    if at.tzinfo is None:
        raise Invalid.field(field, "must be a date or an instant with its offset")
    return taken_instant(field, at)


def instants_of(bound: date | datetime, days: DayRule) -> tuple[datetime, datetime]:
    """What a bound means: a day's two ends, or twice the instant."""
    if isinstance(bound, datetime):
        return bound, bound
    return days.day_bounds(bound)
