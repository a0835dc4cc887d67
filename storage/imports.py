"""Imports: how far they have come, and the entries that they make."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import asyncpg

from rooms.entry import Entry
from rooms.imports.row import Row
from storage.database import Connection, Pool
from storage.entries import entry_of
from storage.queries import load
from storage.timers import TAG_SEPARATOR

SQL = load("imports")
# A project that is not made yet: no entry lies on it.
NO_PROJECT_YET = -1


@dataclass(frozen=True, slots=True)
class Import:
    """An import, under way or over; `from_at` and `to_at` are the bounds of its entries."""

    id: int
    format: str
    state: Literal["running", "done", "broken", "undone"]
    total: int
    created: int
    skipped: int
    refused: int
    seconds: int
    from_at: datetime | None
    to_at: datetime | None
    started_at: datetime
    ended_at: datetime | None


class Broken(NamedTuple):
    """An import that died, and what it had made."""

    id: int
    from_at: datetime | None
    to_at: datetime | None
    created: int


@dataclass(slots=True)
class Tally:
    """How far an import has come."""

    created: int = 0
    skipped: int = 0
    refused: int = 0
    seconds: int = 0
    from_at: datetime | None = None
    to_at: datetime | None = None

    @property
    def done(self) -> int:
        return self.created + self.skipped + self.refused

    def take(self, row: Row) -> None:
        """Count one more that is made."""
        self.created += 1
        self.seconds += row.seconds
        self.widen(row.started_at, row.ended_at)

    def widen(self, from_at: datetime, to_at: datetime) -> None:
        """Let its bounds hold this entry as well."""
        self.from_at = min(self.from_at or from_at, from_at)
        self.to_at = max(self.to_at or to_at, to_at)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row with its key, as the `nth` of its likeness, and its project here."""

    row: Row
    key: bytes
    nth: int
    project_id: int | None

    @property
    def looks(self) -> tuple[object, ...]:
        """All that can be seen of it."""
        row = self.row
        return row.started_at, row.ended_at, row.description, self.project_id, row.tags


async def begin(connection: Connection, user_id: int, format: str, total: int) -> int:
    """A new import's id. A unique violation, imports_one_running, while another one runs."""
    import_id: int = await connection.fetchval(SQL["begin"], user_id, format, total)
    return import_id


async def break_silent(connection: Connection, user_id: int, silence: timedelta) -> list[Broken]:
    """Give up the user's imports that have not been heard of for so long."""
    return [Broken(*row) for row in await connection.fetch(SQL["break_silent"], user_id, silence)]


async def note_progress(connection: Connection, user_id: int, import_id: int, at: Tally) -> bool:
    """Note how far an import has come; False if it was given up meanwhile."""
    found = await connection.fetchval(
        SQL["beat"], user_id, import_id, at.created, at.skipped, at.refused, at.seconds,
        at.from_at, at.to_at,
    )  # fmt: skip
    return found is not None


async def end(
    connection: Connection, user_id: int, import_id: int, state: Literal["done", "broken"]
) -> bool:
    """End an import; False if it had ended."""
    return await connection.fetchval(SQL["end"], user_id, import_id, state) is not None


def _import_of(row: asyncpg.Record) -> Import:
    return Import(*row)


async def read_import(connection: Connection, user_id: int, import_id: int) -> Import | None:
    row = await connection.fetchrow(SQL["one"], user_id, import_id)
    return None if row is None else _import_of(row)


async def list_imports(
    connection: Connection, user_id: int, before_id: int | None, limit: int
) -> list[Import]:
    """The user's imports, the latest first."""
    return [
        _import_of(row) for row in await connection.fetch(SQL["list"], user_id, before_id, limit)
    ]


async def all_imports(connection: Connection, user_id: int) -> list[Import]:
    return [_import_of(row) for row in await connection.fetch(SQL["all"], user_id)]


async def unknown(
    connection: Connection, user_id: int, candidates: Sequence[Candidate]
) -> list[Candidate]:
    """Those that the user does not have yet: neither imported before, nor as many that look the
    same."""
    keys = [candidate.key for candidate in candidates]
    starts = list({candidate.row.started_at for candidate in candidates})
    known = {row[0] for row in await connection.fetch(SQL["known"], user_id, keys)}
    alike = Counter(
        (*row[:4], tuple(row["tags"]))
        for row in await connection.fetch(SQL["alike"], user_id, starts)
    )
    return [c for c in candidates if c.key not in known and c.nth >= alike[c.looks]]


async def write(
    connection: Connection, user_id: int, import_id: int, candidates: Sequence[Candidate]
) -> list[Entry]:
    """Make these entries; answers those that were new. The user is locked."""
    rows = await connection.fetch(
        SQL["write"],
        user_id,
        import_id,
        [c.key for c in candidates],
        [c.project_id for c in candidates],
        [c.row.description for c in candidates],
        [TAG_SEPARATOR.join(c.row.tags) for c in candidates],
        [c.row.started_at for c in candidates],
        [c.row.ended_at for c in candidates],
        [c.row.timezone for c in candidates],
        [c.row.day_starts_at for c in candidates],
        [c.row.doubtful_from for c in candidates],
    )
    return [entry_of(row) for row in rows]


async def undo_some(
    connection: Connection, user_id: int, import_id: int, limit: int
) -> tuple[list[Entry], bool]:
    """Delete some entries of an import; answers them, and whether there are more."""
    rows = await connection.fetch(SQL["undo"], user_id, import_id, limit)
    more: bool = await connection.fetchval(SQL["left_to_undo"], user_id, import_id)
    return [entry_of(row) for row in rows], more


async def mark_undone(connection: Connection, user_id: int, import_id: int) -> bool:
    """False if there is no such import that has ended."""
    return await connection.fetchval(SQL["mark_undone"], user_id, import_id) is not None


async def open_projects(connection: Connection | Pool, user_id: int) -> list[tuple[int, str]]:
    """(project_id, name) of where the user may add time of the past."""
    return [(row[0], row[1]) for row in await connection.fetch(SQL["projects"], user_id)]


async def award(
    connection: Connection, user_id: int, awards: Sequence[tuple[str, datetime]]
) -> None:
    """Give built-in badges by their keys, with when they were awarded."""
    await connection.execute(SQL["award"], user_id, [a[0] for a in awards], [a[1] for a in awards])


async def is_empty(connection: Connection, user_id: int) -> bool:
    """Whether the user has no entry, not even a deleted one."""
    empty: bool = await connection.fetchval(SQL["is_empty"], user_id)
    return empty
