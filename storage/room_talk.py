"""What people in a room mean to do, say, and look back on."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from storage.database import Connection
from storage.queries import load
from storage.room_members import Outcome

SQL = load("room_talk")


@dataclass(frozen=True, slots=True)
class RoomMessage:
    id: int
    user_id: int
    username: str
    text: str
    at: datetime


async def intend(
    connection: Connection, room_id: int, round_number: int, user_id: int, text: str
) -> tuple[str, Outcome | None]:
    """Keep an intention; answers (intention, outcome) of that round."""
    row = await connection.fetchrow(SQL["intend"], room_id, round_number, user_id, text)
    assert row is not None
    return row[0], row[1]


async def report(
    connection: Connection, room_id: int, round_number: int, user_id: int, outcome: str
) -> tuple[str, Outcome | None]:
    """Keep an outcome; answers (intention, outcome) of that round."""
    row = await connection.fetchrow(SQL["report"], room_id, round_number, user_id, outcome)
    assert row is not None
    return row[0], row[1]


async def say(
    connection: Connection, room_id: int, user_id: int, text: str
) -> tuple[int, datetime]:
    """Keep a message; answers (id, at)."""
    row = await connection.fetchrow(SQL["say"], room_id, user_id, text)
    assert row is not None
    return row["id"], row["at"]


async def list_messages(connection: Connection, room_id: int, limit: int) -> list[RoomMessage]:
    return [RoomMessage(*row) for row in await connection.fetch(SQL["messages"], room_id, limit)]


async def read_rounds(
    connection: Connection, room_id: int, before_round: int | None, limit: int
) -> tuple[list[asyncpg.Record], list[asyncpg.Record], list[asyncpg.Record]]:
    """A page of rounds, the newest first, with the phases and the members of all of them."""
    rounds = await connection.fetch(SQL["rounds"], room_id, before_round, limit)
    numbers = [row["round"] for row in rounds]
    phases = await connection.fetch(SQL["round_phases"], room_id, numbers)
    members = await connection.fetch(SQL["round_members"], room_id, numbers)
    return rounds, phases, members
