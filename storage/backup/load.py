"""Putting a dump into a database, in one transaction: all of it is there afterwards, or nothing.

pg_restore writes SQL; we hand it on to psql between a `begin` and a `commit` of our own. Whoever of
the three is killed, the others end, and the server rolls back.
"""

import asyncio
import re
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from storage.backup import programs
from storage.backup.dump import Say
from storage.backup.errors import BackupError
from storage.backup.session import session
from storage.migrations import MIGRATIONS_LOCK
from storage.queries import load

SQL = load("backups")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
# Nobody serves from this database; whoever looks at it with psql should not be waited for in vain.
_LOCKS_WITHIN = "15s"
# A setting that pg_restore 17 writes and servers before it do not know.
_SINCE_17 = b"SET transaction_timeout"
_SAY_EVERY_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Script:
    """What psql is told besides the dump, for a server of this major version."""

    schema: str
    before: str
    after: str
    major: int


class NotEmpty(BackupError):
    """There is something in the database, and nobody said that it may go."""


async def load_dump(
    url: str,
    dump: Path,
    rows: Mapping[str, int],
    *,
    schema: str,
    made_by: int,
    replace: bool,
    here: bool,
    say: Say,
) -> None:
    """Load a dump of `schema` that pg_dump `made_by` has made, and see that `rows` are there.

    Nothing must serve from the database; instances that start meanwhile wait. The log of channels
    has no epoch afterwards, so that the next start makes one. Raises NotEmpty, and BackupError;
    the database is then as it was.
    """
    address = programs.direct(url)
    async with _held(address.dsn, address.search_path) as connection:
        there = await connection.fetchrow(SQL["server"])
        assert there is not None
        # The schema may be yet to be made; then there is no current one.
        into = address.schema or there["schema"] or "public"
        if into != schema:
            raise BackupError(
                f"the backup's tables are in the schema {schema}, and DATABASE_URL leads to {into}:"
                f" restore with ?schema={schema}"
            )
        await _require_nobody(connection)
        if not replace:
            await _require_empty(connection, into)
        oldest = max(there["major"], made_by)
        tools = await asyncio.to_thread(programs.find_programs, oldest, here=here)
        server = programs.Server.of(address.dsn)
        missing = await connection.fetchval(SQL["lacks_schema"], into)
        script = _Script(into, _before(into, make=missing), _after(into, rows), there["major"])
        await _pump(tools, server, dump, script, say)
        say("analysing tables")
        await connection.execute(SQL["analyze"], timeout=3600)


async def forget_epoch(url: str) -> None:
    """Have the next start name the log of channels anew. Raises BackupError while it is served."""
    address = programs.direct(url)
    async with _held(address.dsn, address.search_path) as connection:
        await _require_nobody(connection)
        await connection.execute(SQL["forget_epoch"])


@asynccontextmanager
async def _held(
    dsn: str, search_path: str | None
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection that holds the lock of migrations, for which each start waits."""
    async with session(dsn, search_path) as connection:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", MIGRATIONS_LOCK):
            raise BackupError("somebody migrates or restores this database just now")
        yield connection


async def _require_nobody(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    if count := await connection.fetchval(SQL["visitors"]):
        raise BackupError(
            f"FocusHub is running on this database ({count} connections): stop all its instances"
            " and workers, and wait 20 seconds if they come by a pooler"
        )


async def _require_empty(connection: "asyncpg.Connection[asyncpg.Record]", schema: str) -> None:
    """Empty is, too, what an instance has made that nobody has signed up with."""
    tables = {row["name"] for row in await connection.fetch(SQL["tables"], schema)}
    if not tables or ("users" in tables and not await connection.fetchval(SQL["has_accounts"])):
        return
    raise NotEmpty(
        f"the database has {len(tables)} tables in the schema {schema} already:"
        " --replace puts the backup in their place, and removes them"
    )


async def _pump(
    tools: programs.Programs,
    server: programs.Server,
    dump: Path,
    script: _Script,
    say: Say,
) -> None:
    """Have psql run what stands before, the dump, and what stands after it."""
    restore = await programs.start(
        [
            tools.path("pg_restore"),
            "--no-owner",
            "--no-privileges",
            # Not the schema itself, which need not be ours to make.
            f"--schema={script.schema}",
            "--file=-",
            str(dump),
        ]
    )
    psql = await programs.start(
        [
            tools.path("psql"),
            "--no-psqlrc",
            "--quiet",
            "--output=/dev/null",
            "--set=ON_ERROR_STOP=1",
            f"--dbname={server.address}",
        ],
        server,
        stdin=PIPE,
    )
    try:
        async with asyncio.TaskGroup() as group:
            said = [group.create_task(_read(process)) for process in (restore, psql)]
            await _hand_on(restore, psql, script, say)
            await psql.wait()
    finally:
        await programs.end(restore)
        await programs.end(psql)
    if psql.returncode:
        raise programs.complaint("psql", said[1].result())
    if restore.returncode:
        raise programs.complaint("pg_restore", said[0].result())


async def _read(process: Process) -> bytes:
    assert process.stderr is not None
    return await process.stderr.read()


async def _hand_on(restore: Process, psql: Process, script: _Script, say: Say) -> None:
    """Feed psql; the commit comes only if pg_restore has ended well."""
    assert restore.stdout is not None
    assert psql.stdin is not None
    handed, told = 0, 0
    # psql ends at the first error, which it tells; what is still to come is then of no use.
    with suppress(BrokenPipeError, ConnectionResetError):
        psql.stdin.write(script.before.encode())
        while chunk := await restore.stdout.read(256 * 1024):
            if handed == 0 and script.major < 17:
                chunk = await _without_newer_setting(chunk, restore.stdout)
            psql.stdin.write(chunk)
            await psql.stdin.drain()
            handed += len(chunk)
            if handed - told > _SAY_EVERY_BYTES:
                told = handed
                say(f"loading the database: {handed / 1e6:.0f} MB")
        if await restore.wait() == 0:
            psql.stdin.write(script.after.encode())
            await psql.stdin.drain()
        psql.stdin.close()
        await psql.stdin.wait_closed()


async def _without_newer_setting(chunk: bytes, stream: asyncio.StreamReader) -> bytes:
    """The beginning of the SQL without the setting that this server does not know."""
    while b"search_path" not in chunk and (more := await stream.read(65536)):
        chunk += more
    head, found, rest = chunk.partition(b"search_path")
    kept = [line for line in head.split(b"\n") if not line.startswith(_SINCE_17)]
    return b"\n".join(kept) + found + rest


def _before(schema: str, *, make: bool) -> str:
    quoted = _quoted(schema)
    made = f"create schema {quoted};\n" if make else ""
    return (
        f"begin;\nset local lock_timeout = '{_LOCKS_WITHIN}';\n{made}"
        f"set local search_path = {quoted};\n{SQL['clear_schema']};\n"
    )


def _after(schema: str, rows: Mapping[str, int]) -> str:
    """Compare what is there with what was counted; then the commit."""
    quoted = _quoted(schema)
    checks = "\n".join(
        f"if (select count(*) from {quoted}.{_quoted(name)}) <> {count:d} then"
        f" raise exception 'the table {name} has not the {count:d} rows of the backup'; end if;"
        for name, count in rows.items()
        if _NAME.fullmatch(name)
    )
    return (
        f"\nset search_path = {quoted};\ndo $check$ begin\n{checks}\nend $check$;\n"
        f"{SQL['forget_epoch']};\ncommit;\n"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
