"""The log that live clients follow: durable events with consecutive numbers per channel.

Postgres gives the numbers, in the transaction of the fact itself; a head is locked from then to
the commit, so order and completeness are the database's.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg

from storage.database import Connection, Pool, acquired
from storage.queries import load

SQL = load("channels")
KEEP_FOR = timedelta(hours=24)
MADE_AHEAD = 2  # days
_PARTITION = re.compile(r"channel_events_(\d{4})(\d\d)(\d\d)")


@dataclass(frozen=True, slots=True)
class Draft:
    """An event not yet numbered: `data` is its JSON object, already encoded."""

    channel: str
    type: str
    data: str


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """An event of the log: the `seq`-th of its channel, written at `at` (UTC)."""

    channel: str
    seq: int
    at: datetime
    type: str
    data: str


@dataclass(frozen=True, slots=True)
class Position:
    """Where a channel stands: its last number, and up to which nothing is served again."""

    seq: int
    floor: int

    def holds(self, seq: int) -> bool:
        """Whether what came after `seq` may be served, if the log still has it."""
        return self.floor <= seq <= self.seq


def append_arguments(
    drafts: Sequence[Draft], also_locked: Collection[str] = ()
) -> tuple[list[object], ...]:
    """The arguments of the `append` statement for these events, in this order."""
    left = Counter(draft.channel for draft in drafts)
    # Sorted, because all transactions lock heads in one order.
    channels = sorted({*left, *also_locked})
    counts = [left[channel] for channel in channels]
    backs: list[object] = []
    for draft in drafts:
        left[draft.channel] -= 1
        backs.append(left[draft.channel])
    return (
        list[object](channels),
        list[object](counts),
        [draft.channel for draft in drafts],
        backs,
        [draft.type for draft in drafts],
        [draft.data for draft in drafts],
    )


async def append(
    connection: Connection, drafts: Sequence[Draft], hidden: Collection[str] = ()
) -> list[ChannelEvent]:
    """Number and write events, in the caller's transaction, which must lock nothing after it.

    What was said before on the `hidden` channels is never served again (somebody hid, unshared
    or deleted something).
    """
    if not drafts and not hidden:
        return []
    rows = await connection.fetch(SQL["append"], *append_arguments(drafts, hidden))
    if hidden:
        new = Counter(draft.channel for draft in drafts)
        channels = sorted(hidden)
        await connection.execute(SQL["raise_floors"], channels, [new[c] for c in channels])
    return [event_of(row) for row in rows]


def event_of(row: asyncpg.Record) -> ChannelEvent:
    """A row (channel, seq, at, type, data) of the log."""
    return ChannelEvent(row[0], row[1], row[2], row[3], row[4])


async def read_position(connection: Connection, channel: str) -> Position:
    """Where the channel stands; a channel that was never written to stands at 0."""
    row = await connection.fetchrow(SQL["head"], channel)
    return Position(0, 0) if row is None else Position(row["seq"], row["floor"])


async def read_after(
    connection: Connection, channel: str, seq: int, up_to: int, limit: int
) -> list[ChannelEvent] | None:
    """The events seq + 1 … up_to, or None when the log does not hold exactly those."""
    if up_to - seq > limit:
        return None
    rows = await connection.fetch(SQL["events_after"], channel, seq, up_to, limit)
    if [row["seq"] for row in rows] != list(range(seq + 1, up_to + 1)):
        return None
    return [ChannelEvent(channel, r["seq"], r["at"], r["type"], r["data"]) for r in rows]


async def read_lagging(
    pool: Pool, channels: Sequence[str], seqs: Sequence[int], limit: int
) -> list[ChannelEvent]:
    """What each channel has after its position, at most `limit` events each, in order."""
    async with acquired(pool) as connection:
        rows = await connection.fetch(SQL["lagging"], list(channels), list(seqs), limit)
    return [event_of(row) for row in rows]


async def has_left(connection: Connection, channel: str, user_id: int) -> bool:
    """Whether the log still tells of the user's leaving the channel's project."""
    return await connection.fetchval(SQL["has_left"], channel, user_id) is not None


async def ahead_of(pool: Pool, channels: Sequence[str], seqs: Sequence[int]) -> list[str]:
    """Those of the channels whose last number is later than the one given for them."""
    async with acquired(pool) as connection:
        rows = await connection.fetch(SQL["ahead"], channels, seqs)
    return [row["channel"] for row in rows]


async def keep_partitions(pool: Pool) -> None:
    """Make the log's partitions two days ahead and drop those older than a day.

    Many instances may do so at once: what another one did already is no error.
    """
    rows = await pool.fetch(SQL["partitions"])
    there = {day for row in rows if (day := _day_of(row["name"]))}
    today = (await pool.fetchval("select now()")).astimezone(UTC).date()
    for ahead in range(MADE_AHEAD + 1):
        day = today + timedelta(days=ahead)
        if day not in there:
            await _make_partition(pool, day)
    for day in there:
        # The partition's last event must itself be older than what is kept.
        if day + timedelta(days=1) + KEEP_FOR <= today:
            await _drop_partition(pool, day)


def _day_of(name: str) -> date | None:
    match = _PARTITION.fullmatch(name)
    return None if match is None else date(int(match[1]), int(match[2]), int(match[3]))


async def _make_partition(pool: Pool, day: date) -> None:
    """Make and attach: unlike making it in its place, that waits for nobody who writes."""
    name, next_day = f"channel_events_{day:%Y%m%d}", day + timedelta(days=1)
    try:
        async with acquired(pool) as connection, connection.transaction():
            await connection.execute("set local lock_timeout = '1s'")
            await connection.execute(f"create table {name} (like channel_events including all)")
            await connection.execute(
                f"alter table channel_events attach partition {name}"
                f" for values from ('{day}T00:00:00Z') to ('{next_day}T00:00:00Z')"
            )
    except (
        asyncpg.DuplicateTableError,
        asyncpg.DuplicateObjectError,
        asyncpg.UniqueViolationError,
    ):
        return  # another instance was quicker


async def _drop_partition(pool: Pool, day: date) -> None:
    try:
        async with acquired(pool) as connection, connection.transaction():
            await connection.execute("set local lock_timeout = '1s'")
            await connection.execute(f"drop table if exists channel_events_{day:%Y%m%d}")
    except asyncpg.LockNotAvailableError:
        return  # somebody reads it; it can wait for the next time


async def read_epoch(pool: Pool) -> str:
    """The epoch of the log, made anew when this is not the database that it was made in."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table channel_epoch in exclusive mode")
        here = await connection.fetchrow(SQL["identity"])
        assert here is not None
        kept = await connection.fetchrow(SQL["epoch"])
        identity = (here["system_identifier"], here["timeline"], here["database_oid"])
        if kept and (kept["system_identifier"], kept["timeline"], kept["database_oid"]) == identity:
            return str(kept["epoch"])
        epoch = str(here["fresh"])[:16]
        await connection.execute(SQL["set_epoch"], epoch, *identity)
        return epoch
