"""Focus rooms: their rows, members, rounds and what is said in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import asyncpg

from rooms.room import Decision, Idle, Paused, Room, RoomSettings, Running, Timer
from storage.database import Connection
from storage.queries import columns, load

SQL = load("rooms")
# An instance that has not been heard of for so long may be dead; alive, it beats every second.
STALE = timedelta(seconds=5)

Visibility = Literal["public", "link", "project"]


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room as it is stored; `now` is the database's instant at the reading."""

    id: int
    slug: str
    name: str
    owner_id: int
    host_id: int
    project_id: int | None
    visibility: Visibility
    member_count: int
    created_at: datetime
    closed: bool
    room: Room
    now: datetime


@dataclass(frozen=True, slots=True)
class RoomRight:
    """What somebody is to a room; `role` is None for who is no member."""

    room_id: int
    slug: str
    visibility: Visibility
    owns: bool
    hosts: bool
    closed: bool
    role: Literal["cohost", "member"] | None
    in_project: bool
    banned: bool

    @property
    def member(self) -> bool:
        return self.role is not None

    @property
    def may_read(self) -> bool:
        """Whether the room's channel is open to them [R7]."""
        return not self.banned and (self.owns or self.member or self.visibility == "public")

    @property
    def may_join(self) -> bool:
        return not self.banned and (
            self.owns or self.member or self.visibility != "project" or self.in_project
        )

    @property
    def controls(self) -> bool:
        return self.hosts or self.role == "cohost"


@dataclass(frozen=True, slots=True)
class NewRoom:
    slug: str
    name: str
    owner_id: int
    project_id: int | None
    visibility: Visibility
    settings: RoomSettings


async def insert_room(connection: Connection, room: NewRoom) -> int:
    """Make a room that its owner hosts; nobody is in it yet. Answers its id."""
    room_id: int = await connection.fetchval(
        SQL["insert"],
        room.slug,
        room.name,
        room.owner_id,
        room.project_id,
        room.visibility,
        *_settings_columns(room.settings),
    )
    return room_id


async def find_room(
    connection: Connection, slug: str, idle_limit: timedelta
) -> tuple[int, bool, bool] | None:
    """(id, whether it is closed, whether something is due in it) of the room with this slug."""
    row = await connection.fetchrow(SQL["find"], slug, idle_limit)
    return None if row is None else (row["id"], row["closed"], row["due"])


async def lock_room(connection: Connection, room_id: int) -> None:
    """Lock the room until commit: one writer at a time [R3]."""
    await connection.execute(SQL["lock"], room_id)


async def lock_due(connection: Connection, idle_limit: timedelta, limit: int) -> list[int]:
    """Lock some rooms in which something is due, if it is known who was there."""
    rows = await connection.fetch(SQL["lock_due"], idle_limit, STALE, limit)
    return [row["id"] for row in rows]


async def read_rooms(connection: Connection, room_ids: Sequence[int]) -> list[RoomRow]:
    """These rooms, closed ones too, by id."""
    return [_room_of(row) for row in await connection.fetch(SQL["read"], list(room_ids))]


async def read_room(connection: Connection, room_id: int) -> RoomRow | None:
    rooms = await read_rooms(connection, [room_id])
    return rooms[0] if rooms else None


async def read_presence_log(
    connection: Connection, rows: Sequence[RoomRow], crash_grace: timedelta
) -> dict[int, Callable[[datetime], bool]]:
    """For each room, whether anybody was in it at an instant since its phase's deadline.

    Who was gone by a crash counts as there for `crash_grace` after it [R4].
    """
    ends = [row.room.timer.ends_at for row in rows if isinstance(row.room.timer, Running)]
    spans: dict[int, list[tuple[datetime, datetime | None]]] = {row.id: [] for row in rows}
    if ends:
        since = min(ends) - crash_grace
        for row in await connection.fetch(SQL["presence_since"], list(spans), since, STALE):
            to_at = row["to_at"]
            if to_at is not None and row["crashed"]:
                to_at += crash_grace
            spans[row["room_id"]].append((row["from_at"], to_at))

    def anybody_in(room_id: int) -> Callable[[datetime], bool]:
        mine = spans[room_id]
        return lambda at: any(a <= at and (b is None or at <= b) for a, b in mine)

    return {row.id: anybody_in(row.id) for row in rows}


async def write_decisions(
    connection: Connection, decisions: Sequence[tuple[int, Decision]]
) -> None:
    """Write what was decided of these rooms, which are locked: timers, rounds and stretches."""
    rows = [(room_id, *_timer_columns(d.room)) for room_id, d in decisions]
    await connection.execute(SQL["write_timers"], *columns(rows))
    stretches = [
        (room_id, s.from_at, s.to_at, s.round, s.phase, s.cycle, s.phase_started_at)
        for room_id, d in decisions
        for s in d.stretches
    ]
    if stretches:
        await connection.execute(SQL["add_stretches"], *columns(stretches))
    began = [(room_id, *round_at) for room_id, d in decisions for round_at in d.began]
    if began:
        await connection.execute(SQL["begin_rounds"], *columns(began))
    ended = [(room_id, *round_at) for room_id, d in decisions for round_at in d.ended]
    if ended:
        await connection.execute(SQL["end_rounds"], *columns(ended))


async def write_settings(connection: Connection, room_id: int, settings: RoomSettings) -> None:
    await connection.execute(SQL["write_settings"], room_id, *_settings_columns(settings))


async def write_particulars(connection: Connection, row: RoomRow) -> None:
    """Write the room's name, visibility and project."""
    await connection.execute(
        SQL["write_particulars"], row.id, row.name, row.visibility, row.project_id
    )


async def write_host(connection: Connection, room_id: int, host_id: int) -> None:
    await connection.execute(SQL["write_host"], room_id, host_id)


async def close_room(connection: Connection, room_id: int) -> None:
    """Close the room for good."""
    await connection.execute(SQL["close"], room_id)


async def read_right(connection: Connection, room_id: int, user_id: int) -> RoomRight | None:
    """What somebody is to a room; None where there is no such room."""
    row = await connection.fetchrow(SQL["right"], room_id, user_id)
    return None if row is None else RoomRight(*row)


async def list_rooms(
    connection: Connection,
    user_id: int,
    *,
    mine: bool,
    project_id: int | None,
    before_id: int | None,
    limit: int,
) -> list[RoomRow]:
    """Rooms that somebody may find, the newest first."""
    found = await connection.fetch(SQL["list"], user_id, mine, project_id, before_id, limit)
    rows = await read_rooms(connection, [row["id"] for row in found])
    return sorted(rows, key=lambda row: -row.id)


async def lock_rooms_of_project(connection: Connection, project_id: int) -> list[int]:
    rows = await connection.fetch(SQL["rooms_of_project"], project_id)
    return [row["id"] for row in rows]


async def lock_project_rooms_of(connection: Connection, project_id: int, user_id: int) -> list[int]:
    """Lock the rooms for members of a project only, in which this member is."""
    rows = await connection.fetch(SQL["project_rooms_of_member"], project_id, user_id)
    return [row["id"] for row in rows]


def _room_of(row: asyncpg.Record) -> RoomRow:
    settings = RoomSettings(
        work_s=row["work_s"],
        short_break_s=row["short_break_s"],
        long_break_s=row["long_break_s"],
        cycles=row["cycles"],
        auto_start_breaks=row["auto_start_breaks"],
        auto_start_work=row["auto_start_work"],
        capacity=row["capacity"],
        chat=row["chat"],
    )
    return RoomRow(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        owner_id=row["owner_id"],
        host_id=row["host_id"],
        project_id=row["project_id"],
        visibility=row["visibility"],
        member_count=row["member_count"],
        created_at=row["created_at"],
        closed=row["closed_at"] is not None,
        room=Room(settings, _timer_of(row), row["round"], row["version"]),
        now=row["now"],
    )


def _timer_of(row: asyncpg.Record) -> Timer:
    match row["state"]:
        case "running":
            return Running(
                row["phase"],
                row["cycle"],
                row["phase_started_at"],
                row["running_since"],
                row["spent"],
                row["ends_at"],
            )
        case "paused":
            return Paused(
                row["phase"], row["cycle"], row["phase_started_at"], row["spent"], row["remaining"]
            )
        case _:
            return Idle(row["idle_since"], row["phase"], row["cycle"])


def _timer_columns(room: Room) -> tuple[Any, ...]:
    timer = room.timer
    match timer:
        case Running():
            state: tuple[Any, ...] = (
                "running", timer.phase, timer.cycle, timer.started_at, timer.since, timer.spent,
                timer.ends_at, None, None,
            )  # fmt: skip
        case Paused():
            state = (
                "paused", timer.phase, timer.cycle, timer.started_at, None, timer.spent, None,
                timer.remaining, None,
            )  # fmt: skip
        case Idle():
            state = (
                "idle", timer.phase, timer.cycle, None, None, timedelta(0), None, None, timer.since,
            )  # fmt: skip
    return *state, room.round, room.version


def _settings_columns(settings: RoomSettings) -> tuple[Any, ...]:
    return (
        settings.work_s,
        settings.short_break_s,
        settings.long_break_s,
        settings.cycles,
        settings.auto_start_breaks,
        settings.auto_start_work,
        settings.capacity,
        settings.chat,
    )
