"""Working off `dirty_users`: days recomputed from the entries: tracked time, focus time, boards.

A stop, edit, delete or restore marks its user, with the days it touched, in its own transaction.
Every instance takes marked users, many at a time: it reads marks and entries in one snapshot,
holding nobody, counts, and writes the days whole in one statement, behind the users' locks. Who
was marked anew meanwhile is left for the next time, but nobody for long: who never pauses is
locked before the reading. Who reads their own sums in between has them counted first
(`settle_own`), so everybody reads what they wrote. So what is derived equals a recomputation once
no mark is left, whatever crashed or came in between.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from handlers.actions.counting import WIDER, Counting
from handlers.actions.services import Services
from rooms.rules.periods import DayRule
from storage.database import LONG_PATIENCE_S, Connection, Pool, acquired
from storage.entries import closed_touching
from storage.tracked import (
    Counted,
    Mark,
    is_marked,
    lock_late_marks,
    lock_mark,
    read_marks,
    write_days,
)

MANY = 48
# Their users' commands wait while they are counted.
FEW = 8
LATE = timedelta(seconds=1.5)
# So many entries of a user take longer to count than others should wait.
MUCH = 500
# The widest offsets are +14 and -12 h, a day may start at 6 h, and none is longer than 25 h: an
# entry whose own day is D lies within this of D's UTC midnights.
_MARGIN = timedelta(hours=33)
USUAL = Counting(DayRule("UTC"))


async def settle_all(services: Services) -> None:
    """Work off what is marked, until little is left."""
    counting = Counting(services.boards.days, services.earning.counts)
    while await settle(services.db, MANY, counting) >= MANY // 2:
        continue
    while await settle_late(services.db, counting=counting) >= FEW:
        continue


async def settle_own(services: Services, user_id: int) -> None:
    """Count what somebody has just written before they read it; most often there is nothing."""
    counting = Counting(services.boards.days, services.earning.counts)
    async with acquired(services.db) as connection:
        if not await is_marked(connection, user_id):
            return
        async with connection.transaction():
            marks = await lock_mark(connection, user_id)
            if not marks:  # somebody was counting them just now
                return
            rows = await _entries_of(connection, marks)
            await write_days(connection, marks, await _count(counting, marks, rows))


async def settle(pool: Pool, limit: int = MANY, counting: Counting = USUAL) -> int:
    """Recompute the touched days of some marked users; answers of how many."""
    async with acquired(pool, patience_s=LONG_PATIENCE_S) as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            marks = await read_marks(connection, limit)
            if not marks:
                return 0
            rows = await _entries_of(connection, marks)
        return await write_days(connection, marks, await _count(counting, marks, rows))


async def settle_late(pool: Pool, older_than: timedelta = LATE, counting: Counting = USUAL) -> int:
    """The same for a few whose marks were made anew whenever they were looked at."""
    async with acquired(pool, patience_s=LONG_PATIENCE_S) as connection, connection.transaction():
        marks = await lock_late_marks(connection, older_than, FEW)
        if not marks:
            return 0
        rows = await _entries_of(connection, marks)
        return await write_days(connection, marks, await _count(counting, marks, rows))


async def _entries_of(
    connection: Connection, marks: Sequence[Mark]
) -> dict[int, list[asyncpg.Record]]:
    closed: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in await closed_touching(connection, [_span(mark) for mark in marks]):
        closed[row["user_id"]].append(row)
    return closed


async def _count(
    counting: Counting, marks: Sequence[Mark], rows: dict[int, list[asyncpg.Record]]
) -> Counted:
    counted = Counted()
    for mark in marks:
        mine = rows[mark.user_id]
        if len(mine) > MUCH:
            # An import may mark years at once; connections are served meanwhile.
            await asyncio.to_thread(counting.count, mark, mine, counted)
        else:
            counting.count(mark, mine, counted)
            await asyncio.sleep(0)
    return counted


def _span(mark: Mark) -> tuple[int, datetime, datetime]:
    """The instants between which everything lies that counts in the days to be written."""
    first = datetime.fromisoformat(f"{mark.from_on}T00:00:00+00:00")
    last = datetime.fromisoformat(f"{mark.to_on}T00:00:00+00:00") + timedelta(days=1)
    return mark.user_id, first - WIDER - _MARGIN, last + WIDER + _MARGIN
