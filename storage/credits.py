"""What rooms credit to those who were there: the logs it is derived from, and its entries [C2]."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from rooms.access import ProjectAccess
from rooms.entry import Entry
from rooms.rules.credit import Span, Stay
from storage.database import Connection
from storage.entries import entry_of
from storage.queries import columns, load

SQL = load("credits")


class Position(NamedTuple):
    """Where a look through the stretches goes on: after this one."""

    to_at: datetime
    room_id: int
    from_at: datetime


@dataclass(frozen=True, slots=True)
class WorkStretch:
    """A time in which a work phase ran without a pause, and that is not credited."""

    room_id: int
    from_at: datetime
    to_at: datetime
    round: int
    cycle: int
    phase_started_at: datetime

    @property
    def span(self) -> Span:
        return Span(self.from_at, self.to_at)

    @property
    def phase(self) -> tuple[int, datetime]:
        """What credit is unique in, with user and beginning."""
        return self.room_id, self.phase_started_at

    @property
    def position(self) -> Position:
        return Position(self.to_at, self.room_id, self.from_at)


@dataclass(frozen=True, slots=True)
class Owner:
    """A user who gets entries, and whose row is held; their days are those of the entries."""

    id: int
    timezone: str
    day_starts_at: int


@dataclass(frozen=True, slots=True)
class Particulars:
    """What an entry for somebody in a room is made of; `project` is the room's, if it has one."""

    room_name: str
    intention: str
    project: ProjectAccess | None


@dataclass(frozen=True, slots=True)
class Credit:
    """An entry to be: what of a stretch is whose, and what it is called."""

    stretch: WorkStretch
    owner: Owner
    span: Span
    project_id: int | None
    description: str


async def lock_stretches(connection: Connection, after: Position, limit: int) -> list[WorkStretch]:
    """Lock some stretches that are not credited, in order, after a position."""
    rows = await connection.fetch(SQL["lock_stretches"], *after, limit)
    return [WorkStretch(*row) for row in rows]


async def read_stays(
    connection: Connection, stretches: Sequence[WorkStretch], rejoin: timedelta
) -> tuple[list[dict[int, list[Stay]]], datetime]:
    """For each stretch the stays that may count for it, by user; and until when a crash must have
    ended one whose user cannot come back and have been there all along."""
    found: list[dict[int, list[Stay]]] = [{} for _ in stretches]
    lost_before = stretches[0].from_at
    for row in await connection.fetch(
        SQL["stays"],
        [s.room_id for s in stretches],
        [s.from_at for s in stretches],
        [s.to_at for s in stretches],
        rejoin,
    ):
        stay = Stay(row["from_at"], row["to_at"], row["crashed"], row["beat_at"])
        found[row["place"] - 1].setdefault(row["user_id"], []).append(stay)
        lost_before = row["lost_before"]
    return found, lost_before


async def read_credited(
    connection: Connection, stretches: Sequence[WorkStretch]
) -> dict[tuple[int, datetime, int], list[Span]]:
    """What was credited before for (room, phase start, user)."""
    rows = await connection.fetch(
        SQL["credited"], [s.room_id for s in stretches], [s.phase_started_at for s in stretches]
    )
    found: dict[tuple[int, datetime, int], list[Span]] = {}
    for row in rows:
        key = row["room_id"], row["phase_started_at"], row["user_id"]
        found.setdefault(key, []).append(Span(row["from_at"], row["to_at"]))
    return found


async def lock_owners(
    connection: Connection, user_ids: Sequence[int]
) -> tuple[dict[int, Owner], set[int]]:
    """Lock those of these users whom nobody else holds, until commit, without waiting.

    Answers them by id, and the ids of those whom somebody else holds. In neither is who is gone.
    """
    locked = {r["id"]: Owner(*r) for r in await connection.fetch(SQL["lock_owners"], user_ids)}
    missing = [user_id for user_id in user_ids if user_id not in locked]
    if not missing:
        return locked, set()
    return locked, {row["id"] for row in await connection.fetch(SQL["there"], missing)}


async def read_particulars(
    connection: Connection, wanted: Sequence[tuple[int, int, int]]
) -> list[Particulars]:
    """What entries for (room_id, user_id, round) are made of, in their order."""
    return [
        Particulars(
            row["name"],
            row["intention"],
            None
            if row["project_id"] is None
            else ProjectAccess(row["project_id"], row["public"], row["archived"], row["role"]),
        )
        for row in await connection.fetch(SQL["particulars"], *columns(wanted))
    ]


async def write_credits(connection: Connection, credits: Sequence[Credit]) -> list[Entry]:
    """Write those credits that are new, with their entries; answers the entries.

    The owners are locked.
    """
    rows = await connection.fetch(
        SQL["write"],
        [c.stretch.room_id for c in credits],
        [c.stretch.phase_started_at for c in credits],
        [c.owner.id for c in credits],
        [c.span.from_at for c in credits],
        [c.span.to_at for c in credits],
        [c.stretch.round for c in credits],
        [c.project_id for c in credits],
        [c.description for c in credits],
        [c.owner.timezone for c in credits],
        [c.owner.day_starts_at for c in credits],
    )
    return [entry_of(row) for row in rows]


async def settle_stretches(connection: Connection, stretches: Sequence[WorkStretch]) -> None:
    """These are credited: nobody of them is waited for any more."""
    await connection.execute(
        SQL["settle"],
        [s.room_id for s in stretches],
        [s.from_at for s in stretches],
        [s.phase_started_at for s in stretches],
        [s.cycle for s in stretches],
    )
