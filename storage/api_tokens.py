"""API tokens, of which only hashes are kept; ids come from the sequence of the logins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from storage.database import Connection, Pool
from storage.queries import load

SQL = load("api_tokens")


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as its owner sees it. `expires_at` None: it holds until it is deleted."""

    id: int
    name: str
    scopes: list[str]
    expires_at: datetime | None
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token that holds. `unnoted` says whether it is time to note that it is used."""

    id: int
    user_id: int
    scopes: list[str]
    expires_at: datetime | None
    role: Literal["user", "admin"]
    unnoted: bool


def _token_of(row: asyncpg.Record) -> ApiToken:
    return ApiToken(*row)


async def insert_api_token(
    connection: Connection,
    user_id: int,
    token_hash: bytes,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
) -> ApiToken:
    row = await connection.fetchrow(
        SQL["insert"], user_id, token_hash, name, list(scopes), expires_at
    )
    assert row is not None
    return _token_of(row)


async def count_api_tokens(connection: Connection, user_id: int) -> int:
    """How many of somebody's tokens hold."""
    count: int = await connection.fetchval(SQL["count"], user_id)
    return count


async def list_api_tokens(connection: Connection, user_id: int) -> list[ApiToken]:
    """The latest first; also those that have run out."""
    return [_token_of(row) for row in await connection.fetch(SQL["list"], user_id)]


async def find_api_token(connection: Connection, token_hash: bytes) -> FoundToken | None:
    """The token, if it holds and its user is there."""
    row = await connection.fetchrow(SQL["find"], token_hash)
    return None if row is None else FoundToken(*row)


async def note_use(connection: Connection, token_id: int) -> None:
    await connection.execute(SQL["note_use"], token_id)


async def revoke_api_token(connection: Connection, user_id: int, token_id: int) -> bool:
    """End a token of the user's own; whether it was there."""
    return await connection.fetchval(SQL["revoke"], user_id, token_id) is not None


async def revoke_api_tokens(connection: Connection, user_id: int) -> list[int]:
    """End all tokens of the user; answers those that were there."""
    return [row["id"] for row in await connection.fetch(SQL["revoke_all"], user_id)]


async def forget_api_tokens(pool: Pool, older_than: datetime, limit: int = 1000) -> int:
    done: str = await pool.execute(SQL["forget"], older_than, limit)
    return int(done.split()[-1])
