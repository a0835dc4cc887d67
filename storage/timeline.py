"""What happened to somebody, for them to look back on."""

from storage.database import Connection
from storage.queries import load

SQL = load("timeline")


async def add_item(
    connection: Connection, user_id: int, event_type: str, data: str, project_id: int | None
) -> None:
    """Add an item in the fact's own transaction; `data` is its JSON object, already encoded."""
    await connection.execute(SQL["add"], user_id, event_type, data, project_id)
