"""The workers of this process: they take jobs out of the queue, and begin again after an outage.

pgqueuer does the taking, the heartbeats and the delays; what is here is what it leaves to its user.
A handler that is cut off gives its job back; one that fails is tried again, later each time, until
it is a dead letter, which is told once and kept for a month. An attempt whose process died counts
as well, since it may have died of it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog
from pgqueuer.core.qm import QueueManager
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as Row
from pgqueuer.domain.models import Schedule

from handlers.jobs.kinds import AT_ONCE as OF_A_KIND
from handlers.jobs.kinds import KINDS, PERIODIC, cron_of
from handlers.jobs.work import MOST_ATTEMPTS, Hopeless, Job, Periodic, Work, pause_after
from rooms.errors import DomainError
from server import metrics
from storage.database import CONNECTION_LOST
from storage.job_queue import NAMES, Lost, PoolDriver, queries_on
from storage.jobs import count_jobs

log = structlog.get_logger(__name__)
BATCH = 10
AT_ONCE = 32
_BEGIN_AGAIN_S = 0.5
_MEASURE_S = 5.0


class JobQueue:
    """Works on jobs from `start` to `stop`."""

    def __init__(
        self,
        work: Work,
        kinds: Mapping[str, Job] = KINDS,
        periodic: Mapping[str, Periodic] = PERIODIC,
    ) -> None:
        self._work = work
        self._terms = work.services.terms
        self._kinds = kinds
        self._periodic = periodic
        self._driver = PoolDriver(work.services.db)
        self._running: set[asyncio.Task[object]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._manager: QueueManager | None = None
        self._scheduler: SchedulerManager | None = None
        self._stopping = False
        _quiet_pgqueuer()

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._for_ever("jobs", self._take_jobs), name="jobs"),
            asyncio.create_task(self._for_ever("schedule", self._keep_schedule), name="schedule"),
            asyncio.create_task(self._measure_for_ever(), name="job metrics"),
        ]

    def wake(self) -> None:
        """There is a new job: look at once."""
        self._driver.wake()

    async def stop(self) -> None:
        """Take no more jobs and finish those under way; what takes too long is given back."""
        self._stopping = True
        for manager in (self._manager, self._scheduler):
            if manager is not None:
                manager.shutdown.set()
        if not self._tasks:
            return
        *working, measuring = self._tasks
        measuring.cancel()
        _, late = await asyncio.wait(working, timeout=self._terms.job_stop.total_seconds())
        if late:
            for task in list(self._running):
                task.cancel()
            _, late = await asyncio.wait(late, timeout=2)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _for_ever(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping:
            try:
                await run()
            except (*CONNECTION_LOST, DomainError) as error:
                log.warning("the job queue waits for the database", part=name, error=repr(error))
            except Exception:
                log.exception("the job queue failed", part=name)
            if not self._stopping:
                await asyncio.sleep(_BEGIN_AGAIN_S)

    async def _take_jobs(self) -> None:
        queries = queries_on(self._driver, self._pauses_after_loss(), self._after_loss)
        manager = QueueManager(queries, channel=NAMES.channel)
        for kind, job in self._kinds.items():
            manager.entrypoint(
                kind,
                concurrency_limit=OF_A_KIND.get(kind, 0),
                accepts_context=False,
                on_failure="hold",
            )(self._runner(kind, job))
        self._manager = manager
        if self._stopping:
            return
        await manager.run(
            dequeue_timeout=self._terms.job_poll,
            batch_size=BATCH,
            max_concurrent_tasks=AT_ONCE,
            heartbeat_timeout=self._terms.job_heartbeat,
            log_aggregation_interval=timedelta(0),
            shutdown_on_listener_failure=True,
        )

    def _runner(self, kind: str, job: Job) -> Callable[[Row], Awaitable[None]]:
        async def run(row: Row) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            try:
                async with asyncio.timeout(self._terms.job_longest.total_seconds()):
                    await job(self._work, row.payload or b"")
                metrics.jobs_done.labels(kind).inc()
            except asyncio.CancelledError:
                task.uncancel()  # what pgqueuer does with a cancelled job is to forget it
                raise RetryRequested(reason="cut off") from None
            except Exception as error:
                self._after_failure(kind, row, error)
            finally:
                self._running.discard(task)

        return run

    def _after_failure(self, kind: str, row: Row, error: Exception) -> None:
        """Raises what has the job tried again, or else what makes a dead letter of it."""
        pause = pause_after(row.attempts, self._terms.job_backoff)
        if isinstance(error, Hopeless) or pause is None:
            metrics.jobs_failed.labels(kind).inc()
            log.error("a job has failed for good", **_told(kind, row, error))
            raise error
        metrics.jobs_retried.labels(kind).inc()
        log.info("a job is tried again", **_told(kind, row, error), in_s=pause.total_seconds())
        raise RetryRequested(pause, type(error).__name__) from error

    def _pauses_after_loss(self) -> list[timedelta]:
        """As after failures, but one step behind: who was missed has waited already."""
        found = (pause_after(n, self._terms.job_backoff) for n in range(MOST_ATTEMPTS - 2))
        return [timedelta(0), *(pause for pause in found if pause is not None)]

    def _after_loss(self, lost: Lost) -> None:
        """Tell of a job whose process has died, perhaps of it."""
        told = {"kind": lost.kind, "job_id": lost.id, "attempt": lost.attempts}
        if lost.pause is None:
            metrics.jobs_failed.labels(lost.kind).inc()
            log.error("a job has failed for good", **told, error="its worker died")
        else:
            metrics.jobs_retried.labels(lost.kind).inc()
            log.warning("the worker of a job died", **told, in_s=lost.pause.total_seconds())

    async def _keep_schedule(self) -> None:
        manager = SchedulerManager(queries_on(self._driver))
        for name, step in self._periodic.items():
            cron = cron_of(self._terms.job_schedule)
            manager.schedule(name, cron, accepts_context=False)(self._step(step))
        self._scheduler = manager
        if not self._stopping:
            await manager.run()

    def _step(self, step: Periodic) -> Callable[[Schedule], Awaitable[None]]:
        async def run(schedule: Schedule) -> None:
            try:
                await step(self._work)
            except (*CONNECTION_LOST, DomainError) as error:
                name = schedule.entrypoint
                log.warning("a step waits for the database", step=name, error=repr(error))
            except Exception:
                log.exception("a step failed", step=schedule.entrypoint)

        return run

    async def _measure_for_ever(self) -> None:
        while True:
            with contextlib.suppress(*CONNECTION_LOST, DomainError):
                await self.measure()
            await asyncio.sleep(_MEASURE_S)

    async def measure(self) -> None:
        """Bring the gauges up to date."""
        counts = await count_jobs(self._work.services.db)
        found = {(each.kind, each.state): each.count for each in counts}
        for kind in {*self._kinds, *(kind for kind, _ in found)}:
            metrics.jobs_waiting.labels(kind).set(found.get((kind, "waiting"), 0))
            metrics.jobs_running.labels(kind).set(found.get((kind, "running"), 0))
            metrics.jobs_dead.labels(kind).set(found.get((kind, "dead"), 0))


def _told(kind: str, row: Row, error: Exception) -> dict[str, object]:
    """What the log says of a failure. Not what a library says: it may quote an address."""
    ours = isinstance(error, Hopeless) or type(error).__module__.startswith("handlers.")
    told = f"{type(error).__name__}: {error}" if ours else type(error).__name__
    return {"kind": kind, "job_id": row.id, "attempt": row.attempts + 1, "error": told}


def _quiet_pgqueuer() -> None:
    """Its logger says again what has been said here, and at length."""
    logger = logging.getLogger("pgqueuer")
    if _worth_telling not in logger.filters:
        logger.addFilter(_worth_telling)


def _worth_telling(record: logging.LogRecord) -> bool:
    told = str(record.msg)
    if told.startswith("Flush failed"):
        record.exc_info = None  # an outage, which lasts for many flushes
    return not told.startswith(("Exception while processing entrypoint/job", "Retry requested"))
