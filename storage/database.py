"""The pool of connections to Postgres, and the addresses that it takes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from rooms.errors import Unavailable

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.pool.PoolConnectionProxy
    Pool = asyncpg.Pool

# What a lost or refused connection looks like, from whatever layer notices it first.
CONNECTION_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# The database's word for "start this transaction over".
RUN_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)

_PASSED_ON = {
    "host", "port", "user", "password", "passfile", "dbname", "database", "sslmode", "sslcert",
    "sslkey", "sslrootcert", "sslcrl", "sslpassword", "ssl_min_protocol_version",
    "ssl_max_protocol_version", "sslnegotiation", "target_session_attrs", "application_name",
}  # fmt: skip


class BadDatabaseUrl(ValueError):
    """DATABASE_URL names a parameter that nothing here understands."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database address, taken apart: `dsn` for the driver, `search_path` or None."""

    dsn: str
    search_path: str | None


def parse_address(url: str) -> Address:
    """Take `postgresql://…` apart; `?schema=x` becomes the search path.

    Raises BadDatabaseUrl, naming the first parameter that is not known.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise BadDatabaseUrl("must begin with postgresql://")
    search_path, kept = None, []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name == "schema":
            search_path = value
        elif name in _PASSED_ON:
            kept.append((name, value))
        else:
            raise BadDatabaseUrl(f"has the unknown parameter {name!r}")
    return Address(urlunsplit(parts._replace(query=urlencode(kept))), search_path)


async def connect_pool(url: str, *, min_size: int = 2, max_size: int = 16) -> Pool:
    """Open a pool; every connection speaks UTC. Raises what asyncpg raises when it cannot."""
    address = parse_address(url)
    settings = {"timezone": "UTC", "application_name": "focushub"}
    if address.search_path:
        settings["search_path"] = address.search_path

    async def nothing_to_reset(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """No code here changes a session's state, so a round trip per release is saved."""

    return await asyncpg.create_pool(
        address.dsn,
        min_size=min_size,
        max_size=max_size,
        max_inactive_connection_lifetime=300,
        server_settings=settings,
        command_timeout=10,
        timeout=5,
        reset=nothing_to_reset,
        max_cached_statement_lifetime=0,
    )


@asynccontextmanager
async def acquired(pool: Pool, *, patience_s: float = 2.0) -> AsyncIterator[Connection]:
    """A connection of the pool, or Unavailable when none is to be had in time or it breaks."""
    try:
        connection = await pool.acquire(timeout=patience_s)
    except CONNECTION_LOST as error:
        raise Unavailable("The database is not to be reached just now.", retry_after_s=1) from error
    try:
        yield connection
    except CONNECTION_LOST as error:
        raise Unavailable(retry_after_s=1) from error
    finally:
        await pool.release(connection, timeout=patience_s)


@asynccontextmanager
async def snapshot(pool: Pool) -> AsyncIterator[Connection]:
    """A read-only transaction whose statements all see the same moment."""
    async with acquired(pool) as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
