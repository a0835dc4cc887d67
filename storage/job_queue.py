"""pgqueuer on our pool: its names, its drivers, and what it must not do with a job.

It listens for nothing on a connection of its own. Whoever has committed a job wakes the workers of
their own process (`PoolDriver.wake`), and every worker looks once a second by itself, so there is
no LISTEN that could get lost, and no NOTIFY that would let commits wait for each other.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.models import Job, TableChangedEvent, TracebackRecord
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import JOB_STATUS, Channel, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.driver import Driver, NotifyCallback
from pgqueuer.ports.repository import EntrypointExecutionParameter

from storage.database import Connection, Pool, acquired
from storage.queries import load

SQL = load("jobs")

# How long a look into the queue may take.
_PATIENCE_S = 8.0
# All of them, because what is left out would come from variables of the environment as common as
# CHANNEL and FUNCTION.
NAMES = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("ch_pgqueuer"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.balanced,
    widen_id=False,
)


_NEVER = timedelta(days=10_000)


@dataclass(frozen=True, slots=True)
class Lost:
    """A job whose worker is gone, after so many attempts; without a pause it is a dead letter."""

    id: int
    kind: str
    attempts: int
    pause: timedelta | None


def _nobody(lost: Lost) -> None:
    """Nobody asks."""


@dataclass
class KeptQueries(Queries):
    """pgqueuer's statements, but that a job which was cut off is not thrown away: it stays as it
    is, and is missed when its heartbeat is old.

    pgqueuer would take up a job of a dead worker again and again, even one that ends every process
    it runs in. Here a lost attempt counts like one that failed: `pauses` says how long a job waits
    after its first, second, … attempt, and after the last of them it is dead; `missed` is told.
    """

    pauses: Sequence[timedelta] = ()
    missed: Callable[[Lost], None] = _nobody

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: QueueManagerId,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[Job]:
        for row in await self.driver.fetch(SQL["end_lost"], heartbeat_timeout, self.pauses):
            self.missed(Lost(**row))  # type: ignore[arg-type]
        return await super().dequeue(
            batch_size, entrypoints, queue_manager_id, global_concurrency_limit, _NEVER
        )

    async def log_jobs(
        self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]
    ) -> None:
        ended = [entry for entry in job_status if entry[1] != "canceled"]
        if ended:
            await super().log_jobs(ended)


def queries_on(
    driver: Driver,
    pauses: Sequence[timedelta] = (),
    missed: Callable[[Lost], None] = _nobody,
) -> KeptQueries:
    """pgqueuer's statements by a driver, with our names."""
    return KeptQueries(
        driver,
        qbe=QueryBuilderEnvironment(NAMES),
        qbq=QueryQueueBuilder(NAMES),
        qbs=QuerySchedulerBuilder(NAMES),
        pauses=pauses,
        missed=missed,
    )


class _Driver(Driver):
    """What the drivers share: there is nothing to enter, and no notification comes from afar."""

    def __init__(self) -> None:
        self._shutdown = asyncio.Event()
        self._tasks = TaskManager()
        self._heard: list[NotifyCallback] = []

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        self._heard = [callback]

    async def notify(self, channel: str, payload: str) -> None:
        for callback in self._heard:
            callback(payload)

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return self._tasks

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


class TransactionDriver(_Driver):
    """Statements in the transaction that a connection is in."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        return [dict(row) for row in await self._connection.fetch(query, *args)]

    async def execute(self, query: str, *args: object) -> str:
        return await self._connection.execute(query, *args)


class PoolDriver(_Driver):
    """Statements by whichever connection of the pool is free."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self._pool = pool

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        async with acquired(self._pool, patience_s=_PATIENCE_S) as connection:
            return [dict(row) for row in await connection.fetch(query, *args)]

    async def execute(self, query: str, *args: object) -> str:
        async with acquired(self._pool, patience_s=_PATIENCE_S) as connection:
            return await connection.execute(query, *args)

    def wake(self) -> None:
        """Have the worker on this driver look at once."""
        event = TableChangedEvent(
            type="table_changed_event",
            channel=NAMES.channel,
            sent_at=datetime.now(UTC),
            operation="insert",
            table=NAMES.queue_table,
        ).model_dump_json()
        for callback in self._heard:
            callback(event)
