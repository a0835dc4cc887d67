"""What somebody takes along: their entries, page by page, and everything else that is theirs."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from rooms.entry import MAX_SPAN, Entry
from storage.database import Pool, acquired
from storage.entries import Filter, entry_of
from storage.queries import load
from storage.replica import History

SQL = load("exports")
PAGE = 500
# What a page may take: a rare word is looked for in everything that somebody has.
_PATIENCE_S = 10.0
# Entries lie well between these.
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_LAST = datetime(2110, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Exported:
    """An entry, and what its project is called."""

    entry: Entry
    project_name: str | None


async def entry_pages(
    history: History, user_id: int, which: Filter
) -> AsyncIterator[list[Exported]]:
    """The user's entries in the order of their start, some at a time.

    Between two pages nothing is held: whoever reads slowly, or goes away, keeps no connection. What
    is written meanwhile may be in it or not; nothing is in it twice unless its start is moved.
    """
    from_at = which.from_at or _FIRST
    after: tuple[datetime, int] = (from_at - MAX_SPAN - _SECOND, 0)
    while True:
        page = (
            SQL["page"], user_id, from_at, which.to_at or _LAST,
            which.project_id, which.tag, which.words, which.source, *after, PAGE,
        )  # fmt: skip
        rows = await _read(history, user_id, page)
        if rows:
            yield [_exported(row) for row in rows]
        if len(rows) < PAGE:
            return
        after = rows[-1]["started_at"], rows[-1]["id"]


async def deleted_pages(pool: Pool, user_id: int) -> AsyncIterator[list[Exported]]:
    """The user's deleted entries, some at a time."""
    after = 0
    while True:
        async with acquired(pool, patience_s=_PATIENCE_S) as connection:
            rows = await connection.fetch(SQL["deleted"], user_id, after, PAGE)
        if rows:
            yield [_exported(row) for row in rows]
        if len(rows) < PAGE:
            return
        after = rows[-1]["id"]


def _exported(row: asyncpg.Record) -> Exported:
    return Exported(entry_of(row), row["project_name"])


async def timeline_pages(history: History, user_id: int) -> AsyncIterator[Sequence[asyncpg.Record]]:
    """What happened to the user, the latest first: (id, event_type, event_data, project_id, at)."""
    before: tuple[datetime, int] = (_LAST, 0)
    while True:
        rows = await _read(history, user_id, (SQL["timeline"], user_id, *before, PAGE))
        yield rows
        if len(rows) < PAGE:
            return
        before = rows[-1]["at"], rows[-1]["id"]


async def _read(history: History, user_id: int, query: tuple[Any, ...]) -> Sequence[asyncpg.Record]:
    return await history.read(user_id, lambda c: c.fetch(*query), patience_s=_PATIENCE_S)


async def notification_pages(pool: Pool, user_id: int) -> AsyncIterator[Sequence[asyncpg.Record]]:
    """The user's notifications, the earliest first: (id, kind, data, at, read_at)."""
    after = 0
    while True:
        async with acquired(pool, patience_s=_PATIENCE_S) as connection:
            rows = await connection.fetch(SQL["notifications"], user_id, after, PAGE)
        yield rows
        if len(rows) < PAGE:
            return
        after = rows[-1]["id"]


# What there is few of, under the name that it has in the file.
SECTIONS = {
    "projects": SQL["projects"],
    "tags": SQL["tags"],
    "badges": SQL["badges"],
    "notification_choices": SQL["choices"],
    "rooms": SQL["rooms"],
    "room_stays": SQL["stays"],
    "room_intentions": SQL["intentions"],
    "room_credits": SQL["credits"],
    "room_messages": SQL["messages"],
    "follows": SQL["follows"],
    "logins": SQL["logins"],
}


async def read_section(pool: Pool, user_id: int, name: str) -> Sequence[asyncpg.Record]:
    """The rows of one of SECTIONS."""
    async with acquired(pool, patience_s=_PATIENCE_S) as connection:
        return await connection.fetch(SECTIONS[name], user_id)
