"""Boards for tests: people and scores put straight into Postgres, and the order they must have."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import redis.asyncio as aioredis

from rooms.boards import Board, Place, Row, instant_of, ms_of
from rooms.rules.boards import Standing, rank

NOON = ms_of(datetime(2026, 11, 21, 12, tzinfo=UTC))
_numbers = itertools.count(1)


async def make_users(sql: Any, count: int) -> list[int]:
    first = next(_numbers)
    rows = await sql.fetch(
        "insert into users (email, username) select 'b' || $1::int || 'x' || n || '@example.org',"
        " 'b' || $1::int || 'x' || n from generate_series(1, $2::int) n returning id",
        first,
        count,
    )
    return sorted(row[0] for row in rows)


async def put(sql: Any, board: Board, rows: Sequence[Row]) -> None:
    """Set these scores, as the settling of entries would: under a raised version."""
    async with sql.transaction():
        await sql.execute(
            "update users set board_version = board_version + 1 where id = any($1::bigint[])",
            [row.user_id for row in rows],
        )
        await sql.executemany(
            "insert into board_scores values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict"
            " (user_id, measure, period, starts_on, scope, scope_id)"
            " do update set score = excluded.score, reached_at = excluded.reached_at",
            [
                (
                    row.user_id, board.measure, board.period, board.starts_on, board.scope.among,
                    board.scope.id, row.score, instant_of(row.reached_ms),
                )
                for row in rows
            ],
        )  # fmt: skip


async def take_off(sql: Any, board: Board, user_id: int) -> None:
    """Remove a score, as when the entries that it came from are deleted."""
    async with sql.transaction():
        await sql.execute(
            "update users set board_version = board_version + 1 where id = $1", user_id
        )
        await sql.execute(
            "delete from board_scores where user_id = $1 and measure = $2 and period = $3"
            " and starts_on = $4 and scope = $5 and scope_id = $6",
            user_id, board.measure, board.period, board.starts_on, board.scope.among,
            board.scope.id,
        )  # fmt: skip


def in_order(rows: Sequence[Row]) -> list[Place]:
    """The board that these rows make, by the rules' own reckoning."""
    standings = [Standing(r.user_id, r.score, instant_of(r.reached_ms)) for r in rows]
    return [Place(r.user_id, r.score, ms_of(r.reached_at), r.rank) for r in rank(standings)]


async def forget_everything(redis: "aioredis.Redis", epoch: str) -> None:
    """Redis loses all boards of one database."""
    for name in await redis.keys(f"*{epoch}*"):
        await redis.unlink(name)


async def connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(url)
