"""Who belongs to a room: its members, their roles, and who was sent out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Connection
from storage.queries import load

SQL = load("room_members")
Outcome = Literal["done", "partly", "not"]


@dataclass(frozen=True, slots=True)
class RoomMember:
    """`intention` and `outcome` are those of the round that was asked for."""

    user_id: int
    username: str
    role: Literal["cohost", "member"]
    joined_at: datetime
    intention: str | None
    outcome: Outcome | None
    avatar_url: str | None


async def add_member(connection: Connection, room_id: int, user_id: int) -> int | None:
    """Make somebody a member of the locked room; answers how many there are now.

    None if they were one already.
    """
    count: int | None = await connection.fetchval(SQL["add_member"], room_id, user_id)
    return count


async def remove_member(connection: Connection, room_id: int, user_id: int) -> bool:
    """Whether they were a member of the locked room, and now are none."""
    return await connection.fetchval(SQL["remove_member"], room_id, user_id) is not None


async def set_role(connection: Connection, room_id: int, user_id: int, role: str) -> None:
    await connection.execute(SQL["set_role"], room_id, user_id, role)


async def list_members(
    connection: Connection, room_id: int, round_number: int, limit: int
) -> list[RoomMember]:
    """The first members with what they mean to do in that round."""
    rows = await connection.fetch(SQL["members"], room_id, round_number, limit)
    return [RoomMember(*row) for row in rows]


async def read_member(
    connection: Connection, room_id: int, user_id: int, round_number: int
) -> RoomMember | None:
    row = await connection.fetchrow(SQL["member"], room_id, user_id, round_number)
    return None if row is None else RoomMember(*row)


async def ban(connection: Connection, room_id: int, user_id: int, until_round: int) -> None:
    """Refuse somebody until that round has ended."""
    await connection.execute(SQL["ban"], room_id, user_id, until_round)


async def remove_members(connection: Connection, room_id: int) -> list[int]:
    """Nobody is a member of the locked room any more; answers who was."""
    return [row["user_id"] for row in await connection.fetch(SQL["remove_members"], room_id)]
