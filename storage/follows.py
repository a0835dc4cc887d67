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


async def followed_by(connection: Connection, follower_id: int) -> list[int]:
    """Whom somebody follows."""
    return [row[0] for row in await connection.fetch(SQL["followed"], follower_id)]


async def followers_after(
    connection: Connection, user_id: int, after_id: int, limit: int
) -> list[int]:
    """Some of those who follow a user, by id from `after_id` on."""
    rows = await connection.fetch(SQL["followers"], user_id, after_id, limit)
    return [row["follower_id"] for row in rows]
