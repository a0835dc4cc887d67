"""Who follows whom."""

from dataclasses import dataclass

from storage.database import Connection
from storage.queries import load

SQL = load("follows")


@dataclass(frozen=True, slots=True)
class Following:
    """What is between somebody and another user, and how many follow that one and are followed."""

    following: bool
    follows_you: bool
    followers: int
    follows: int


async def read_following(
    connection: Connection, follower_id: int, user_id: int
) -> Following | None:
    """None if there is no such account."""
    row = await connection.fetchrow(SQL["read"], follower_id, user_id)
    return None if row is None else Following(*row)


async def follow(connection: Connection, follower_id: int, user_id: int) -> None:
    await connection.execute(SQL["follow"], follower_id, user_id)


async def unfollow(connection: Connection, follower_id: int, user_id: int) -> None:
    await connection.execute(SQL["unfollow"], follower_id, user_id)


async def count_followed(connection: Connection, follower_id: int) -> int:
    count: int = await connection.fetchval(SQL["count"], follower_id)
    return count
