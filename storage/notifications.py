"""Notifications: each fact is told once, by its key [N1]."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from rooms.rules.languages import Language
from storage.database import Connection
from storage.queries import load

SQL = load("notifications")


@dataclass(frozen=True, slots=True)
class Notification:
    """`data` is its JSON object, already encoded."""

    id: int
    kind: str
    data: str
    at: datetime
    read_at: datetime | None


async def add_notification(
    connection: Connection, user_id: int, kind: str, key: str, data: str, *, muted: bool
) -> tuple[int, datetime] | None:
    """(id, at) of a new notification; None if one of this key is there already."""
    row = await connection.fetchrow(SQL["add"], user_id, kind, key, data, muted)
    return None if row is None else (row["id"], row["at"])


async def unread_count(connection: Connection, user_id: int) -> int:
    count: int = await connection.fetchval(SQL["unread"], user_id)
    return count


async def list_notifications(
    connection: Connection, user_id: int, unread: bool | None, before_id: int | None, limit: int
) -> list[Notification]:
    """The latest first; those with an id below `before_id`."""
    rows = await connection.fetch(SQL["list"], user_id, unread, before_id, limit)
    return [Notification(*row) for row in rows]


async def mark_read(connection: Connection, user_id: int, ids: Sequence[int] | None) -> list[int]:
    """Mark these, or all (None), as read; answers those that were not."""
    if ids is None:
        rows = await connection.fetch(SQL["read_all"], user_id)
    else:
        rows = await connection.fetch(SQL["read"], user_id, list(ids))
    return [row["id"] for row in rows]


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody has said about a kind, by channel, and their subscriptions to pushes."""

    chosen: dict[str, bool]
    subscriptions: list[int]


async def choices(connection: Connection, user_id: int, kind: str) -> Choices:
    """What somebody has said about a kind."""
    row = await connection.fetchrow(SQL["choices"], user_id, kind)
    assert row is not None
    chosen = {} if row["chosen"] is None else msgspec.json.decode(row["chosen"])
    return Choices(chosen, row["subscriptions"] or [])


async def all_choices(connection: Connection, user_id: int) -> dict[tuple[str, str], bool]:
    """What somebody has said, by kind and channel."""
    rows = await connection.fetch(SQL["all_choices"], user_id)
    return {(row["kind"], row["channel"]): row["wanted"] for row in rows}


async def choose(
    connection: Connection, user_id: int, chosen: Mapping[tuple[str, str], bool]
) -> None:
    """Keep what somebody says about kinds and channels."""
    await connection.execute(
        SQL["choose"],
        user_id,
        [kind for kind, _ in chosen],
        [channel for _, channel in chosen],
        list(chosen.values()),
    )


@dataclass(frozen=True, slots=True)
class ToTell:
    """A notification that leaves the application, and to whom."""

    kind: str
    key: str
    data: str
    at: datetime
    email: str
    name: str
    username: str
    language: Language | None


async def read_to_tell(
    connection: Connection, user_id: int, id: int, *, verified_only: bool = False
) -> ToTell | None:
    """A notification of somebody who is there, with a confirmed address if they need one."""
    row = await connection.fetchrow(SQL["to_tell"], user_id, id, verified_only)
    return None if row is None else ToTell(*row)
