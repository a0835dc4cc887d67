"""The scores of boards in Postgres: what is true of them, and what is read while Redis lacks them.

The order and the ranks are those of `storage.boards` [L2].
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import asyncpg

from rooms.boards import Board, Mine, Place, Row, Scope, instant_of, ms_of, ranked
from rooms.rules.boards import period_start
from storage.database import Connection, Pool
from storage.queries import load

SQL = load("boards")

# A row's place in the order of its board: score, instant in milliseconds, user.
Position = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Guarded:
    """A row as it is written to Redis: with its user's version; a score of 0 takes it off."""

    user_id: int
    version: int
    score: int
    reached_ms: int


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a board shows."""

    id: int
    username: str
    name: str
    avatar_url: str | None


@dataclass(slots=True)
class Pushes:
    """What Redis has to be told, by board, and the marks that then can go: (user, mark)."""

    rows: dict[Board, list[Guarded]] = field(default_factory=dict)
    marks: list[tuple[int, int]] = field(default_factory=list)


async def read_page(
    connection: Connection, board: Board, after: Position | None, limit: int
) -> list[Place]:
    """The rows that follow a position, or the first ones [L2]."""
    found = await connection.fetch(SQL["page"], *_key(board), *_bounds(after), limit)
    return await _placed(connection, board, [_row(row) for row in found])


async def read_parts(
    connection: Connection, board: Board, after: Position | None, limit: int, size: int
) -> tuple[list[str], Position | None]:
    """Rows for Redis, packed in parts of `size`, and where it goes on; None at the board's end."""
    found = await connection.fetch(SQL["parts"], *_key(board), *_bounds(after), limit, size)
    parts = [f"[{row['packed']}]" for row in found]
    if sum(row["rows"] for row in found) < limit:
        return parts, None
    last = found[-1]
    return parts, (last["score"], ms_of(last["reached_at"]), last["user_id"])


async def read_mine(connection: Connection, board: Board, user_id: int, around: int) -> Mine:
    """Where somebody stands, and up to `around` rows above and below."""
    total: int = await connection.fetchval(SQL["total"], *_key(board))
    mine = await connection.fetchrow(SQL["row"], *_key(board), user_id)
    if mine is None:
        return Mine(None, 0, total)
    position = _row(mine).position
    above = await connection.fetch(SQL["above"], *_key(board), *_bounds(position), around)
    below = await connection.fetch(SQL["page"], *_key(board), *_bounds(position), around)
    rows = [_row(row) for row in (*reversed(above), mine, *below)]
    places = await _placed(connection, board, rows)
    return Mine(places[len(above)].rank, mine["score"], total, tuple(places))


async def read_circle_page(
    connection: Connection, board: Board, user_id: int, after: Position | None, limit: int
) -> list[Place]:
    """The board of those whom somebody follows, and themselves."""
    found = await connection.fetch(
        SQL["circle_page"], user_id, *_key(board)[:3], *_bounds(after), limit
    )
    return [_place(row) for row in found]


async def read_circle_mine(connection: Connection, board: Board, user_id: int, around: int) -> Mine:
    """Where somebody stands among those whom they follow."""
    found = await connection.fetch(SQL["circle_mine"], user_id, *_key(board)[:3], around)
    places = tuple(_place(row) for row in found if row["user_id"] is not None)
    mine = next((place for place in places if place.user_id == user_id), None)
    total: int = found[0]["total"]
    return Mine(None, 0, total) if mine is None else Mine(mine.rank, mine.score, total, places)


async def read_people(connection: Connection, user_ids: Sequence[int]) -> dict[int, Person]:
    """Those of them whom boards may show [L3]."""
    return {row["id"]: Person(*row) for row in await connection.fetch(SQL["people"], user_ids)}


async def readers_of_project(
    connection: Connection, project_id: int, user_ids: Sequence[int]
) -> set[int]:
    """Who of them may read the project."""
    return {row[0] for row in await connection.fetch(SQL["project_readers"], project_id, user_ids)}


async def read_pushes(
    connection: Connection | Pool, user_ids: Sequence[int], today: date
) -> Pushes:
    """What Redis has to know of these users [L1]."""
    days = [period_start(period, today) for period in ("day", "week", "month")]
    found = await connection.fetch(SQL["pushes"], sorted(set(user_ids)), *days)
    pushes = Pushes()
    versions: dict[int, int] = {}
    for row in found:
        if row["measure"] is not None:
            board = Board(
                row["measure"],
                row["period"],
                row["starts_on"],
                Scope(row["scope"], row["scope_id"]),
            )
            guarded = Guarded(
                row["user_id"], row["board_version"], row["score"], ms_of(row["reached_at"])
            )
            pushes.rows.setdefault(board, []).append(guarded)
        if row["user_id"] not in versions:
            versions[row["user_id"]] = row["board_version"]
            if row["mark"] is not None:
                pushes.marks.append((row["user_id"], row["mark"]))
    _add_removals(pushes, found)
    return pushes


def _add_removals(pushes: Pushes, found: Iterable[asyncpg.Record]) -> None:
    there = {(board, row.user_id) for board, rows in pushes.rows.items() for row in rows}
    for row in found:
        for name in row["removed"]:
            board, user_id = Board.of(name), row["user_id"]
            if (board, user_id) not in there:
                there.add((board, user_id))
                off = Guarded(user_id, row["board_version"], 0, 0)
                pushes.rows.setdefault(board, []).append(off)


async def note_pushed(pool: Pool, marks: Sequence[tuple[int, int]]) -> None:
    """Redis has been told of what these marks stand for."""
    await pool.execute(SQL["pushed"], [mark[0] for mark in marks], [mark[1] for mark in marks])


async def find_unpushed(pool: Pool, age: timedelta, limit: int) -> list[int]:
    """Users who were marked so long ago, the oldest first."""
    return [row[0] for row in await pool.fetch(SQL["unpushed"], age, limit)]


async def remove_scores(connection: Connection, user_id: int) -> None:
    """Take somebody off all boards [L3]. Whoever calls holds their row."""
    await connection.execute(SQL["remove"], user_id)


async def forget_scores(pool: Pool, day: date, week: date, month: date, limit: int) -> int:
    """Drop scores of periods from before those that begin then; how many went."""
    done: str = await pool.execute(SQL["forget"], day, week, month, limit)
    return int(done.split()[-1])


async def _placed(connection: Connection, board: Board, rows: Sequence[Row]) -> list[Place]:
    if not rows:
        return []
    before = await connection.fetchrow(SQL["before"], *_key(board), *_bounds(rows[0].position))
    assert before is not None
    return ranked(rows, before["before"], before["higher"] + 1)


def _key(board: Board) -> tuple[Any, ...]:
    scope = board.scope
    return board.measure, board.period, board.starts_on, scope.among, scope.id


def _bounds(position: Position | None) -> tuple[Any, ...]:
    if position is None:
        return None, None, None
    score, reached_ms, user_id = position
    return score, instant_of(reached_ms), user_id


def _row(row: asyncpg.Record) -> Row:
    return Row(row["user_id"], row["score"], ms_of(row["reached_at"]))


def _place(row: asyncpg.Record) -> Place:
    return Place(row["user_id"], row["score"], ms_of(row["reached_at"]), row["rank"])
