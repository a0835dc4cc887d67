"""The statements of a batch of timer commands: lock the users, load, write."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from rooms.entry import Entry
from storage.channels import ChannelEvent, Draft, append_arguments, event_of
from storage.database import Connection, Pool
from storage.entries import entry_of
from storage.queries import columns, load

SQL = load("timers")
_LOCK, _LOAD, _WRITE = SQL["lock_users"], SQL["load"], SQL["write"]
_LOAD_SEVERAL = SQL["load_several"]
# No tag contains it: tags of many entries travel as one text each, since arrays of arrays
# cannot be unnested row by row.
TAG_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class LockedUser:
    """What a batch must know of a user whose row it holds."""

    id: int
    username: str
    timezone: str
    day_starts_at: int
    show_activity: bool
    hide_descriptions: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What to load for one command: the entries and the project that it names, if any."""

    user_id: int
    command_id: UUID
    entry_id: int | None
    project_id: int | None
    needs_id: bool
    several: tuple[int, ...] = ()


Access = tuple[bool, bool, str | None]  # public, archived, role


@dataclass(slots=True)
class Loaded:
    """What was found for one command. `earlier` is (fingerprint, result) of the same id; `access`
    is that to the projects of `several`, by id."""

    now: datetime
    new_id: int | None
    earlier: tuple[bytes, str] | None
    project: Access | None
    running: Entry | None = None
    named: Entry | None = None
    several: dict[int, Entry] = field(default_factory=dict)
    access: dict[int, Access] = field(default_factory=dict)


@dataclass(slots=True)
class BatchWrite:
    """All rows that a batch writes; the lists of one group have the same length."""

    changed: list[Entry] = field(default_factory=list)
    created: list[Entry] = field(default_factory=list)
    results: list[tuple[int, UUID, bytes, str]] = field(default_factory=list)
    marks: list[tuple[int, date, date]] = field(default_factory=list)
    timeline: list[tuple[int, str, str, int | None, datetime]] = field(default_factory=list)
    tags: list[tuple[int, str]] = field(default_factory=list)
    events: list[Draft] = field(default_factory=list)


async def lock_users(
    connection: Connection, user_ids: Sequence[int]
) -> tuple[dict[int, LockedUser], set[int]]:
    """Lock those of these users whom nobody else holds, until commit, without waiting.

    Answers them by id, and the ids of those whom somebody else holds. In neither is who is gone.
    """
    locked = {row[0]: LockedUser(*row) for row in await connection.fetch(_LOCK, user_ids)}
    missing = [user_id for user_id in user_ids if user_id not in locked]
    if not missing:
        return locked, set()
    return locked, {row[0] for row in await connection.fetch(SQL["there"], missing)}


async def wait_for_user(connection: Connection, user_id: int, at_most_ms: int) -> None:
    """Lock one user, waiting for whoever holds them. Only in a transaction that holds no lock.

    Raises asyncpg.LockNotAvailableError when that takes longer than `at_most_ms`.
    """
    await connection.execute(SQL["set_patience"], f"{at_most_ms}ms")
    await connection.execute(SQL["wait_for_user"], user_id)
    await connection.execute(SQL["set_patience"], "0")


async def load_asked(connection: Connection, asked: Sequence[Asked]) -> list[Loaded]:
    """What each of these commands must know, in their order. After `lock_users`."""
    rows = await connection.fetch(
        _LOAD,
        [a.user_id for a in asked],
        [a.entry_id for a in asked],
        [a.command_id for a in asked],
        [a.project_id for a in asked],
        [a.needs_id for a in asked],
    )
    loaded: list[Loaded | None] = [None] * len(asked)
    for row in rows:
        place = row[0] - 1
        found = loaded[place]
        if found is None:
            found = loaded[place] = _loaded_of(row)
        if row["id"] is not None:
            entry = entry_of(row)
            if entry.running:
                found.running = entry
            if entry.id == asked[place].entry_id:
                found.named = entry
    found_all = [found for found in loaded if found is not None]
    await _load_several(connection, asked, found_all)
    return found_all


async def _load_several(
    connection: Connection, asked: Sequence[Asked], loaded: Sequence[Loaded]
) -> None:
    """Add the entries of the commands that name many."""
    named = [(one.user_id, entry_id) for one in asked for entry_id in one.several]
    if not named:
        return
    found_of = {one.user_id: found for one, found in zip(asked, loaded, strict=True)}
    for row in await connection.fetch(_LOAD_SEVERAL, *columns(named)):
        found, entry = found_of[row["user_id"]], entry_of(row)
        found.several[entry.id] = entry
        if entry.project_id is not None:
            found.access[entry.project_id] = row["public"], row["archived"], row["role"]


def _loaded_of(row: asyncpg.Record) -> Loaded:
    return Loaded(
        now=row["now"],
        new_id=row["new_id"],
        earlier=None if row["result"] is None else (row["fingerprint"], row["result"]),
        project=None
        if row["named_project_id"] is None
        else (row["public"], row["archived"], row["role"]),
    )


async def write_batch(connection: Connection, batch: BatchWrite) -> list[ChannelEvent]:
    """Write everything that a batch decided; answers its events as the log numbered them."""
    changed, created = batch.changed, batch.created
    rows = await connection.fetch(
        _WRITE,
        [e.user_id for e in changed],
        [e.id for e in changed],
        [e.project_id for e in changed],
        [e.description for e in changed],
        [TAG_SEPARATOR.join(e.tags) for e in changed],
        [e.started_at for e in changed],
        [e.ended_at for e in changed],
        [e.ended_by for e in changed],
        [e.deleted_at for e in changed],
        [e.claimed for e in changed],
        [e.doubtful_from for e in changed],
        [e.version for e in changed],
        [e.user_id for e in created],
        [e.id for e in created],
        [e.project_id for e in created],
        [e.room_id for e in created],
        [e.description for e in created],
        [TAG_SEPARATOR.join(e.tags) for e in created],
        [e.started_at for e in created],
        [e.ended_at for e in created],
        [e.ended_by for e in created],
        [e.source for e in created],
        [e.claimed for e in created],
        [e.doubtful_from for e in created],
        [e.timezone for e in created],
        [e.day_starts_at for e in created],
        *columns(batch.results, 4),
        *columns(batch.marks, 3),
        *columns(batch.timeline, 5),
        *columns(batch.tags, 2),
        *append_arguments(batch.events),
    )
    return [event_of(row) for row in rows]


async def overlong(pool: Pool, span: timedelta, limit: int) -> list[tuple[int, int]]:
    """(user_id, entry_id) of timers that have been running for `span` or longer."""
    return [(row[0], row[1]) for row in await pool.fetch(SQL["overlong"], span, limit)]


class Forgotten(NamedTuple):
    """A timer that seems to be forgotten, and since when [T7]."""

    user_id: int
    entry_id: int
    from_at: datetime


async def forgotten(
    connection: Connection,
    user_ids: Sequence[int] | None,
    forgotten_after: timedelta,
    unseen_after: timedelta | None,
    limit: int,
) -> list[Forgotten]:
    """Some timers that are not in doubt yet, and should be; of all users, or of these."""
    ids = None if user_ids is None else list(user_ids)
    rows = await connection.fetch(SQL["forgotten"], ids, forgotten_after, unseen_after, limit)
    return [Forgotten(*row) for row in rows]
