"""Dumping the database: all tables of our schema, in one snapshot, and how many rows they have."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from storage.backup import programs
from storage.backup.errors import BackupError
from storage.backup.session import session
from storage.database import CONNECTION_LOST
from storage.queries import load

SQL = load("backups")
Say = Callable[[str], None]
# Longer, and somebody alters tables under the dump's feet.
_LOCKS_WITHIN = "30s"
_SAY_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Dumped:
    """What is in a dump: from which server, of which schema and state of migrations, how much."""

    server: str
    major: int
    schema: str
    epoch: str | None
    migrations: list[tuple[int, str, str]]
    rows: dict[str, int]


async def dump_database(url: str, target: Path, say: Say, *, here: bool) -> Dumped:
    """Dump the database at `url` into a new file, in the format of pg_restore.

    `here`: it is the embedded one. Raises BackupError, and what asyncpg raises without a server.
    """
    address = programs.direct(url)
    async with session(address.dsn, address.search_path) as connection:
        try:
            # A server may end whoever is idle in a transaction; this one is, while pg_dump works.
            await connection.execute("set idle_in_transaction_session_timeout = 0")
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await _dump(connection, address.dsn, target, say, here=here)
        except CONNECTION_LOST as error:
            raise BackupError(f"the database went away: {error}") from error


async def _dump(
    connection: "asyncpg.Connection[asyncpg.Record]",
    dsn: str,
    target: Path,
    say: Say,
    *,
    here: bool,
) -> Dumped:
    there = await connection.fetchrow(SQL["server"])
    assert there is not None
    migrations = [tuple(row) for row in await connection.fetch(SQL["migrations"])]
    tools = await asyncio.to_thread(programs.find_programs, there["major"], here=here)
    snapshot = await connection.fetchval(SQL["export_snapshot"])
    await _run_pg_dump(tools, dsn, there["schema"], snapshot, target, say)
    say("counting rows")
    return Dumped(
        server=there["version"],
        major=tools.major,
        schema=there["schema"],
        epoch=await connection.fetchval("select epoch from channel_epoch"),
        migrations=migrations,
        rows=await count_rows(connection, there["schema"]),
    )


async def count_rows(
    connection: "asyncpg.Connection[asyncpg.Record]", schema: str
) -> dict[str, int]:
    """How many rows each table of a schema has, as this transaction sees it."""
    tables = await connection.fetch(SQL["tables"], schema)
    # The names come from the catalogue, written as SQL writes them.
    return {
        row["name"]: await connection.fetchval(f"select count(*) from {row['quoted']}")
        for row in tables
    }


async def _run_pg_dump(
    tools: programs.Programs, dsn: str, schema: str, snapshot: str, target: Path, say: Say
) -> None:
    server = programs.Server.of(dsn)
    # A pattern in quotes stands for itself.
    quoted = '"' + schema.replace('"', '""') + '"'
    process = await programs.start(
        [
            tools.path("pg_dump"),
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--lock-wait-timeout={_LOCKS_WITHIN}",
            f"--snapshot={snapshot}",
            f"--schema={quoted}",
            f"--file={target}",
            f"--dbname={server.address}",
        ],
        server,
    )
    try:
        async with asyncio.TaskGroup() as group:
            progress = group.create_task(_tell_growth(target, say))
            _, said = await process.communicate()
            progress.cancel()
    finally:
        await programs.end(process)
    if process.returncode:
        raise programs.complaint("pg_dump", said)


async def _tell_growth(target: Path, say: Say) -> None:
    while True:
        await asyncio.sleep(_SAY_EVERY_S)
        with suppress(FileNotFoundError):
            say(f"dumping the database: {_size_of(target) / 1e6:.1f} MB, packed")


def _size_of(path: Path) -> int:
    return path.stat().st_size
