"""Forward-only migrations in plain SQL: `migrations/NNNN_name.sql`, each in its own transaction.

A file named `*.notx.sql` runs outside one (for CREATE INDEX CONCURRENTLY). A file never changes
once it has been applied: its checksum is kept and compared.
"""

import asyncio
import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from storage.database import parse_address

FOLDER = Path(__file__).parent / "migrations"
_SET_PATH = "select set_config('search_path', $1, false)"
_LOCK = 0x464F435553485542  # any constant of the product's own


class MigrationError(Exception):
    """The database cannot be brought to this version; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def in_transaction(self) -> bool:
        return not self.name.endswith(".notx.sql")


def known_migrations(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of a folder, by version. Raises MigrationError for a version used twice."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("[0-9]*.sql")):
        match = re.match(r"\d+", path.name)
        assert match is not None
        version = int(match[0])
        if version in found:
            raise MigrationError(f"{path.name} and {found[version].name} have the same number")
        found[version] = Migration(version, path.name, path.read_text(encoding="utf-8"))
    return list(found.values())


async def migrate(url: str, migrations: list[Migration] | None = None) -> list[str]:
    """Bring the database at `url` to the newest version; answers the names applied now.

    Safe to run from many instances at once: one applies, the others wait and find it done.
    Raises MigrationError.
    """
    address = parse_address(url)
    try:
        connection = await asyncpg.connect(address.dsn, timeout=10)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # It is there and does not let us in: another password, no such database.
        raise MigrationError(f"DATABASE_URL: {str(error).splitlines()[0]}") from error
    try:
        if address.search_path:
            await connection.execute(_SET_PATH, address.search_path)
        return await _migrate(connection, address.schema, migrations or known_migrations())
    finally:
        await connection.close()


async def _migrate(
    connection: "asyncpg.Connection[asyncpg.Record]",
    schema: str | None,
    migrations: list[Migration],
) -> list[str]:
    # Polled, because a waiting pg_advisory_lock() deadlocks with CREATE INDEX CONCURRENTLY,
    # which waits for the snapshots of all waiters.
    while not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):
        await asyncio.sleep(0.05)
    try:
        if schema:
            await _make_schema(connection, schema)
        pending = await _pending(connection, migrations)
        for migration in pending:
            await _apply(connection, migration)
        return [migration.name for migration in pending]
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


async def _make_schema(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
    if await connection.fetchval("select to_regnamespace(quote_ident($1))", name) is None:
        quoted = await connection.fetchval("select quote_ident($1)", name)
        await connection.execute(f"create schema if not exists {quoted}")


async def _pending(
    connection: "asyncpg.Connection[asyncpg.Record]", migrations: list[Migration]
) -> list[Migration]:
    await connection.execute(
        "create table if not exists schema_migrations ("
        " version integer primary key, name text not null, checksum text not null,"
        " applied_at timestamptz not null default now(), took_ms integer not null)"
    )
    rows = await connection.fetch("select version, name, checksum from schema_migrations")
    applied = {row["version"]: row for row in rows}
    for migration in migrations:
        row = applied.get(migration.version)
        if row is not None and row["checksum"] != migration.checksum:
            raise MigrationError(f"{migration.name} was changed after it had been applied")
    return [m for m in migrations if m.version not in applied]


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    started = time.perf_counter()

    async def run() -> None:
        await connection.execute(migration.sql, timeout=3600)
        await connection.execute(
            "insert into schema_migrations (version, name, checksum, took_ms)"
            " values ($1, $2, $3, $4)",
            migration.version,
            migration.name,
            migration.checksum,
            int((time.perf_counter() - started) * 1000),
        )

    try:
        if not migration.in_transaction:
            await run()
        else:
            async with connection.transaction():
                # Rather fail and be run again than queue everybody behind a waiting DDL lock.
                await connection.execute("set local lock_timeout = '5s'")
                await run()
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name}: {error}") from error
