"""Notifications: each fact is told once, by its key [N1]."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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


async def choices(connection: Connection, user_id: int, kind: str) -> dict[str, bool]:
    """What somebody has said about a kind, by channel."""
    rows = await connection.fetch(SQL["wanted"], user_id, kind)
    return {row["channel"]: row["wanted"] for row in rows}
