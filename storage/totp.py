"""Secrets of one-time codes, encrypted, and what is kept of recovery codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rooms.rules.totp import Attempts
from storage.database import Connection
from storage.queries import load

SQL = load("totp")


@dataclass(frozen=True, slots=True)
class Totp:
    """`secret` is encrypted; `confirmed_at` None: signing in does not ask for codes yet."""

    secret: bytes
    confirmed_at: datetime | None
    last_step: int
    attempts: Attempts


async def read_totp(connection: Connection, user_id: int) -> Totp | None:
    row = await connection.fetchrow(SQL["read"], user_id)
    if row is None:
        return None
    attempts = Attempts(row["failures"], row["locked_until"])
    return Totp(row["secret"], row["confirmed_at"], row["last_step"], attempts)


async def begin_totp(connection: Connection, user_id: int, secret: bytes) -> None:
    """Keep a secret that is to be confirmed; one that was confirmed stays."""
    await connection.execute(SQL["begin"], user_id, secret)


async def confirm_totp(connection: Connection, user_id: int) -> None:
    await connection.execute(SQL["confirm"], user_id)


async def note_attempt(
    connection: Connection, user_id: int, attempts: Attempts, last_step: int = 0
) -> None:
    """Keep what became of a code that was tried."""
    await connection.execute(
        SQL["note_attempt"], user_id, last_step, attempts.failures, attempts.locked_until
    )


async def remove_totp(connection: Connection, user_id: int) -> None:
    """Codes are asked for no more, and recovery codes are gone."""
    await connection.execute(SQL["remove"], user_id)
    await connection.execute(SQL["remove_codes"], user_id)


async def replace_codes(connection: Connection, user_id: int, hashes: Sequence[bytes]) -> None:
    """These recovery codes, and none that there were."""
    await connection.execute(SQL["remove_codes"], user_id)
    await connection.execute(SQL["put_codes"], user_id, list(hashes))


async def use_code(connection: Connection, user_id: int, code_hash: bytes) -> bool:
    """Take a recovery code; whether it was there."""
    return await connection.fetchval(SQL["use_code"], user_id, code_hash) is not None


async def count_codes(connection: Connection, user_id: int) -> int:
    count: int = await connection.fetchval(SQL["count_codes"], user_id)
    return count
