"""Keeping the boards in Redis like those in Postgres [L1].

Whatever changes scores marks its users in the same transaction, by triggers. After the commit
`push_scores` tells Redis; what a crash or an outage left untold is told by `push_left`. A board
that Redis has not got as a whole is filled from Postgres, under the same guard, by one instance.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from handlers.actions.services import Services
from handlers.actions.unit import Unit
from rooms.boards import Board
from rooms.errors import DomainError
from rooms.rules.boards import period_start
from storage import board_rows
from storage.boards import BIGGEST_CALL, BoardsAway, Filling
from storage.database import CONNECTION_LOST, LONG_PATIENCE_S, acquired

log = structlog.get_logger(__name__)

MANY = 500
# Whoever made the change tells of it at once; this looks for what they did not.
LEFT_FOR = timedelta(seconds=2)
CHUNK = 2000
# Between two calls of a filling, so that readers are served as well as before.
_BREATH_S = 0.002


async def push_scores(services: Services, user_ids: Sequence[int]) -> bool:
    """Tell Redis all scores of these users as they are now; False if it is away."""
    if not user_ids:
        return True
    async with acquired(services.db, patience_s=LONG_PATIENCE_S) as connection:
        today = services.boards.today(services.clock.now())
        pushes = await board_rows.read_pushes(connection, user_ids, today)
    try:
        lacking = await services.boards.book.write(pushes.rows)
    except BoardsAway:
        return False
    services.boards.note_lacking(lacking)
    if pushes.marks:
        await board_rows.note_pushed(services.db, pushes.marks)
    return True


async def push_left(
    services: Services, older_than: timedelta = LEFT_FOR, limit: int = MANY
) -> int:
    """Tell Redis of some whom nobody told of; answers of how many."""
    left = await board_rows.find_unpushed(services.db, older_than, limit)
    return len(left) if await push_scores(services, left) else 0


async def remove_user(unit: Unit, user_id: int) -> None:
    """Take somebody off all boards, in a transaction that holds their row [L3].

    After the commit comes `push_removed`; if that fails, readers leave them out all the same.
    """
    await board_rows.remove_scores(unit.connection, user_id)


async def push_removed(services: Services, user_id: int) -> None:
    """Tell Redis that somebody has been taken off, before they are answered."""
    try:
        await push_scores(services, [user_id])
    except (*CONNECTION_LOST, DomainError) as error:
        log.warning("a removal will be told later", error=repr(error))
    services.boards.forget_pages()


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
        async with acquired(services.db, patience_s=LONG_PATIENCE_S) as connection:
            rows, after = await board_rows.read_guarded(connection, filling.board, after, CHUNK)
        for start in range(0, len(rows), BIGGEST_CALL):
            part = rows[start : start + BIGGEST_CALL]
            if not await services.boards.book.fill(filling, part):
                return False
            await asyncio.sleep(_BREATH_S)
        if after is None:
            return True


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
