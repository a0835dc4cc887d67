"""Reading leaderboards: from Redis while a board is complete there, else from Postgres [L1, L2].

Whatever it comes from, names are read from Postgres at last, so that nobody is shown who has just
hidden [L3].
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.messages.boards import MineView, OwnPlace, RankedView
from rooms.boards import Board, Measure, Mine, Place, Scope
from rooms.errors import NotFound
from rooms.rules.boards import Period
from storage import board_rows
from storage.board_rows import Position
from storage.boards import BoardsAway
from storage.database import Connection, acquired
from storage.projects import read_access
from storage.rooms import read_right

T = TypeVar("T")
FOLLOWING = "following"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which board is meant; `scope` is a valid name."""

    period: Period
    scope: str
    measure: Measure


async def read_page(
    services: Services, user: Principal, asked: Asked, after: Position | None, limit: int
) -> tuple[list[RankedView], Position | None]:
    """A page of a board, and where the next one begins. Raises NotFound without the right."""
    if asked.scope == FOLLOWING:
        board = _board(services, asked, "global")
        async with acquired(services.db) as connection:
            places = await board_rows.read_circle_page(
                connection, board, user.user_id, after, limit + 1
            )
    else:
        board = _board(services, asked, asked.scope)
        await _require_right(services, user, board.scope)
        places = await read_places(services, board, after, limit + 1)
    page = places[:limit]
    more = page[-1].position if len(places) > limit else None
    return await shown(services, page), more


async def read_mine(services: Services, user: Principal, asked: Asked, around: int) -> MineView:
    """Where the caller stands, and who is around. Raises NotFound without the right."""
    if asked.scope == FOLLOWING:
        board = _board(services, asked, "global")
        async with acquired(services.db) as connection:
            mine = await board_rows.read_circle_mine(connection, board, user.user_id, around)
    else:
        board = _board(services, asked, asked.scope)
        await _require_right(services, user, board.scope)
        mine = await _mine_on(services, board, user.user_id, around)
    rows = await shown(services, mine.around)
    if not any(row.user_id == user.user_id for row in rows):
        return MineView(rank=None, score=0, total=mine.total, around=[])
    return MineView(rank=mine.rank, score=mine.score, total=mine.total, around=rows)


async def read_own_place(services: Services, board: Board, user_id: int) -> OwnPlace:
    """Where somebody stands on a board that they may read."""
    mine = await _mine_on(services, board, user_id, 0)
    if not await shown(services, mine.around):
        return OwnPlace(rank=None, score=0, total=mine.total)
    return OwnPlace(rank=mine.rank, score=mine.score, total=mine.total)


async def read_places(
    services: Services, board: Board, after: Position | None, limit: int
) -> list[Place]:
    """Rows of a board, as they were at most a second ago."""

    async def from_redis() -> list[Place] | None:
        page = await services.boards.book.read_page(board, after, limit)
        return None if page is None else page.places

    async def from_postgres(connection: Connection) -> list[Place]:
        return await board_rows.read_page(connection, board, after, limit)

    async def read() -> list[Place]:
        return await _read(services, board, from_redis, from_postgres)

    return await services.boards.page((board, after, limit), read)


async def shown(services: Services, places: Sequence[Place]) -> list[RankedView]:
    """These rows with names, without whoever is hidden [L3]."""
    if not places:
        return []
    async with acquired(services.db) as connection:
        people = await board_rows.read_people(connection, [place.user_id for place in places])
    return [
        RankedView(
            user_id=place.user_id,
            username=person.username,
            name=person.name,
            avatar_url=person.avatar_url,
            score=place.score,
            rank=place.rank,
        )
        for place in places
        if (person := people.get(place.user_id)) is not None
    ]


async def may_read(connection: Connection, user_id: int, scope: Scope) -> bool:
    """Whether somebody may read the boards of a project or room: who may read that itself."""
    if scope.among == "project":
        access = await read_access(connection, scope.id, user_id)
        return access is not None and (access.public or access.role is not None)
    if scope.among == "room":
        right = await read_right(connection, scope.id, user_id)
        return right is not None and not right.closed and right.may_read
    return True


async def _mine_on(services: Services, board: Board, user_id: int, around: int) -> Mine:
    async def from_redis() -> Mine | None:
        return await services.boards.book.read_mine(board, user_id, around)

    async def from_postgres(connection: Connection) -> Mine:
        return await board_rows.read_mine(connection, board, user_id, around)

    return await _read(services, board, from_redis, from_postgres)


async def _read(
    services: Services,
    board: Board,
    from_redis: Callable[[], Awaitable[T | None]],
    from_postgres: Callable[[Connection], Awaitable[T]],
) -> T:
    shelf = services.boards
    shelf.note_use(board)
    try:
        found = await from_redis()
        if found is not None:
            return found
        shelf.note_lacking([board])
    except BoardsAway:
        pass  # it is looked for again when it is back
    async with shelf.in_postgres(services.db) as connection:
        return await from_postgres(connection)


def _board(services: Services, asked: Asked, scope: str) -> Board:
    now = services.clock.now()
    return services.boards.board(now, asked.measure, asked.period, Scope.of(scope))


async def _require_right(services: Services, user: Principal, scope: Scope) -> None:
    if scope.among == "global":
        return
    async with acquired(services.db) as connection:
        if not await may_read(connection, user.user_id, scope):
            raise NotFound("There is no such board.")
