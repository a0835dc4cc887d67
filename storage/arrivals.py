"""What new connections are told, read for many users at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from rooms.entry import Entry
from storage.database import Pool, acquired
from storage.queries import load
from storage.users import User

SQL = load("arrivals")
_USER_COLUMNS = 18


@dataclass(frozen=True, slots=True)
class Arrival:
    """An account, its running entry, and the last number of its channel, at one moment."""

    user: User
    entry: Entry | None
    seq: int


async def read_arrivals(pool: Pool, user_ids: Sequence[int]) -> dict[int, Arrival]:
    """By user id; deleted and suspended ones are left out. Raises Unavailable."""
    async with acquired(pool) as connection:
        rows = await connection.fetch(SQL["read"], list(user_ids))
    return {
        row["id"]: Arrival(User(*row[:_USER_COLUMNS]), _entry_of(row), row["seq"]) for row in rows
    }


def _entry_of(row: asyncpg.Record) -> Entry | None:
    if row["entry_id"] is None:
        return None
    return Entry(
        row["entry_id"], row["id"], row["project_id"], row["room_id"], row["description"],
        tuple(row["tags"]), row["started_at"], row["ended_at"], row["ended_by"],
        row["deleted_at"], row["source"], row["claimed"], row["doubtful_from"],
        row["entry_timezone"], row["entry_day_starts_at"], row["version"],
    )  # fmt: skip
