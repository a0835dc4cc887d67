"""When the last backup was made: in the database, whose instances tell whoever watches them."""

from datetime import datetime

import asyncpg

from storage.backup import programs
from storage.backup.errors import BackupError
from storage.backup.session import session
from storage.database import CONNECTION_LOST, Pool
from storage.queries import load

SQL = load("backups")


async def note_backup(url: str) -> None:
    """Note that a backup has been made just now. Raises BackupError where that is not possible."""
    address = programs.direct(url)
    try:
        async with session(address.dsn, address.search_path) as connection:
            await connection.execute(SQL["note_backup"])
    except (asyncpg.PostgresError, *CONNECTION_LOST) as error:
        # One that took too long says nothing.
        raise BackupError((str(error) or repr(error)).splitlines()[0]) from error


async def last_backup(pool: Pool) -> datetime | None:
    """When the last backup was made, by the clock of the database; None before the first."""
    made_at: datetime | None = await pool.fetchval(SQL["last_backup"])
    return made_at
