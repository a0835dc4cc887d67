"""Where the past is read: from a replica, as long as it is as far as the primary is.

A replica comes behind, by milliseconds as a rule, and by any time when it has much to do. So it is
never asked for what decides something, and what it answers is taken only if it has, in the same
snapshot, what the primary had when the call came in: the same stamp, or for what is somebody's own
the same head of their channel. Whatever goes wrong with it, the primary is asked instead.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import asyncpg
import structlog

from rooms.errors import DomainError, Unavailable
from storage.breaker import Away, Breaker
from storage.database import (
    PATIENCE_S,
    RUN_AGAIN,
    Connection,
    Pool,
    acquired,
    connect_pool,
    snapshot,
)
from storage.queries import load

T = TypeVar("T")
SQL = load("replica")
log = structlog.get_logger(__name__)

# What is further behind is not asked, whatever it says of a user.
MOST_BEHIND = timedelta(seconds=10)
# So long whoever wrote here reads from the primary: what they did to what they share with others is
# not told on their own channel.
WROTE_S = 10.0
_MOST_WRITERS = 100_000
_REST_S = 5.0

Position = tuple[int, bool]


class _Behind(Exception):
    """The replica has not got yet what the primary has, or was kept from telling it by what it
    got: a query there is cancelled when it needs rows that the primary has removed."""


class History:
    """Reads the past. Without a replica the primary answers everything.

    `now` is the instant by the primary's clock. `from_replica` and `from_primary` count the
    answers; the latter only those that a replica could not give.
    """

    def __init__(
        self,
        primary: Pool,
        replica: Pool | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.primary = primary
        self._replica = replica
        self._now = now
        self._wrote: dict[int, float] = {}
        self._breaker = Breaker((asyncpg.PostgresError, Unavailable), most=1, rest_s=_REST_S)
        self._trusted = True
        self.from_replica = 0
        self.from_primary = 0

    async def close(self) -> None:
        """Close the replica's connections; those of the primary are somebody else's."""
        if self._replica is not None:
            try:
                async with asyncio.timeout(5):
                    await self._replica.close()
            except TimeoutError:
                self._replica.terminate()

    def wrote(self, user_id: int) -> None:
        """Somebody is changing something: for a while they read from the primary."""
        if self._replica is None:
            return
        self._wrote.pop(user_id, None)
        self._wrote[user_id] = asyncio.get_running_loop().time()
        if len(self._wrote) > _MOST_WRITERS:
            del self._wrote[next(iter(self._wrote))]

    async def read(
        self,
        user_id: int,
        work: Callable[[Connection], Awaitable[T]],
        *,
        patience_s: float = PATIENCE_S,
    ) -> T:
        """What `work` reads of what is the user's own. Raises what it raises, and Unavailable."""
        if self._replica is not None and not self._wrote_lately(user_id):
            async with acquired(self.primary) as connection:
                here = await _position(connection, user_id)

            async def same(connection: Connection) -> bool:
                return await _position(connection, user_id) == here

            try:
                return await self.read_there(same, work, patience_s=patience_s)
            except Away:
                pass
        async with acquired(self.primary, patience_s=patience_s) as connection:
            return await work(connection)

    async def read_there(
        self,
        same: Callable[[Connection], Awaitable[bool]],
        work: Callable[[Connection], Awaitable[T]],
        *,
        patience_s: float = PATIENCE_S,
    ) -> T:
        """What `work` reads on the replica, in one snapshot with `same`, which says whether what it
        reads is there. Raises Away: ask the primary."""
        if self._replica is None:
            raise Away("there is no replica")
        replica = self._replica

        async def ask() -> T:
            try:
                async with snapshot(replica, patience_s=patience_s) as connection:
                    if not await same(connection) or await self._is_late(connection):
                        raise _Behind
                    return await work(connection)
            except RUN_AGAIN as error:
                raise _Behind(repr(error)) from error
            except Unavailable as error:
                # What the primary has removed is no reason to leave the replica alone.
                if isinstance(error.__cause__, asyncpg.QueryCanceledError):
                    raise _Behind(repr(error.__cause__)) from error
                raise

        try:
            answer = await self._breaker.run(patience_s + 1, ask)
        except (_Behind, DomainError) as error:
            # It may refuse for want of what it has not got: only the primary's refusals count.
            self.from_primary += 1
            raise Away(repr(error)) from error
        except Away as error:
            self.from_primary += 1
            self._note(trusted=False, why=str(error))
            raise
        self.from_replica += 1
        self._note(trusted=True)
        return answer

    async def _is_late(self, connection: Connection) -> bool:
        if self._now is None:
            return False
        beat: datetime | None = await connection.fetchval(SQL["beat"])
        late = beat is None or self._now() - beat > MOST_BEHIND
        if late:
            self._note(trusted=False, why=f"the last sign of life that it has is of {beat}")
        return late

    def _note(self, *, trusted: bool, why: str = "") -> None:
        """Say once that the replica is not asked any more, and once that it is again."""
        if trusted and not self._trusted:
            log.info("the replica answers again")
        elif self._trusted and not trusted:
            log.warning("the replica does not answer, or is behind: the primary does", why=why)
        self._trusted = trusted

    def _wrote_lately(self, user_id: int) -> bool:
        at = self._wrote.get(user_id)
        return at is not None and asyncio.get_running_loop().time() - at < WROTE_S


async def open_history(
    primary: Pool, replica_url: str | None, now: Callable[[], datetime]
) -> History:
    """With connections to a replica if there is an address of one; it may be away as yet."""
    if replica_url is None:
        return History(primary)
    return History(primary, await connect_pool(replica_url, min_size=0), now)


async def _position(connection: Connection, user_id: int) -> Position:
    row = await connection.fetchrow(SQL["position"], user_id)
    assert row is not None
    return row["seq"], row["marked"]
