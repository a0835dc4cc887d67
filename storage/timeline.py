"""What happened to people, to look back on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection
from storage.queries import load

SQL = load("timeline")


@dataclass(frozen=True, slots=True)
class Item:
    """`data` is its JSON object, already encoded. Of a timer, the entry as it is now."""

    user_id: int
    username: str
    id: int
    event_type: str
    data: str
    at: datetime
    entry_id: int | None = None
    project_id: int | None = None
    project_name: str | None = None
    description: str | None = None


async def add_item(
    connection: Connection, user_id: int, event_type: str, data: str, project_id: int | None
) -> Item:
    """Add an item in the fact's own transaction; `data` is its JSON object, already encoded."""
    row = await connection.fetchrow(SQL["add"], user_id, event_type, data, project_id)
    assert row is not None
    return Item(*row)


async def read_items(
    connection: Connection,
    reader_id: int,
    user_ids: Sequence[int],
    before: tuple[datetime, int] | None,
    limit: int,
    *,
    as_admin: bool,
) -> list[Item]:
    """What happened to these users and the reader may see, the latest first [V2]."""
    before_at, before_id = before or (None, None)
    rows = await connection.fetch(
        SQL["page"], reader_id, as_admin, list(user_ids), before_at, before_id, limit
    )
    return [Item(*row) for row in rows]
