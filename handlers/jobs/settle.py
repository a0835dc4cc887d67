"""Working off `dirty_users`: tracked time per user, project and day, recomputed from the entries.

A stop, edit, delete or restore marks its user, with the days it touched, in its own transaction.
Every instance takes marked users, many at a time, each behind the user's lock, and writes their
days whole: what is derived equals a recomputation, whatever crashed in between.
"""

import asyncio
from datetime import datetime, timedelta

from rooms.rules.periods import DayRule
from rooms.rules.tracked import TrackedEntry, tracked_days
from storage.database import LONG_PATIENCE_S, Pool, acquired
from storage.entries import closed_touching
from storage.tracked import DayTotal, Mark, clear_marks, lock_marked, replace_days

# Few, because their users' commands wait meanwhile.
MANY = 24
# The widest offsets are +14 and -12 h, a day may start at 6 h, and none is longer than 25 h: an
# entry whose own day is D lies within this of D's UTC midnights.
_MARGIN = timedelta(hours=33)


async def settle(pool: Pool, limit: int = MANY) -> int:
    """Recompute the touched days of some marked users; answers how many users there were."""
    async with acquired(pool, patience_s=LONG_PATIENCE_S) as connection, connection.transaction():
        marks = await lock_marked(connection, limit)
        if not marks:
            return 0
        rows = await closed_touching(connection, [_span(mark) for mark in marks])
        entries: dict[int, list[TrackedEntry]] = {mark.user_id: [] for mark in marks}
        for row in rows:
            entries[row["user_id"]].append(
                TrackedEntry(
                    row["project_id"],
                    row["started_at"],
                    row["ended_at"],
                    DayRule(row["timezone"], row["day_starts_at"]),
                )
            )
        totals: list[DayTotal] = []
        for mark in marks:
            totals += _totals_of(mark, entries[mark.user_id])
            await asyncio.sleep(0)  # some have years to count; connections are served in between
        await replace_days(connection, marks, totals)
        await clear_marks(connection, marks)
    return len(marks)


def _totals_of(mark: Mark, entries: list[TrackedEntry]) -> list[DayTotal]:
    return [
        DayTotal(mark.user_id, day, project_id, seconds)
        for (day, project_id), seconds in tracked_days(entries).items()
        if mark.from_on <= day <= mark.to_on
    ]


def _span(mark: Mark) -> tuple[int, datetime, datetime]:
    """The instants between which everything lies that counts in the marked days."""
    first = datetime.fromisoformat(f"{mark.from_on}T00:00:00+00:00")
    last = datetime.fromisoformat(f"{mark.to_on}T00:00:00+00:00") + timedelta(days=1)
    return mark.user_id, first - _MARGIN, last + _MARGIN
