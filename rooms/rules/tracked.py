"""Tracked time: what reports, exports and activity show, per day and project."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from rooms.rules.periods import DayRule, whole_seconds


@dataclass(frozen=True, slots=True)
class TrackedEntry:
    """As much of a time entry as its tracked time depends on; it runs while `to_at` is None."""

    project_id: int | None
    from_at: datetime
    to_at: datetime | None
    days: DayRule


def tracked_days(entries: Iterable[TrackedEntry]) -> dict[tuple[date, int | None], int]:
    """The tracked seconds per (day, project_id): the sum of the entries, overlaps and all [C0].

    Each entry is counted in the days of the zone it was made in [D1], and across midnight in each
    day what lies there [D2]. Running entries are left out, and so are days without a second.
    """
    seconds: dict[tuple[date, int | None], int] = {}
    for entry in entries:
        if entry.to_at is None:
            continue
        for day, from_at, to_at in entry.days.split(entry.from_at, entry.to_at):
            if counted := whole_seconds(from_at, to_at):
                key = day, entry.project_id
                seconds[key] = seconds.get(key, 0) + counted
    return seconds
