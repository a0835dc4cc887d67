"""Keeping the boards in Redis like those in Postgres [L1].

Whatever changes scores marks its users in the same transaction, by triggers. After the commit
`push_scores` tells Redis; what a crash or an outage left untold is told by `push_left`. A board
that Redis has not got as a whole is filled from Postgres, under the same guard, by one instance.
"""

import asyncio
import time
from datetime import timedelta

from handlers.actions.board_pushes import push_scores
from handlers.actions.services import Services
from rooms.boards import Board
from rooms.rules.boards import period_start
from storage import board_rows
from storage.boards import BIGGEST_CALL, BoardsAway, Filling
from storage.database import LONG_PATIENCE_S, acquired

__all__ = ["fill_boards", "forget_scores", "look_after_boards", "push_left", "push_scores"]

MANY = 500
# Whoever made the change tells of it at once; this looks for what they did not.
LEFT_FOR = timedelta(seconds=2)
CHUNK = 2000
_PAUSE_S = 0.001


async def push_left(services: Services, older_than: timedelta = LEFT_FOR, limit: int = MANY) -> int:
    """Tell Redis of some whom nobody told of; answers of how many."""
    left = await board_rows.find_unpushed(services.db, older_than, limit)
    return len(left) if await push_scores(services, left) else 0


async def look_after_boards(services: Services) -> None:
    """Find the boards in use that Redis has not got as a whole, as after a flush."""
    shelf = services.boards
    try:
        shelf.note_lacking(await shelf.book.incomplete(shelf.in_use(services.clock.now())))
    except BoardsAway:
        pass  # Postgres answers until it is back


async def fill_boards(services: Services) -> int:
    """Fill what lacks, and nobody else fills; answers how many boards were filled."""
    filled = 0
    lacking = services.boards.take_lacking()
    try:
        while lacking:
            filled += await fill_board(services, lacking[0])
            lacking.pop(0)
    except BoardsAway:
        return filled
    finally:
        services.boards.note_lacking(lacking)
    return filled


async def fill_board(services: Services, board: Board) -> bool:
    """Fill a board from Postgres, while it is written to and others are served."""
    book = services.boards.book
    if board.ends_on is not None and board.ends_on <= services.boards.today(services.clock.now()):
        return False  # nobody reads it any more
    if not await book.incomplete([board]):
        return False
    filling = await book.begin_filling(board)
    if filling is None or not await _fill(services, filling):
        return False
    # Whoever rose past the reading while it went on is in what was not told yet.
    while await push_left(services, timedelta(0)) >= MANY:
        continue
    return await book.complete(filling)


async def _fill(services: Services, filling: Filling) -> bool:
    after: board_rows.Position | None = None
    while True:
        # Not while the last ones are written: readers would feel it.
        async with acquired(services.db, patience_s=LONG_PATIENCE_S) as connection:
            parts, after = await board_rows.read_parts(
                connection, filling.board, after, CHUNK, BIGGEST_CALL
            )
        for part in parts:
            if not await _fill_part(services, filling, part):
                return False
        if after is None:
            return True


async def _fill_part(services: Services, filling: Filling, part: str) -> bool:
    """Write a part, then leave Redis to the others for at least as long as that took."""
    began = time.monotonic()
    done = await services.boards.book.fill(filling, part)
    await asyncio.sleep(max(_PAUSE_S, time.monotonic() - began))
    return done


async def forget_scores(services: Services, limit: int = 5000) -> None:
    """Drop the scores of periods that ended before the last one did."""
    today = services.boards.today(services.clock.now())
    before = {
        "day": period_start("day", today) - timedelta(days=1),
        "week": period_start("week", today) - timedelta(days=7),
        "month": period_start("month", period_start("month", today) - timedelta(days=1)),
    }
    while await board_rows.forget_scores(services.db, **before, limit=limit) >= limit:
        continue
