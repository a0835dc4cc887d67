"""Forward-only migrations in plain SQL: `migrations/NNNN_name.sql`, each in its own transaction.

A file named `*.notx.sql` runs outside one (for CREATE INDEX CONCURRENTLY). A file never changes
once it has been applied: its checksum is kept and compared.

Servers of the version before go on while a new one migrates, and may even start again afterwards:
migrations that this version does not know are taken for additions. One that is not says so by a
line `-- needs: NNNN`, the newest migration that a server must know to work with it; older ones
refuse to start from then on.
"""

import asyncio
import hashlib
import itertools
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from storage.database import Address, driver_options, parse_address

log = structlog.get_logger(__name__)

FOLDER = Path(__file__).parent / "migrations"
_NEEDS = re.compile(r"^-- needs: (\d+)$", re.MULTILINE)
_SET_PATH = "select set_config('search_path', $1, false)"
# How often one is run that servers at work have got in the way of.
_MOST_ATTEMPTS = 5
MIGRATIONS_LOCK = 0x464F435553485542  # any constant of the product's own


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
    def needs(self) -> int:
        """Servers that know no migration as new as this cannot work after it; 0: all can."""
        match = _NEEDS.search(self.sql)
        return int(match[1]) if match else 0

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
        connection = await asyncpg.connect(address.dsn, timeout=10, **driver_options(address))
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # It is there and does not let us in: another password, no such database.
        raise MigrationError(f"DATABASE_URL: {str(error).splitlines()[0]}") from error
    try:
        if address.search_path:
            await connection.execute(_SET_PATH, address.search_path)
        async with _alone(connection, address):
            return await _migrate(connection, address.schema, migrations or known_migrations())
    finally:
        await connection.close()


@asynccontextmanager
async def _alone(
    connection: "asyncpg.Connection[asyncpg.Record]", address: Address
) -> AsyncIterator[None]:
    """Hold the lock of migrations. Through a pooler a transaction of its own does: what a session
    has locked would stay locked there by whoever gets that session next."""
    if not address.pooled:
        await _lock(connection, "select pg_try_advisory_lock($1)")
        try:
            yield
        finally:
            await connection.execute("select pg_advisory_unlock($1)", MIGRATIONS_LOCK)
        return
    guard = await asyncpg.connect(address.dsn, timeout=10, **driver_options(address))
    try:
        async with guard.transaction():
            await guard.execute("set local idle_in_transaction_session_timeout = 0")
            await _lock(guard, "select pg_try_advisory_xact_lock($1)")
            yield
    finally:
        await guard.close()


async def _lock(connection: "asyncpg.Connection[asyncpg.Record]", statement: str) -> None:
    # Polled, because a waiting pg_advisory_lock() deadlocks with CREATE INDEX CONCURRENTLY,
    # which waits for the snapshots of all waiters.
    while not await connection.fetchval(statement, MIGRATIONS_LOCK):
        await asyncio.sleep(0.05)


async def _migrate(
    connection: "asyncpg.Connection[asyncpg.Record]",
    schema: str | None,
    migrations: list[Migration],
) -> list[str]:
    if schema:
        await _make_schema(connection, schema)
    pending = await _pending(connection, migrations)
    for migration in pending:
        await _apply(connection, migration)
    return [migration.name for migration in pending]


async def _make_schema(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
    if await connection.fetchval("select to_regnamespace(quote_ident($1))", name) is None:
        quoted = await connection.fetchval("select quote_ident($1)", name)
        await connection.execute(f"create schema if not exists {quoted}")


async def _pending(
    connection: "asyncpg.Connection[asyncpg.Record]", migrations: list[Migration]
) -> list[Migration]:
    await _make_table(connection)
    rows = await connection.fetch("select version, name, checksum, needs from schema_migrations")
    _accept_unknown(rows, migrations)
    applied = {row["version"]: row for row in rows}
    for migration in migrations:
        row = applied.get(migration.version)
        if row is not None and row["checksum"] != migration.checksum:
            raise MigrationError(f"{migration.name} was changed after it had been applied")
    return [m for m in migrations if m.version not in applied]


async def _make_table(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.execute(
        "create table if not exists schema_migrations ("
        " version integer primary key, name text not null, checksum text not null,"
        " applied_at timestamptz not null default now(), took_ms integer not null)"
    )
    # It came later than the table. Asked for first, since adding it takes a lock even if it exists.
    has_needs = await connection.fetchval(
        "select exists (select from pg_attribute where attrelid = to_regclass('schema_migrations')"
        " and attname = 'needs')"
    )
    if not has_needs:
        await connection.execute(
            "alter table schema_migrations add column needs integer not null default 0"
        )


def _accept_unknown(rows: list[asyncpg.Record], migrations: list[Migration]) -> None:
    """Work with what a newer version has added. Raises MigrationError if it did more than that."""
    known = {migration.version for migration in migrations}
    newest = max(known, default=0)
    unknown = sorted((row["version"], row["name"], row["needs"]) for row in rows
                     if row["version"] not in known)  # fmt: skip
    for _, name, needs in unknown:
        if needs > newest:
            raise MigrationError(
                f"the database has {name} of a newer version, with which only servers work that"
                f" know migration {needs:04}, and this one knows those up to {newest:04}:"
                " start the newer version"
            )
    if unknown:
        names = [name for _, name, _ in unknown]
        log.warning("the database has been added to by a newer version", migrations=names)


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    started = time.perf_counter()

    async def run() -> None:
        await connection.execute(migration.sql, timeout=3600)
        await connection.execute(
            "insert into schema_migrations (version, name, checksum, took_ms, needs)"
            " values ($1, $2, $3, $4, $5)",
            migration.version,
            migration.name,
            migration.checksum,
            int((time.perf_counter() - started) * 1000),
            migration.needs,
        )

    try:
        if not migration.in_transaction:
            await run()
        else:
            await _in_transaction(connection, migration, run)
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name}: {error}") from error


async def _in_transaction(
    connection: "asyncpg.Connection[asyncpg.Record]",
    migration: Migration,
    run: Callable[[], Awaitable[None]],
) -> None:
    """All of it or nothing, while others serve: again when it got in the way of one of them."""
    for attempt in itertools.count(1):
        try:
            async with connection.transaction():
                # Rather fail and be run again than queue everybody behind a waiting DDL lock.
                await connection.execute("set local lock_timeout = '5s'")
                await run()
            return
        except (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError) as error:
            if attempt == _MOST_ATTEMPTS:
                raise
            log.warning("a migration is tried again", migration=migration.name, error=str(error))
            await asyncio.sleep(random.uniform(0.2, 1.0) * attempt)
