"""Working off `dirty_users`: tracked time per user, project and day, recomputed from the entries.

A stop, edit, delete or restore marks its user, with the days it touched, in its own transaction.
Every instance takes marked users, many at a time: it reads marks and entries in one snapshot,
holding nobody, counts, and writes the days whole in one statement, behind the users' locks. Who
was marked anew meanwhile is left for the next time. So what is derived equals a recomputation once
no mark is left, whatever crashed or came in between.
"""

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta

import asyncpg

from rooms.rules.periods import DayRule
from rooms.rules.tracked import TrackedEntry, tracked_days
from storage.database import LONG_PATIENCE_S, Pool, acquired
from storage.entries import closed_touching
from storage.tracked import DayTotal, Mark, read_marks, write_days

MANY = 48
# The widest offsets are +14 and -12 h, a day may start at 6 h, and none is longer than 25 h: an
# entry whose own day is D lies within this of D's UTC midnights.
_MARGIN = timedelta(hours=33)


async def settle(pool: Pool, limit: int = MANY) -> int:
    """Recompute the touched days of some marked users; answers of how many."""
    async with acquired(pool, patience_s=LONG_PATIENCE_S) as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            marks = await read_marks(connection, limit)
            if not marks:
                return 0
            rows = await closed_touching(connection, [_span(mark) for mark in marks])
        closed: dict[int, list[asyncpg.Record]] = defaultdict(list)
        for row in rows:
            closed[row["user_id"]].append(row)
        totals: list[DayTotal] = []
        for mark in marks:
            totals += _totals_of(mark, closed[mark.user_id])
            await asyncio.sleep(0)  # some have years to count; connections are served in between
        return await write_days(connection, marks, totals)


def _totals_of(mark: Mark, rows: list[asyncpg.Record]) -> list[DayTotal]:
    entries = (
        TrackedEntry(
            row["project_id"],
            row["started_at"],
            row["ended_at"],
            DayRule(row["timezone"], row["day_starts_at"]),
        )
        for row in rows
    )
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
