"""Accounts: rows of `users`, and the remembered answers to their commands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg

from rooms.rules.languages import Language
from storage.database import Connection, Pool
from storage.queries import load

SQL = load("users")


@dataclass(frozen=True, slots=True)
class User:
    """An account as its owner may see it."""

    id: int
    email: str
    username: str
    name: str
    role: Literal["user", "admin"]
    timezone: str
    day_starts_at: int
    avatar_url: str | None
    leaderboards: bool
    profile: Literal["public", "members", "private"]
    show_activity: bool
    hide_descriptions: bool
    created_at: datetime
    email_verified: bool
    has_password: bool
    # None of these three: not chosen yet.
    language: Language | None
    daily_goal_seconds: int | None
    # JSON of the phases of their own rhythm.
    pomodoro: str | None


@dataclass(frozen=True, slots=True)
class NewUser:
    email: str
    username: str
    name: str
    # None: signs in by other means only
    password_hash: str | None
    timezone: str
    avatar_url: str | None = None
    show_on_boards: bool = True
    role: Literal["user", "admin"] = "user"
    email_verified: bool = False
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    user_id: int
    password_hash: str | None
    suspended: bool


@dataclass(frozen=True, slots=True)
class UserEdit:
    """What an owner changes of their account; None leaves a field as it is."""

    name: str | None = None
    timezone: str | None = None
    day_starts_at: int | None = None
    leaderboards: bool | None = None
    profile: str | None = None
    show_activity: bool | None = None
    hide_descriptions: bool | None = None
    username: str | None = None
    language: Language | None = None
    daily_goal_seconds: int | None = None
    pomodoro: str | None = None


def _user_of(row: asyncpg.Record) -> User:
    return User(*row)


async def insert_user(connection: Connection, new: NewUser) -> User:
    """Raises asyncpg's unique violation for an e-mail or username that is taken."""
    row = await connection.fetchrow(
        SQL["insert"], new.email, new.username, new.name, new.password_hash, new.timezone,
        new.avatar_url, new.show_on_boards, new.role, new.email_verified, new.language,
    )  # fmt: skip
    assert row is not None
    return _user_of(row)


async def read_user(connection: Connection | Pool, user_id: int) -> User | None:
    """The account, or None if it is deleted or suspended."""
    row = await connection.fetchrow(SQL["by_id"], user_id)
    return None if row is None else _user_of(row)


async def read_credentials(connection: Connection, email: str) -> Credentials | None:
    """What is needed to check a password, by e-mail without case."""
    row = await connection.fetchrow(SQL["credentials"], email)
    return None if row is None else Credentials(*row)


async def read_password_hash(connection: Connection | Pool, user_id: int) -> str | None:
    hashed: str | None = await connection.fetchval(SQL["password_hash"], user_id)
    return hashed


async def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    await connection.execute(SQL["set_password"], user_id, password_hash)


async def set_email(connection: Connection, user_id: int, email: str) -> None:
    """Raises asyncpg's unique violation for one that is taken."""
    await connection.execute(SQL["set_email"], user_id, email)


async def verify_email(connection: Connection, user_id: int, email: str) -> bool:
    """Note that the address is confirmed; False if it is another one by now."""
    return await connection.fetchval(SQL["verify_email"], user_id, email) is not None


async def update_user(connection: Connection, user_id: int, edit: UserEdit) -> User:
    row = await connection.fetchrow(
        SQL["update"], user_id, edit.name, edit.timezone, edit.day_starts_at, edit.leaderboards,
        edit.profile, edit.show_activity, edit.hide_descriptions, edit.username,
        edit.language, edit.daily_goal_seconds, edit.pomodoro,
    )  # fmt: skip
    assert row is not None
    return _user_of(row)


async def lock_users(connection: Connection, user_ids: Sequence[int]) -> set[int]:
    """Lock these users until commit; answers those that are there. Before any other lock."""
    rows = await connection.fetch(SQL["lock"], sorted(set(user_ids)))
    return {row[0] for row in rows}


async def read_result(
    connection: Connection, user_id: int, command_id: UUID
) -> tuple[bytes, str] | None:
    """(fingerprint, result as JSON) of an accepted command, if it is remembered [T5]."""
    row = await connection.fetchrow(SQL["command_result"], user_id, command_id)
    return None if row is None else (row[0], row[1])


async def keep_result(
    connection: Connection, user_id: int, command_id: UUID, fingerprint: bytes, result: str
) -> None:
    await connection.execute(SQL["keep_result"], user_id, command_id, fingerprint, result)


async def forget_results(pool: Pool, older_than: datetime, limit: int = 10_000) -> int:
    """Forget the oldest answers; how many were forgotten."""
    done: str = await pool.execute(SQL["forget_results"], older_than, limit)
    return int(done.split()[-1])


async def taken_usernames(connection: Connection, wanted: Sequence[str]) -> set[str]:
    """Which of these usernames are taken; all in lower case."""
    rows = await connection.fetch(SQL["usernames"], [name.lower() for name in wanted])
    return {row[0] for row in rows}


async def note_seen(pool: Pool, user_ids: Sequence[int]) -> None:
    """Note that these users are connected [T7]."""
    await pool.execute(SQL["seen"], list(user_ids))
