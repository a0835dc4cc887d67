"""What administrators see of accounts and of the server, and the log of what they did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Connection
from storage.queries import load

SQL = load("admin")

Role = Literal["user", "admin"]
Action = Literal["suspend", "restore", "role", "delete"]


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody as administrators see them in a list."""

    id: int
    username: str
    email: str
    name: str
    role: Role
    avatar_url: str | None
    created_at: datetime
    last_seen_at: datetime | None
    suspended_at: datetime | None
    suspended_reason: str | None


@dataclass(frozen=True, slots=True)
class Particulars:
    """How somebody signs in, and how much there is of them."""

    has_password: bool
    verified: bool
    totp: bool
    issuers: list[str]
    logins: int
    entries: int
    tracked_seconds: int
    projects: int
    rooms: int


@dataclass(frozen=True, slots=True)
class LogLine:
    """`admin` and `username` as they are now."""

    id: int
    at: datetime
    admin_id: int
    admin: str
    action: Action
    user_id: int
    username: str
    detail: str


@dataclass(frozen=True, slots=True)
class Counts:
    users: int
    suspended: int
    seen_today: int
    projects: int
    rooms: int
    running: int
    entries: int
    database_bytes: int
    postgres: str


async def list_accounts(
    connection: Connection,
    words: str | None,
    state: str | None,
    before_id: int | None,
    limit: int,
) -> list[Account]:
    """Accounts that contain the words, the newest first; `state`: active, suspended or admin."""
    rows = await connection.fetch(SQL["users"], words, state, before_id, limit)
    return [Account(*row) for row in rows]


async def read_account(connection: Connection, user_id: int) -> Account | None:
    """Somebody who has not left, suspended or not."""
    row = await connection.fetchrow(SQL["user"], user_id)
    return None if row is None else Account(*row)


async def read_particulars(connection: Connection, user_id: int) -> Particulars | None:
    row = await connection.fetchrow(SQL["particulars"], user_id)
    return None if row is None else Particulars(*row)


async def admin_ids(connection: Connection) -> list[int]:
    """The administrators that there are, without suspended ones."""
    return [row[0] for row in await connection.fetch(SQL["admins"])]


async def suspend(connection: Connection, user_id: int, reason: str | None) -> bool:
    """False for who is suspended already."""
    return await connection.fetchval(SQL["suspend"], user_id, reason) is not None


async def restore(connection: Connection, user_id: int) -> bool:
    """False for who is not suspended."""
    return await connection.fetchval(SQL["restore"], user_id) is not None


async def set_role(connection: Connection, user_id: int, role: Role) -> bool:
    """False for who has that role already."""
    return await connection.fetchval(SQL["set_role"], user_id, role) is not None


async def running_entry(connection: Connection, user_id: int) -> int | None:
    entry_id: int | None = await connection.fetchval(SQL["running"], user_id)
    return entry_id


async def add_to_log(
    connection: Connection, admin_id: int, action: Action, user_id: int, detail: str = ""
) -> None:
    await connection.execute(SQL["add_to_log"], admin_id, action, user_id, detail)


async def list_log(
    connection: Connection, user_id: int | None, before_id: int | None, limit: int
) -> list[LogLine]:
    """The latest first; of one user, or of all."""
    return [LogLine(*row) for row in await connection.fetch(SQL["log"], user_id, before_id, limit)]


async def count_all(connection: Connection) -> Counts:
    row = await connection.fetchrow(SQL["counts"])
    assert row is not None
    return Counts(*row)
