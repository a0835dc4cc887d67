"""The numbers that follow from somebody's entries, worked out from the rules and nothing else.

Slow and plain, so that they can be trusted: days by looking at the clocks minute by minute, focus
time by giving each stretch of time to one entry. Entries are as clients see them.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise, product
from typing import Any
from zoneinfo import ZoneInfo

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ALWAYS = (-(2**60), 2**60)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def begins(zone: str, hour: int, day: date) -> int:
    """[D1] The first second whose clocks show the hour of the day or later."""
    clocks, shown = ZoneInfo(zone), datetime(day.year, day.month, day.day, hour)
    at = shown.replace(tzinfo=UTC) - DAY
    while at.astimezone(clocks).replace(tzinfo=None) < shown:
        at += timedelta(minutes=1)
    return (at - _EPOCH) // SECOND


def day_at(zone: str, hour: int, second: int) -> date:
    day = (_EPOCH + second * SECOND).date() - DAY
    while begins(zone, hour, day + DAY) <= second:
        day += DAY
    return day


def pieces(zone: str, hour: int, begin: int, end: int) -> list[tuple[date, int]]:
    """(day, seconds) of a stretch [D2]."""
    found = []
    while begin < end:
        day = day_at(zone, hour, begin)
        until = min(end, begins(zone, hour, day + DAY))
        found.append((day, until - begin))
        begin = until
    return found


def second(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // SECOND


def closed(entries: list[Any]) -> list[Any]:
    return [e for e in entries if e["ended_at"] is not None]


def tracked(entry: Any, low: int, high: int) -> list[tuple[date, int]]:
    """[D1] (day, seconds) of what of an entry lies between two seconds, in its own days."""
    begin, end = max(second(entry["started_at"]), low), min(second(entry["ended_at"]), high)
    return pieces(entry["timezone"], entry["day_starts_at"], begin, end)


def focus(entries: list[Any]) -> Counter[date]:
    """[C0, D2] Each second once, for the day of the entry that started first, then the lower id."""
    ordered = sorted(closed(entries), key=lambda e: (e["started_at"], e["id"]))
    edges = sorted({second(e[name]) for e in ordered for name in ("started_at", "ended_at")})
    days: Counter[date] = Counter()
    for begin, end in pairwise(edges):
        for e in ordered:
            if second(e["started_at"]) <= begin and end <= second(e["ended_at"]):
                days.update(dict(summed(pieces(e["timezone"], e["day_starts_at"], begin, end))))
                break
    return +days


def summed(parts: Iterable[tuple[Any, int]]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for key, seconds in parts:
        total[key] += seconds
    return +total


def streak(days: Counter[date], today: date) -> tuple[int, int]:
    """(current, longest), day by day [S1, S2]."""
    run = longest = freezes = 0
    day = min([d for d in days if d <= today], default=today)
    while day <= today:
        if days[day] >= 60:
            run += 1
            freezes = min(freezes + (run % 7 == 0), 2)
        elif day < today and freezes:
            freezes -= 1
        elif day < today:
            run = freezes = 0
        longest = max(longest, run)
        day += DAY
    return run, longest


def keys(entry: Any, day: date, by: str) -> list[Any]:
    match by:
        case "day":
            return [day.isoformat()]
        case "week":
            return [(day - day.weekday() * DAY).isoformat()]
        case "month":
            return [day.isoformat()[:7]]
        case "project":
            return [entry["project_id"]]
        case _:
            return entry["tags"] or [None]


def report(
    entries: list[Any], by: tuple[str, ...], days: tuple[str, str], cut: tuple[int, int]
) -> tuple[dict[Any, int], int]:
    """Tracked seconds by groups and in all, of these days and between these seconds [C0]."""
    groups: Counter[Any] = Counter()
    total = 0
    for entry in closed(entries):
        for day, seconds in tracked(entry, *cut):
            if days[0] <= day.isoformat() <= days[1]:
                total += seconds
                for key in product(*(keys(entry, day, one) for one in by)):
                    groups[key] += seconds
    return dict(+groups), total
