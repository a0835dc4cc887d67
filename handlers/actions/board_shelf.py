"""What one instance knows of boards: which are in use, which must be filled, what was just read."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import TypeVar

from rooms.boards import Board, Measure, Place, Scope, board_on, boards_of_everybody
from rooms.errors import Unavailable
from rooms.rules.boards import Period
from rooms.rules.periods import DayRule
from storage.board_rows import Position
from storage.boards import BoardBook
from storage.database import PATIENCE_S, Connection, Pool, acquired

T = TypeVar("T")
PageKey = tuple[Board, Position | None, int]

FRESH_S = 1.0
_IN_USE_S = 300.0
_MOST_IN_USE = 1000
_MOST_PAGES = 2000
# Postgres counts where Redis knows: so many at once, that other calls find connections.
_MOST_IN_POSTGRES = 4


class Shelf:
    """The boards of one instance. `zone` is BOARD_TIMEZONE: where their days begin [L1]."""

    def __init__(self, book: BoardBook | None = None, zone: str = "UTC") -> None:
        self.days = DayRule(zone)
        self.book = book or BoardBook(None, "", self.days)
        self._in_postgres = asyncio.Semaphore(_MOST_IN_POSTGRES)
        self._used: OrderedDict[Board, float] = OrderedDict()
        self._lacking: dict[Board, None] = {}
        self._pages: OrderedDict[PageKey, tuple[float, asyncio.Future[list[Place]]]] = OrderedDict()

    def board(self, now: datetime, measure: Measure, period: Period, scope: Scope) -> Board:
        """The board that is on."""
        return board_on(self.days.day_of(now), measure, period, scope)

    def today(self, now: datetime) -> date:
        return self.days.day_of(now)

    @asynccontextmanager
    async def in_postgres(self, pool: Pool) -> AsyncIterator[Connection]:
        """A connection to read a board by, in place of Redis. Raises Unavailable after a while."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._in_postgres.acquire()
        except TimeoutError:
            raise Unavailable("The boards are being looked up anew.", retry_after_s=1) from None
        try:
            async with acquired(pool) as connection:
                yield connection
        finally:
            self._in_postgres.release()

    # -- which boards to look after

    def note_use(self, board: Board) -> None:
        """Somebody reads the board."""
        self._used[board] = asyncio.get_running_loop().time()
        self._used.move_to_end(board)
        if len(self._used) > _MOST_IN_USE:
            self._used.popitem(last=False)

    def in_use(self, now: datetime) -> list[Board]:
        """The boards that were read lately, and always those of everybody."""
        oldest = asyncio.get_running_loop().time() - _IN_USE_S
        while self._used and next(iter(self._used.values())) < oldest:
            self._used.popitem(last=False)
        return list(dict.fromkeys([*boards_of_everybody(self.today(now)), *self._used]))

    def note_lacking(self, boards: Iterable[Board]) -> None:
        """These are not complete: they have to be filled."""
        self._lacking.update(dict.fromkeys(boards))

    def take_lacking(self) -> list[Board]:
        """What has to be filled; to be noted again if it could not be."""
        lacking, self._lacking = list(self._lacking), {}
        return lacking

    # -- pages that were just read

    async def page(self, key: PageKey, read: Callable[[], Awaitable[list[Place]]]) -> list[Place]:
        """A page as it was at most a second ago; who asks meanwhile waits for the same reading."""
        now = asyncio.get_running_loop().time()
        kept = self._pages.get(key)
        if kept is not None and now < kept[0]:
            return await asyncio.shield(kept[1])
        reading = asyncio.ensure_future(read())
        # Nobody may be waiting any more when it fails.
        reading.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._pages[key] = (now + FRESH_S, reading)
        self._pages.move_to_end(key)
        if len(self._pages) > _MOST_PAGES:
            self._pages.popitem(last=False)
        try:
            return await asyncio.shield(reading)
        except Exception:
            self._pages.pop(key, None)
            raise

    def forget_pages(self) -> None:
        """A board has changed that somebody waits to see changed."""
        self._pages.clear()
