"""Focus time: the union of somebody's entries, in which no second counts twice [C1]."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from rooms.rules.periods import DayRule, whole_seconds


@dataclass(frozen=True, slots=True)
class FocusEntry:
    """As much of a time entry as focus time depends on; it runs while `to_at` is None."""

    id: int
    from_at: datetime
    to_at: datetime | None
    days: DayRule


def focus_days(entries: Iterable[FocusEntry]) -> dict[date, int]:
    """The focus seconds of one user per day: of the union of the entries, in their own days.

    A second that several entries cover belongs to the day of that which started first, then of
    the lower id. Running entries are left out, and so are days without a second.
    """
    seconds: dict[date, int] = {}
    covered: datetime | None = None
    for entry in sorted(entries, key=lambda e: (e.from_at, e.id)):
        if entry.to_at is None:
            continue
        # All before it started no later: what they cover of it is one piece, at its beginning.
        rest = entry.from_at if covered is None else max(entry.from_at, covered)
        if rest >= entry.to_at:
            continue
        covered = entry.to_at
        for day, from_at, to_at in entry.days.split(rest, entry.to_at):
            if counted := whole_seconds(from_at, to_at):
                seconds[day] = seconds.get(day, 0) + counted
    return seconds
