"""What webhooks have to send: taken from the log of channels, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database import LONG_PATIENCE_S, Connection, Pool, acquired
from storage.queries import columns, load

SQL = load("deliveries")
# The latest attempts that are kept of a delivery.
MOST_TRIES = 20


@dataclass(frozen=True, slots=True)
class Behind:
    """A webhook that has not seen all of its channel: it has seen up to `seq`. Nothing up to
    `floor` may be shown any more, nothing before `since` is its owner's to see."""

    id: int
    channel: str
    of_project: bool
    events: list[str]
    seq: int
    head: int
    floor: int
    entitled: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the log for a webhook, (after, up_to], and the types of events it wants."""

    webhook_id: int
    channel: str
    after: int
    up_to: int
    types: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """An event of the log as a webhook has it; without data if it is not wanted."""

    webhook_id: int
    seq: int
    at: datetime
    event: str
    data: str | None


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """Something to send; `seq` is None for what is in no log."""

    webhook_id: int
    event: str
    seq: int | None
    at: datetime
    data: str


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery to be sent now, and how. The secrets are encrypted."""

    id: int
    webhook_id: int
    user_id: int
    channel: str
    url: str
    secret: bytes
    old_secret: bytes | None
    failures: int
    event: str
    seq: int | None
    at: datetime
    data: str | None
    attempts: int
    entitled: bool
    served: bool


@dataclass(frozen=True, slots=True)
class Health:
    """How a webhook does after a failure, and when that was."""

    failing_since: datetime
    failures: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the log of deliveries. `tries` is JSON; `data` is None where it is not shown."""

    id: int
    webhook_id: int
    event: str
    seq: int | None
    at: datetime
    state: str
    attempts: int
    tries: str
    created_at: datetime
    next_at: datetime | None
    ended_at: datetime | None
    channel: str
    data: str | None


async def webhooks_behind(connection: Connection, limit: int, most_waiting: int) -> list[Behind]:
    """Webhooks whose channel has gone on, locked until commit, fewer than so many waiting."""
    rows = await connection.fetch(SQL["behind"], limit, most_waiting)
    return [Behind(*row) for row in rows]


async def read_stretches(connection: Connection, stretches: Sequence[Stretch]) -> list[Seen]:
    """What the log still has of them, in order."""
    arguments = columns(
        [
            (s.webhook_id, s.channel, s.after, s.up_to, " ".join(s.types), s.since)
            for s in stretches
        ],
        6,
    )
    return [Seen(*row) for row in await connection.fetch(SQL["events"], *arguments)]


async def add_deliveries(connection: Connection, new: Sequence[NewDelivery]) -> None:
    """Have them sent; an event that a webhook has already is left out."""
    rows = [(d.webhook_id, d.event, d.seq, d.at, d.data) for d in new]
    await connection.execute(SQL["add"], *columns(rows, 5))


async def advance(connection: Connection, seen: Sequence[tuple[int, int, bool]]) -> None:
    """(webhook_id, seq, anything): looked through up to there; whether anything is to be sent."""
    await connection.execute(SQL["advance"], *columns(seen, 3))


async def webhooks_due(connection: Connection, limit: int) -> list[tuple[int, int]]:
    """(id, failures) of webhooks that have something to send and no job yet."""
    return [(row[0], row[1]) for row in await connection.fetch(SQL["due"], limit)]


async def next_due(connection: Connection, webhook_id: int) -> Due | None:
    row = await connection.fetchrow(SQL["next_due"], webhook_id)
    return None if row is None else Due(*row)


async def drop_delivery(connection: Connection, id: int) -> None:
    await connection.execute(SQL["drop"], id)


async def note_success(connection: Connection, id: int, tried: str) -> None:
    """`tried` is the attempt as JSON. The webhook's row is locked."""
    await connection.execute(SQL["note_success"], id, tried, MOST_TRIES)


async def note_failure(
    connection: Connection, id: int, tried: str, pause: timedelta | None, rest: timedelta
) -> Health | None:
    """Try again after `pause`, if any, and leave the address alone for `rest`.

    The webhook's row is locked. None if the delivery waits no longer.
    """
    row = await connection.fetchrow(SQL["note_failure"], id, tried, MOST_TRIES, pause, rest)
    return None if row is None else Health(*row)


async def settle_due(connection: Connection, webhook_id: int) -> None:
    """Note when the webhook has something to send next. Its row is locked."""
    await connection.execute(SQL["settle"], webhook_id)


async def add_test(connection: Connection, webhook_id: int, data: str) -> int:
    delivery_id: int = await connection.fetchval(SQL["add_test"], webhook_id, data)
    return delivery_id


async def redeliver(connection: Connection, webhook_id: int, id: int) -> bool:
    """Begin again with one that has ended; False if it waits, or has no data any more."""
    return await connection.fetchval(SQL["redeliver"], webhook_id, id) is not None


async def list_deliveries(
    connection: Connection,
    user_id: int,
    webhook_id: int,
    state: str | None,
    before_id: int | None,
    limit: int,
) -> list[Delivery]:
    """The latest first, without data."""
    rows = await connection.fetch(SQL["list"], user_id, webhook_id, state, before_id, limit)
    return [Delivery(*row) for row in rows]


async def read_delivery(
    connection: Connection, user_id: int, webhook_id: int, id: int
) -> Delivery | None:
    row = await connection.fetchrow(SQL["read"], user_id, webhook_id, id)
    return None if row is None else Delivery(*row)


async def forget_deliveries(
    pool: Pool, data_before: datetime, all_before: datetime, kept: int
) -> None:
    """Let go of data, then of whole rows, and of all but the latest `kept` of each webhook."""
    async with acquired(pool, patience_s=LONG_PATIENCE_S) as connection:
        await connection.execute(SQL["forget_data"], data_before)
        await connection.execute(SQL["forget_old"], all_before)
        await connection.execute(SQL["forget_many"], kept)
