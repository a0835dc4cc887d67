"""Boards in Redis: absolute scores, written under their users' versions, and read with ranks [L1].

A board is what one Lua call touches, and has its own hash tag. It answers only while it is whole:
after a flush, a restart of the server or the loss of a key it is not `complete` until somebody has
filled it from Postgres. Each key ends some time after its period.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import redis.asyncio as aioredis
from redis.exceptions import RedisError

from rooms.boards import Board, Mine, Place, Row, ms_of, ranked
from rooms.rules.periods import DayRule
from storage import keys
from storage.board_rows import Guarded, Position
from storage.breaker import Away, Breaker
from storage.scripts import Call, Script

# Readers fall back on Postgres after so long.
LIMIT_S = 0.1
# Nobody waits for a writer, but for who hides from the boards.
WRITE_LIMIT_S = 1.0
# A filling that is given up begins anew, so it is patient; less than its lease.
FILL_LIMIT_S = 5.0
LEASE_MS = 10_000
# Others are served between two calls, so none may carry much.
BIGGEST_CALL = 100
# After the period, so that what is late finds the guard; for all time, after the last change.
_KEPT_AFTER = timedelta(days=1)
_KEPT = timedelta(days=30)

BoardsAway = Away


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a board at one of its versions; the rows are None if the caller has that one."""

    version: int
    places: list[Place] | None


@dataclass(frozen=True, slots=True)
class Filling:
    """A board that this instance fills, under its lock. `born` names the filling."""

    board: Board
    holder: str
    born: str


_WRITE = Script("board.lua", "board_write.lua")
_COMPLETE = Script("board.lua", "board_complete.lua")
_IS_COMPLETE = Script("board.lua", "board_is_complete.lua")
_PAGE = Script("board.lua", "board_page.lua")
_MINE = Script("board.lua", "board_mine.lua")


class BoardBook:
    """The boards of one log of events in Redis. Its calls raise BoardsAway, soon: a reading after
    `limit_s`, because Postgres can answer it as well."""

    def __init__(
        self,
        client: "aioredis.Redis | None",
        epoch: str,
        days: DayRule,
        *,
        limit_s: float = LIMIT_S,
    ) -> None:
        self.limit_s = limit_s
        self._redis = client
        self._epoch = epoch
        self._days = days
        self._breaker = Breaker((RedisError, OSError))
        self._filling = Breaker((RedisError, OSError), rest_s=0)

    # -- reading: None while the board is not complete

    async def read_page(
        self, board: Board, after: Position | None, limit: int, known: int | None = None
    ) -> Page | None:
        """The rows that follow a position, or the first ones [L2]."""
        score, member = ("", "") if after is None else (after[0], _member(after))
        arguments = [limit, score, member, "" if known is None else known]
        [answer] = await self._run(_PAGE, [(self._keys(board), arguments)])
        if answer is None:
            return None
        version = int(answer[0])
        return Page(version, _places(answer[1:]) if len(answer) > 1 else None)

    async def read_mine(self, board: Board, user_id: int, around: int) -> Mine | None:
        """Where somebody stands, and up to `around` rows above and below, in one call."""
        [answer] = await self._run(_MINE, [(self._keys(board), [user_id, around])])
        if answer is None:
            return None
        total = int(answer[0])
        if len(answer) == 1:
            return Mine(None, 0, total)
        places = _places(answer[2:])
        mine = places[int(answer[1]) - int(answer[2])]
        return Mine(mine.rank, mine.score, total, tuple(places))

    async def incomplete(self, boards: Sequence[Board]) -> list[Board]:
        """Those of the boards that are not complete."""
        calls: list[Call] = [(self._keys(board), []) for board in boards]
        answers = await self._run(_IS_COMPLETE, calls, WRITE_LIMIT_S)
        return [board for board, complete in zip(boards, answers, strict=True) if not complete]

    # -- writing

    async def write(self, scores: Mapping[Board, Sequence[Guarded]]) -> set[Board]:
        """Write rows, each if its user's version is greater than the one kept; answers the boards
        that are not complete. Some of it may have been written when it raises."""
        calls: list[tuple[Board, Call]] = []
        for board, rows in scores.items():
            for part in _parts(rows):
                arguments = [self._end_ms(board), pack(part), "", 0]
                calls.append((board, (self._keys(board), arguments)))
        found: set[Board] = set()
        for some in _parts(calls, 20):
            answers = await self._run(_WRITE, [call for _, call in some], WRITE_LIMIT_S)
            pairs = zip(some, answers, strict=True)
            found |= {board for (board, _), answer in pairs if not answer[2]}
        return found

    # -- filling

    async def begin_filling(self, board: Board) -> Filling | None:
        """Take the board's lock for the time of a lease; None if another one has it."""
        holder = secrets.token_hex(8)
        lock = keys.board_keys(self._epoch, board.name)[2]
        if not await self._ask(lambda r: r.set(lock, holder, nx=True, px=LEASE_MS), FILL_LIMIT_S):
            return None
        born = await self._fill(board, holder, "[]")
        return None if born is None else Filling(board, holder, born)

    async def fill(self, filling: Filling, packed: str) -> bool:
        """Write some rows (as `board_rows.read_parts` packs them) under the same guard as all
        writers, and renew the lease. False if it has run out, or what was filled is gone.
        """
        return await self._fill(filling.board, filling.holder, packed) == filling.born

    async def complete(self, filling: Filling) -> bool:
        """Everything has been written: the board may be read. False if it was lost meanwhile."""
        call: Call = (
            list(keys.board_keys(self._epoch, filling.board.name)),
            [filling.holder, filling.born],
        )
        [done] = await self._run(_COMPLETE, [call], FILL_LIMIT_S)
        return bool(done)

    async def _fill(self, board: Board, holder: str, packed: str) -> str | None:
        names = list(keys.board_keys(self._epoch, board.name))
        arguments = [self._end_ms(board), packed, holder, LEASE_MS]
        [answer] = await self._run(_WRITE, [(names, arguments)], FILL_LIMIT_S)
        return None if answer is None else answer[0].decode()

    # -- asking

    def _keys(self, board: Board) -> list[str]:
        return list(keys.board_keys(self._epoch, board.name)[:2])

    def _end_ms(self, board: Board) -> int:
        if board.ends_on is None:
            return round(time.time() * 1000) + _KEPT // timedelta(milliseconds=1)
        return ms_of(self._days.day_bounds(board.ends_on)[0] + _KEPT_AFTER)

    async def _run(
        self, script: Script, calls: Sequence[Call], limit_s: float | None = None
    ) -> list[Any]:
        if not calls:
            return []
        limit_s = limit_s or self.limit_s
        answers: list[Any] = await self._ask(lambda r: script.run_all(r, calls), limit_s)
        return answers

    async def read_version(self) -> str:
        """Which Redis, or what stands for it, answers."""
        told: dict[str, Any] = await self._ask(lambda r: r.info("server"), WRITE_LIMIT_S)
        name = "valkey" if "valkey_version" in told else "redis"
        return f"{name} {told[f'{name}_version']}"

    async def _ask(self, ask: Callable[["aioredis.Redis"], Any], limit_s: float) -> Any:
        client = self._redis
        if client is None:
            raise BoardsAway("there is no Redis")
        breaker = self._filling if limit_s == FILL_LIMIT_S else self._breaker
        return await breaker.run_soon(limit_s, lambda: ask(client))


def _parts(rows: Sequence[Any], size: int = BIGGEST_CALL) -> list[Sequence[Any]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def pack(rows: Sequence[Guarded]) -> str:
    """Rows as the script takes them, who has nothing to reckon with numbers then."""
    return msgspec.json.encode(
        [
            part
            for r in rows
            for part in (str(r.user_id), str(r.version), str(-r.score), f"{r.reached_ms:013}")
        ]
    ).decode()


def _member(position: Position) -> str:
    """What stands for a row: in its order, among equal scores, rows stand on the board [L2]."""
    _, reached_ms, user_id = position
    return f"{reached_ms:013}:{user_id:016}"


def _places(found: list[Any]) -> list[Place]:
    before, first_rank, flat = found
    rows = [
        Row(int(member[14:]), -int(score), int(member[:13]))
        for member, score in zip(flat[::2], flat[1::2], strict=True)
    ]
    return ranked(rows, before, first_rank)
