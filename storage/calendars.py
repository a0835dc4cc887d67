"""Calendars by secret link: whose they are, and what stands in them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from rooms.calendar import Event
from storage.database import Connection, Pool, acquired
from storage.queries import load

SQL = load("calendars")
PAGE = 500


class Calendar(NamedTuple):
    """Somebody's calendar; `descriptions` is None where their privacy decides."""

    descriptions: bool | None
    created_at: datetime
    last_read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar as its readers get it; `since` is when its user came here."""

    user_id: int
    since: datetime
    descriptions: bool


async def put_calendar(
    connection: Connection, user_id: int, secret_hash: bytes, descriptions: bool | None
) -> datetime:
    """Keep the user's calendar in place of the one before; answers when it was made."""
    made: datetime = await connection.fetchval(SQL["put"], user_id, secret_hash, descriptions)
    return made


async def read_calendar(connection: Connection, user_id: int) -> Calendar | None:
    row = await connection.fetchrow(SQL["read"], user_id)
    return None if row is None else Calendar(*row)


async def remove_calendar(connection: Connection, user_id: int) -> bool:
    """False if there was none."""
    return await connection.fetchval(SQL["remove"], user_id) is not None


async def read_feed(connection: Connection, secret_hash: bytes) -> Feed | None:
    """The calendar of this link, if there is one whose user is there; notes that it was read."""
    row = await connection.fetchrow(SQL["feed"], secret_hash)
    if row is None:
        return None
    await connection.execute(SQL["note_read"], secret_hash)
    return Feed(row["user_id"], row["created_at"], row["descriptions"])


async def read_mark(connection: Connection, user_id: int, from_at: datetime) -> str:
    """A text that is another one whenever the events are."""
    row = await connection.fetchrow(SQL["mark"], user_id, from_at)
    assert row is not None
    return f"{row['count']}:{row['mark']}"


async def event_pages(pool: Pool, user_id: int, from_at: datetime) -> AsyncIterator[list[Event]]:
    """The events since an instant, in the order of their start, some at a time."""
    after: tuple[datetime, int] = (from_at, 0)
    while True:
        async with acquired(pool) as connection:
            rows = await connection.fetch(SQL["page"], user_id, *after, PAGE)
        yield [
            Event(
                row["id"], row["started_at"], row["ended_at"], row["changed_at"], row["version"],
                row["description"], row["project_name"], tuple(row["tags"]),
            )
            for row in rows
        ]  # fmt: skip
        if len(rows) < PAGE:
            return
        after = rows[-1]["started_at"], rows[-1]["id"]
