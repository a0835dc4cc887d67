"""Who is in a room, as a fact: the log of presence that credit and emptiness are derived from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from storage.database import Connection, Pool, acquired
from storage.queries import columns, load

SQL = load("attendance")


async def arrive(
    connection: Connection, instance: UUID, room_id: int, user_id: int, rejoin: timedelta
) -> None:
    """Somebody is in the room by this instance; `rejoin`: see C2. The room is locked."""
    await connection.execute(SQL["arrive"], room_id, user_id, instance, rejoin)


async def depart(connection: Connection, room_id: int, user_id: int) -> None:
    """Somebody is in the room no more, by any instance."""
    await connection.execute(SQL["depart"], room_id, user_id)


async def depart_all(connection: Connection, room_id: int) -> None:
    """Nobody is in the room any more."""
    await connection.execute(SQL["depart_all"], room_id)


async def successor(connection: Connection, room_id: int, host_id: int) -> int | None:
    """Who is to host instead of `host_id`, of those who are there [R5]."""
    found: int | None = await connection.fetchval(SQL["successor"], room_id, host_id)
    return found


class Gone(NamedTuple):
    """A user whose last connection to this instance ended `age` ago, in a room."""

    slug: str
    user_id: int
    age: timedelta


class Beaten(NamedTuple):
    """The heartbeat before this one: when it was, and how long ago."""

    beat_at: datetime
    lapse: timedelta


async def close_presence(connection: Connection, instance: UUID, gone: Sequence[Gone]) -> None:
    """End the stays of users who are connected to this instance no more, when it ended."""
    await connection.execute(SQL["close_presence"], instance, *columns(gone))


async def close_instance(pool: Pool, instance: UUID) -> None:
    """End all stays by this instance, which ends; who returns soon was there all along."""
    async with acquired(pool) as connection:
        await connection.execute(SQL["close_all"], instance)
        await connection.execute(SQL["forget_instance"], instance)


async def beat(connection: Connection, instance: UUID, behind: timedelta) -> Beaten | None:
    """Say that the instance lives, and that the log has what it knew `behind` ago.

    In a transaction, whose end lets others judge it again. None for its first heartbeat.
    """
    row = await connection.fetchrow(SQL["beat"], instance, behind)
    return None if row is None else Beaten(*row)


async def reopen(
    connection: Connection, instance: UUID, since: datetime, present: Sequence[tuple[int, int]]
) -> list[tuple[int, datetime]]:
    """Let the stays (room_id, user_id) go on that were ended because nothing was heard of this
    instance after its heartbeat of `since`.

    Answers (room_id, from when on they had been ended); `credit_again` comes after the commit.
    """
    rows = await connection.fetch(
        SQL["reopen"], instance, since, [r for r, _ in present], [u for _, u in present]
    )
    return [(row["room_id"], row["lost_from"]) for row in rows]


async def credit_again(pool: Pool, found: Sequence[tuple[int, datetime]]) -> None:
    """Have the phases credited again that ended in time which `reopen` gave back."""
    async with acquired(pool) as connection:
        await connection.execute(
            SQL["credit_again"], [room_id for room_id, _ in found], [at for _, at in found]
        )


async def close_dead(connection: Connection, instance: UUID, silence: timedelta) -> int:
    """End the stays by other instances that have been silent for so long; answers how many."""
    done: str = await connection.execute(SQL["close_dead"], instance, silence)
    return int(done.split()[-1])


async def forget_instances(pool: Pool, silence: timedelta) -> None:
    """Forget the instances that have been silent for so long."""
    await pool.execute(SQL["forget_instances"], silence)


async def lock_left(connection: Connection, grace: timedelta, limit: int) -> list[int]:
    """Lock some rooms that have members who have been gone for so long."""
    return [row["id"] for row in await connection.fetch(SQL["lock_left"], grace, limit)]


async def remove_left(
    connection: Connection, room_ids: Sequence[int], grace: timedelta
) -> list[tuple[int, int]]:
    """End the memberships of who has been gone for so long; answers (room_id, user_id).

    The rooms are locked by an earlier statement.
    """
    rows = await connection.fetch(SQL["remove_left"], list(room_ids), grace)
    return [(row["room_id"], row["user_id"]) for row in rows]


async def lock_hostless(connection: Connection, grace: timedelta, limit: int) -> list[int]:
    """Lock some rooms whose host has been gone for so long, and where somebody could follow."""
    sql = SQL["lock_hostless"]
    locked = [row["id"] for row in await connection.fetch(sql, grace, limit, None)]
    # What a statement looks at is older than its locks: once more, behind them.
    again = await connection.fetch(sql, grace, limit, locked) if locked else []
    return [row["id"] for row in again]
