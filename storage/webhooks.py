"""Addresses that users have events sent to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database import Connection
from storage.queries import load

SQL = load("webhooks")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook without its secrets. `failing_since` and `failures` tell of failures since the
    last success; `disabled_reason` is why the server switched it off."""

    id: int
    user_id: int
    project_id: int | None
    channel: str
    url: str
    events: list[str]
    active: bool
    created_at: datetime
    failing_since: datetime | None
    failures: int
    old_secret_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None


async def insert_webhook(
    connection: Connection,
    user_id: int,
    project_id: int | None,
    url: str,
    events: Sequence[str],
    secret: bytes,
) -> int:
    """A new one, for what happens from now on; its id. `secret` is encrypted."""
    webhook_id: int = await connection.fetchval(
        SQL["insert"], user_id, project_id, url, list(events), secret
    )
    return webhook_id


async def count_webhooks(connection: Connection, user_id: int) -> int:
    count: int = await connection.fetchval(SQL["count"], user_id)
    return count


async def list_webhooks(
    connection: Connection, user_id: int, after_id: int, limit: int
) -> list[Webhook]:
    """The user's own, with an id above `after_id`, the oldest first."""
    rows = await connection.fetch(SQL["list"], user_id, after_id, limit)
    return [Webhook(*row) for row in rows]


async def read_webhook(connection: Connection, user_id: int, id: int) -> Webhook | None:
    row = await connection.fetchrow(SQL["read"], user_id, id)
    return None if row is None else Webhook(*row)


async def lock_webhook(connection: Connection, user_id: int, id: int) -> Webhook | None:
    """The user's webhook, locked until commit; None if there is none. After the users' locks."""
    await connection.execute(SQL["lock"], user_id, id)
    return await read_webhook(connection, user_id, id)


async def lock_any(connection: Connection, id: int) -> None:
    """Lock a webhook until commit, whosoever it is; for jobs."""
    await connection.execute(SQL["lock_any"], id)


async def owner_of(connection: Connection, id: int) -> int | None:
    user_id: int | None = await connection.fetchval(SQL["owner"], id)
    return user_id


async def remove_webhook(connection: Connection, user_id: int, id: int) -> bool:
    return await connection.fetchval(SQL["remove"], user_id, id) is not None


async def edit_webhook(
    connection: Connection, user_id: int, id: int, url: str | None, events: Sequence[str] | None
) -> None:
    """None leaves a field as it is."""
    await connection.execute(SQL["edit"], user_id, id, url, None if events is None else [*events])


async def switch_on(connection: Connection, user_id: int, id: int) -> None:
    """Let one that is off begin anew, with what happens from now on."""
    await connection.execute(SQL["switch_on"], user_id, id)


async def switch_off(connection: Connection, id: int, reason: str | None = None) -> bool:
    """Send nothing more, and nothing of what waits; whether it was on. Its row is locked."""
    was_on = await connection.fetchrow(SQL["switch_off"], id, reason) is not None
    await connection.execute(SQL["drop_waiting"], id)
    return was_on


async def set_secret(
    connection: Connection, user_id: int, id: int, secret: bytes, overlap: timedelta
) -> datetime:
    """Replace the secret; answers until when the one before holds as well."""
    until: datetime = await connection.fetchval(SQL["set_secret"], user_id, id, secret, overlap)
    return until


async def ask_now(connection: Connection, id: int) -> None:
    """Let something be due at once, however long the address was to rest."""
    await connection.execute(SQL["ask_now"], id)
