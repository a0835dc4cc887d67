"""Reading time entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from rooms.entry import Entry
from storage.database import Connection, Pool
from storage.queries import columns, load

SQL = load("entries")
NO_PROJECT = 0  # an id that no project has


def entry_of(row: asyncpg.Record) -> Entry:
    """A row that has the columns of an entry under their own names."""
    return Entry(
        row["id"], row["user_id"], row["project_id"], row["room_id"], row["description"],
        tuple(row["tags"]), row["started_at"], row["ended_at"], row["ended_by"],
        row["deleted_at"], row["source"], row["claimed"], row["doubtful_from"],
        row["timezone"], row["day_starts_at"], row["version"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries to list: those that overlap [from_at, to_at), all conditions together; with
    `NO_PROJECT` those on none, with `deleted_after` those that were deleted since."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    project_id: int | None = None
    tag: str | None = None
    words: str | None = None
    source: str | None = None
    deleted_after: datetime | None = None


async def read_entry(connection: Connection, user_id: int, entry_id: int) -> Entry | None:
    """The user's own entry, or None if it is not theirs, deleted or not there."""
    row = await connection.fetchrow(SQL["one"], user_id, entry_id)
    return None if row is None else entry_of(row)


async def read_running(connection: Connection | Pool, user_id: int) -> Entry | None:
    """The user's running entry, if any."""
    row = await connection.fetchrow(SQL["running"], user_id)
    return None if row is None else entry_of(row)


async def running_in_project(
    connection: Connection, project_id: int, limit: int = 200
) -> list[tuple[Entry, str]]:
    """(entry, username) of the timers that run on a project and that others may see."""
    rows = await connection.fetch(SQL["running_in_project"], project_id, limit)
    return [(entry_of(row), row["username"]) for row in rows]


async def list_entries(
    connection: Connection,
    user_id: int,
    which: Filter,
    before: tuple[datetime, int] | None,
    limit: int,
) -> list[Entry]:
    """At most `limit` entries, newest first, older than the position `before` (start, id)."""
    before_at, before_id = before or (None, None)
    arguments = (
        user_id, which.from_at, which.to_at, which.project_id, which.tag, which.words,
        which.source, before_at, before_id, limit,
    )  # fmt: skip
    if which.deleted_after is None:
        rows = await connection.fetch(SQL["list"], *arguments)
    else:
        rows = await connection.fetch(SQL["list_deleted"], *arguments, which.deleted_after)
    return [entry_of(row) for row in rows]


async def closed_touching(
    connection: Connection, spans: Sequence[tuple[int, datetime, datetime]]
) -> list[asyncpg.Record]:
    """The closed entries that touch the span (user_id, from_at, to_at) of their user; only what is
    counted of them."""
    return await connection.fetch(SQL["overlapping_days"], *columns(spans))


async def users_to_detach(pool: Pool, project_id: int, limit: int) -> list[int]:
    """Some of those whose entries still point at a deleted project."""
    return [row[0] for row in await pool.fetch(SQL["to_detach"], project_id, limit)]


async def detach(connection: Connection, project_id: int, user_ids: Sequence[int]) -> list[Entry]:
    """Lock these users and take their entries out of the project; answers them as they are now."""
    await connection.execute(SQL["lock_owners"], list(user_ids))
    rows = await connection.fetch(SQL["detach"], project_id, list(user_ids))
    return [entry_of(row) for row in rows]


async def remove_deleted(pool: Pool, deleted_before: datetime, limit: int = 1000) -> int:
    """Remove some entries for good that were deleted long ago; answers how many."""
    done: str = await pool.execute(SQL["remove_deleted"], deleted_before, limit)
    return int(done.split()[-1])


async def recent_tags(connection: Connection, user_id: int, limit: int = 200) -> list[str]:
    """The tags somebody has used, the latest first."""
    return [row[0] for row in await connection.fetch(SQL["tags"], user_id, limit)]
