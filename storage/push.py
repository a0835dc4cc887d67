"""Where browsers are pushed to, and the keys of this installation."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database import Connection
from storage.queries import load

SQL = load("push")
# More browsers than anybody uses; the oldest ones go.
MOST = 20


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser: `p256dh` and `auth` are its keys, in base64url."""

    id: int
    endpoint: str
    p256dh: str
    auth: str


async def read_key(connection: Connection, name: str) -> str | None:
    value: str | None = await connection.fetchval(SQL["key"], name)
    return value


async def keep_key(connection: Connection, name: str, value: str) -> str:
    """Keep a key unless there is one; answers the one that is there."""
    await connection.execute(SQL["put_key"], name, value)
    kept = await read_key(connection, name)
    assert kept is not None
    return kept


async def subscribe(
    connection: Connection, user_id: int, endpoint: str, p256dh: str, auth: str, login_id: int
) -> int:
    """Keep where to push to while the login lives; answers its id."""
    subscription_id: int = await connection.fetchval(
        SQL["subscribe"], user_id, endpoint, p256dh, auth, login_id
    )
    await connection.execute(SQL["forget_oldest"], user_id, MOST)
    return subscription_id


async def unsubscribe(connection: Connection, user_id: int, endpoint: str) -> bool:
    return await connection.fetchval(SQL["unsubscribe"], user_id, endpoint) is not None


async def remove_of_logins(connection: Connection, user_id: int, login_ids: Sequence[int]) -> None:
    await connection.execute(SQL["remove_of_logins"], user_id, list(login_ids))


async def remove(connection: Connection, user_id: int, id: int) -> bool:
    return await connection.fetchval(SQL["remove"], user_id, id) is not None


async def read_subscription(connection: Connection, user_id: int, id: int) -> Subscription | None:
    row = await connection.fetchrow(SQL["subscription"], user_id, id)
    return None if row is None else Subscription(*row)


async def note_failure(connection: Connection, user_id: int, id: int) -> None:
    await connection.execute(SQL["note_failure"], user_id, id)
