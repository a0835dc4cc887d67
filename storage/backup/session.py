"""A connection of its own to the database that is backed up or restored."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from storage.backup.errors import BackupError


@asynccontextmanager
async def session(
    dsn: str, search_path: str | None
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Connect. Raises BackupError where nobody is let in, or no tables of ours are found."""
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise BackupError(f"DATABASE_URL: {str(error).splitlines()[0]}") from error
    try:
        if search_path:
            await connection.execute("select set_config('search_path', $1, false)", search_path)
        yield connection
    except asyncpg.UndefinedTableError:
        raise BackupError("there is no FocusHub in this database") from None
    finally:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.close(timeout=5)
