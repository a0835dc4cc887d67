"""Links that were sent by mail: to set a new password, to confirm an address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

import asyncpg

from storage.database import Connection, Pool
from storage.queries import load

SQL = load("mail_links")
Kind = Literal["reset", "verify", "change"]
ALL: tuple[Kind, ...] = ("reset", "verify", "change")


@dataclass(frozen=True, slots=True)
class MailLink:
    """`email` is where it was sent to."""

    id: UUID
    user_id: int
    kind: Kind
    email: str


def _link_of(row: asyncpg.Record | None) -> MailLink | None:
    return None if row is None else MailLink(*row)


async def count_recent(
    connection: Connection, user_id: int, kind: Kind, id: UUID
) -> tuple[int, int]:
    """How many others of this kind somebody was sent in the last minute, and the last hour."""
    row = await connection.fetchrow(SQL["recent"], user_id, kind, id)
    assert row is not None
    return row["in_minute"], row["in_hour"]


async def put_link(
    connection: Connection, link: MailLink, token_hash: bytes, lifetime: timedelta
) -> None:
    """A place for a link; one of the same id stays as it is."""
    await connection.execute(
        SQL["put"], link.id, link.user_id, link.kind, link.email, token_hash, lifetime
    )


async def arm_link(
    connection: Connection, id: UUID, token_hash: bytes, lifetime: timedelta
) -> MailLink | None:
    """Let the link be opened by a secret, and by no former one; None if it is gone."""
    return _link_of(await connection.fetchrow(SQL["arm"], id, token_hash, lifetime))


async def read_link(
    connection: Connection, token_hash: bytes, kinds: Sequence[Kind]
) -> MailLink | None:
    """A link that holds."""
    return _link_of(await connection.fetchrow(SQL["read"], token_hash, list(kinds)))


async def use_link(connection: Connection, token_hash: bytes) -> MailLink | None:
    """Take a link that holds, once. Its user is locked."""
    return _link_of(await connection.fetchrow(SQL["use"], token_hash))


async def forget_links(connection: Connection, user_id: int, kinds: Sequence[Kind] = ALL) -> None:
    """No link of these kinds that somebody was sent holds any more."""
    await connection.execute(SQL["forget_of_user"], user_id, list(kinds))


async def forget_old_links(pool: Pool, limit: int = 1000) -> int:
    done: str = await pool.execute(SQL["forget_old"], limit)
    return int(done.split()[-1])
