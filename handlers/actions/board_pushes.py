"""Telling Redis what Postgres has decided of boards, after the commit [L1, L3]."""

from collections.abc import Sequence

import structlog

from handlers.actions.services import Services
from handlers.actions.unit import Unit
from rooms.errors import DomainError
from storage import board_rows
from storage.boards import BoardsAway
from storage.database import CONNECTION_LOST, LONG_PATIENCE_S, acquired

log = structlog.get_logger(__name__)


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
