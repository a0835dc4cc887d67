"""The pool of connections to Postgres, and the addresses that it takes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from rooms.errors import Unavailable

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.pool.PoolConnectionProxy
    Pool = asyncpg.Pool

# What a lost or refused connection looks like, from whatever layer notices it first, and what a
# database says that cannot work just now.
CONNECTION_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    # Nobody is let in any more: the database was dropped, or its password changed.
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.OperatorInterventionError,  # a shutdown, a start, a cancelled or too slow statement
    asyncpg.InsufficientResourcesError,  # too many connections, a full disk
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# The database's word for "start this transaction over".
RUN_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)

# The server's own word after which a transaction that its client has forgotten lets go of its
# locks. Longer than any client may keep us waiting between two statements.
_FORGOTTEN_AFTER = "60s"

_PLANS_LIVE_S = 60.0
# How long a caller waits for the database before being told that it is away: within two seconds,
# of which the way there and back is a part.
PATIENCE_S = 1.9
# How long background work may take, which nobody waits for.
LONG_PATIENCE_S = 60.0

_PASSED_ON = {
    "host", "port", "user", "password", "passfile", "dbname", "database", "sslmode", "sslcert",
    "sslkey", "sslrootcert", "sslcrl", "sslpassword", "ssl_min_protocol_version",
    "ssl_max_protocol_version", "sslnegotiation", "target_session_attrs", "application_name",
}  # fmt: skip


class BadDatabaseUrl(ValueError):
    """DATABASE_URL names a parameter that nothing here understands."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database address, taken apart: `dsn` for the driver, the name of the schema or None, and
    whether a pooler is there that lends a session for one transaction only."""

    dsn: str
    schema: str | None
    pooled: bool = False

    @property
    def search_path(self) -> str | None:
        """The schema as a setting: quoted, because it is taken exactly as it is written."""
        return self.schema and '"' + self.schema.replace('"', '""') + '"'


def parse_address(url: str) -> Address:
    """Take `postgresql://…` apart; `?schema=x` becomes the search path, `?pooler=transaction` says
    that this is PgBouncer in that mode, or one like it.

    Raises BadDatabaseUrl, naming the first parameter that is not known.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise BadDatabaseUrl("must begin with postgresql://")
    schema, pooled, kept = None, False, []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name == "schema":
            schema = value
        elif name == "pooler":
            if value != "transaction":
                raise BadDatabaseUrl("has another pooler than 'transaction'")
            pooled = True
        elif name in _PASSED_ON:
            kept.append((name, value))
        else:
            raise BadDatabaseUrl(f"has the unknown parameter {name!r}")
    if pooled and schema is not None:
        raise BadDatabaseUrl("has a schema and a pooler: set the search_path of the role instead")
    return Address(urlunsplit(parts._replace(query=urlencode(kept))), schema, pooled)


class _Lent(asyncpg.Connection):
    """A connection to a pooler: each transaction may be in another session."""

    lent = True


async def connect_pool(url: str, *, min_size: int = 2, max_size: int = 16) -> Pool:
    """Open a pool; every connection speaks UTC. Raises what asyncpg raises when it cannot."""
    address = parse_address(url)
    settings = {"timezone": "UTC", "application_name": "focushub"}
    if not address.pooled:  # which would refuse what it cannot keep apart
        settings["idle_in_transaction_session_timeout"] = _FORGOTTEN_AFTER
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
        **driver_options(address),
    )


def driver_options(address: Address) -> dict[str, Any]:
    """What asyncpg has to know of an address: no statement is prepared in a lent session."""
    return {"statement_cache_size": 0, "connection_class": _Lent} if address.pooled else {}


@asynccontextmanager
async def acquired(pool: Pool, *, patience_s: float = PATIENCE_S) -> AsyncIterator[Connection]:
    """A connection of the pool, or Unavailable when none is to be had in time or it breaks.

    After `patience_s` in all it is broken off, since a database that is paused or cut off says
    nothing at all; background work passes more. Never ask the pool for a second one inside.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    try:
        connection = await pool.acquire(timeout=min(patience_s, PATIENCE_S))
    except CONNECTION_LOST as error:
        raise Unavailable("The database is not to be reached just now.", retry_after_s=1) from error
    hangs = loop.call_at(until, _break_off, connection)
    try:
        with _told_when_broken_off(connection):
            yield connection
    except CONNECTION_LOST as error:
        raise Unavailable(retry_after_s=1) from error
    finally:
        hangs.cancel()
        await pool.release(connection, timeout=PATIENCE_S)


def _break_off(connection: Connection) -> None:
    """Close a connection whatever it does: a cancelled query would wait for the server's word."""
    with suppress(asyncpg.InterfaceError):  # it is closed already, and the pool has been told
        connection.terminate()


@contextmanager
def _told_when_broken_off(connection: Connection) -> Iterator[None]:
    """Have a connection that was broken off look like one that was lost.

    asyncpg does not look whether it still has one between two of its steps: an AttributeError, if
    it is broken off just then.
    """
    try:
        yield
    except AttributeError as error:
        with suppress(asyncpg.InterfaceError):  # closed, and given back to its pool
            if not connection.is_closed():
                raise
        raise ConnectionAbortedError("broken off, as it took too long") from error


@asynccontextmanager
async def snapshot(pool: Pool, *, patience_s: float = PATIENCE_S) -> AsyncIterator[Connection]:
    """A read-only transaction whose statements all see the same moment."""
    async with acquired(pool, patience_s=patience_s) as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection


class KeptConnection:
    """A connection of the pool that its owner keeps, so that nobody else's work comes before.

    One transaction at a time. What takes far longer than `patience_s` is broken off.
    """

    def __init__(self, pool: Pool, patience_s: float) -> None:
        self._pool = pool
        self._patience_s = patience_s
        self._connection: Connection | None = None
        self._uses = 0
        self._planned_at = 0.0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction. After one of CONNECTION_LOST, `drop` comes before the next."""
        if self._connection is None:
            self._connection = await self._pool.acquire(timeout=self._patience_s)
            self._uses = 0
        connection = self._connection
        hangs = asyncio.get_running_loop().call_later(1.5 * self._patience_s, self.drop)
        try:
            with _told_when_broken_off(connection):
                await self._keep_plans_fresh(connection)
                async with connection.transaction():
                    yield connection
        finally:
            hangs.cancel()

    async def _keep_plans_fresh(self, connection: Connection) -> None:
        """Have the statements planned anew now and then, for the tables as large as they are now.

        What was planned for empty tables reads them whole, for every row of a batch, until
        autovacuum notices that they have grown; so the first plans live shortest.
        """
        if getattr(connection, "lent", False):
            return  # nothing is kept of a lent session, and nothing may be left in it
        self._uses += 1
        now = asyncio.get_running_loop().time()
        if self._uses == 1:
            # One plan for batches of all sizes, and none made for a single execution.
            await connection.execute("set plan_cache_mode = force_generic_plan")
        elif self._uses & (self._uses - 1) == 0 or now - self._planned_at > _PLANS_LIVE_S:
            await connection.execute("discard plans")
        else:
            return
        self._planned_at = now

    def drop(self) -> None:
        """Close the connection, whatever it does; the next transaction gets another one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            _break_off(connection)

    async def close(self) -> None:
        """Close the connection in order; none is under way."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*CONNECTION_LOST):
                await connection.close(timeout=self._patience_s)


async def read_clock(connection: Connection) -> datetime:
    """The instant by the database's clock."""
    now: datetime = await connection.fetchval("select clock_timestamp()")
    return now


async def ping(pool: Pool) -> None:
    """Ask the database for a sign of life. Raises whatever keeps it from giving one."""
    await pool.fetchval("select 1")
