"""Job queues inside the test's own process, with jobs that the test gives them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg

from handlers.actions.services import Services
from handlers.actions.unit import unit_of_work
from handlers.jobs.mail import Mailer, SmtpServer
from handlers.jobs.outside import Outside
from handlers.jobs.work import Work
from server.job_queue import JobQueue
from server.services import make_services
from server.settings import Settings
from storage.cache import connect_redis
from storage.channels import ChannelEvent, keep_partitions
from storage.database import connect_pool
from tests.support.product import SECRET

Handler = Callable[[Work, bytes], Awaitable[None]]
# The rules' times, shortened: seconds by name.
QUICK = {"job_backoff": 0.2, "job_heartbeat": 1.0, "job_stop": 1.0}


@dataclass
class Shop:
    """A queue, what it works with, and the database behind it."""

    work: Work
    queue: JobQueue
    sql: "asyncpg.pool.Pool[asyncpg.Record]"
    announced: list[ChannelEvent] = field(default_factory=list)

    @property
    def services(self) -> Services:
        return self.work.services

    async def enqueue(
        self, kind: str, payload: Any = None, key: str = "k", delay_s: float = 0
    ) -> None:
        """A job in a transaction of its own."""
        async with unit_of_work(self.services) as unit:
            unit.enqueue(kind, payload, key, timedelta(seconds=delay_s))

    async def rows(self) -> list[tuple[str, str, int]]:
        """(kind, status, attempts) of the jobs that there are."""
        found = await self.sql.fetch(
            "select entrypoint, status::text, attempts from pgqueuer order by id"
        )
        return [(row[0], row[1], row[2]) for row in found]

    async def until_rows(self, *expected: tuple[str, str]) -> None:
        """Wait until these jobs are there, by kind and status, and no others."""
        async with asyncio.timeout(15):
            while [row[:2] for row in await self.rows()] != list(expected):
                await asyncio.sleep(0.02)

    async def until_tried(self) -> None:
        """Wait until the first attempt at a job has failed."""
        async with asyncio.timeout(15):
            while not any(status == "queued" and tries for _, status, tries in await self.rows()):
                await asyncio.sleep(0.02)


@asynccontextmanager
async def shop(
    url: str,
    redis_url: str = "redis://127.0.0.1:1",
    kinds: Mapping[str, Handler] | None = None,
    periodic: Mapping[str, Any] | None = None,
    *,
    smtp: SmtpServer | None = None,
    allow_private: bool = True,
    running: bool = True,
    logs_text: bool = False,
    **times: float,
) -> AsyncIterator[Shop]:
    """A queue on a database, running, with these kinds of jobs."""
    settings = Settings(  # type: ignore[call-arg]
        _env_file=None, test_times=QUICK | times, webhook_allow_private=allow_private
    )
    db = await connect_pool(url)
    redis = connect_redis(redis_url)
    await keep_partitions(db)
    announced: list[ChannelEvent] = []
    services = make_services(
        settings, db, redis, "epoch", SECRET, announced.extend, lambda event: None
    )
    async with Outside(allow_private=allow_private) as outside:
        mailer = Mailer(smtp, "FocusHub <focus@hub.example>", logs_text=logs_text)
        work = Work(services, mailer, outside, "https://hub.example", "mailto:focus@hub.example")
        queue = JobQueue(work, **_given(kinds, periodic))
        services.wake_jobs = queue.wake
        if running:
            queue.start()
        try:
            yield Shop(work, queue, db, announced)
        finally:
            await queue.stop()
            services.passwords.close()
            await redis.aclose()
            db.terminate()


def _given(
    kinds: Mapping[str, Handler] | None, periodic: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The product's own kinds where the test has none; nothing periodic unless it says so."""
    return {"periodic": periodic or {}} | ({} if kinds is None else {"kinds": kinds})
