"""Who accounts are to OpenID providers."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection
from storage.queries import load

SQL = load("identities")


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose identity it is."""

    user_id: int
    suspended: bool


@dataclass(frozen=True, slots=True)
class Link:
    """An account's identity at a provider."""

    linked_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Namesake:
    """An account with a certain e-mail: whether that was confirmed, and whether codes are asked."""

    user_id: int
    verified: bool
    totp: bool


async def find_holder(connection: Connection, issuer: str, subject: str) -> Holder | None:
    row = await connection.fetchrow(SQL["find"], issuer, subject)
    return None if row is None else Holder(*row)


async def add_identity(connection: Connection, issuer: str, subject: str, user_id: int) -> None:
    """Raises asyncpg's unique violation for one that is linked, or for a second one."""
    await connection.execute(SQL["add"], issuer, subject, user_id)


async def note_use(connection: Connection, issuer: str, subject: str) -> None:
    await connection.execute(SQL["note_use"], issuer, subject)


async def read_link(connection: Connection, user_id: int, issuer: str) -> Link | None:
    row = await connection.fetchrow(SQL["of_user"], user_id, issuer)
    return None if row is None else Link(*row)


async def remove_identity(connection: Connection, user_id: int, issuer: str) -> bool:
    """False where there is none."""
    return await connection.fetchval(SQL["remove"], user_id, issuer) is not None


async def find_namesake(connection: Connection, email: str) -> Namesake | None:
    """The account with this e-mail, without case."""
    row = await connection.fetchrow(SQL["by_email"], email)
    return None if row is None else Namesake(*row)
