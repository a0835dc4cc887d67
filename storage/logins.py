"""Logins (authenticated devices) and their refresh tokens, of which only hashes are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection, Pool
from storage.queries import load

SQL = load("logins")


@dataclass(frozen=True, slots=True)
class Login:
    id: int
    user_agent: str
    address: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token that was found, and the state of its login."""

    login_id: int
    used_at: datetime | None
    user_id: int
    revoked_at: datetime | None
    expired: bool


@dataclass(frozen=True, slots=True)
class LivingLogin:
    """A login that has not ended: from where it was used last, and whether a token is its own."""

    login_id: int
    address: str
    has_token: bool


async def insert_login(
    connection: Connection, user_id: int, user_agent: str, address: str, expires_at: datetime
) -> int:
    login_id: int = await connection.fetchval(
        SQL["insert"], user_id, user_agent, address, expires_at
    )
    return login_id


async def insert_token(connection: Connection, token_hash: bytes, login_id: int) -> None:
    await connection.execute(SQL["insert_token"], token_hash, login_id)


async def lock_token(connection: Connection, token_hash: bytes) -> RefreshToken | None:
    """The token with its login, both locked until commit."""
    row = await connection.fetchrow(SQL["lock_token"], token_hash)
    return None if row is None else RefreshToken(*row)


async def use_token(connection: Connection, token_hash: bytes) -> None:
    await connection.execute(SQL["use_token"], token_hash)


async def prolong(
    connection: Connection, login_id: int, expires_at: datetime, address: str
) -> None:
    await connection.execute(SQL["prolong"], login_id, expires_at, address)


async def list_logins(connection: Connection, user_id: int) -> list[Login]:
    return [Login(*row) for row in await connection.fetch(SQL["list"], user_id)]


async def read_devices(connection: Connection, email: str, token_hash: bytes) -> list[LivingLogin]:
    """The living logins of an account, the latest first; none of one that is not there."""
    rows = await connection.fetch(SQL["devices"], email, token_hash)
    return [LivingLogin(*row) for row in rows]


async def revoke(connection: Connection, user_id: int, login_ids: Sequence[int]) -> list[int]:
    """End these logins of the user's own; answers those that were alive."""
    rows = await connection.fetch(SQL["revoke"], user_id, list(login_ids))
    return [row[0] for row in rows]


async def revoke_others(connection: Connection, user_id: int, kept: int) -> list[int]:
    """End all logins of the user but one (0 keeps none)."""
    return [row[0] for row in await connection.fetch(SQL["revoke_others"], user_id, kept)]


async def began_at(connection: Connection, user_id: int, login_id: int) -> datetime | None:
    """When somebody signed in; None for a login that has ended, or is not theirs."""
    at: datetime | None = await connection.fetchval(SQL["began_at"], user_id, login_id)
    return at


async def revoked_since(connection: Connection, since: datetime) -> list[tuple[int, datetime]]:
    """(login_id, revoked_at) of the logins that ended after an instant."""
    return [(row[0], row[1]) for row in await connection.fetch(SQL["revoked_since"], since)]


async def forget_logins(pool: Pool, older_than: datetime, limit: int = 1000) -> int:
    done: str = await pool.execute(SQL["forget"], older_than, limit)
    return int(done.split()[-1])
