"""The job queue: a job is done if and only if its fact is committed, whatever dies meanwhile."""

import asyncio
import itertools
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter
from structlog.testing import capture_logs

from handlers.actions.unit import unit_of_work
from handlers.jobs.kinds import KINDS, cron_of
from handlers.jobs.work import MOST_ATTEMPTS, Hopeless, Work, pause_after
from server import metrics
from storage.embedded import Embedded
from storage.job_queue import PoolDriver, queries_on
from tests.support.databases import Databases
from tests.support.product import SECRET, start_process, stop_process
from tests.support.queues import Shop, shop
from tests.support.smtp import post_office

PATIENCE_S = 15


class Notes:
    """A kind of job that notes when it was done, and with what."""

    def __init__(self, *errors: Exception, takes_s: float = 0) -> None:
        self.done: list[tuple[float, Any]] = []
        self.begun = asyncio.Event()
        self.errors = list(errors)
        self.takes_s = takes_s

    async def __call__(self, work: Work, payload: bytes) -> None:
        self.begun.set()
        self.done.append((time.monotonic(), msgspec.json.decode(payload)))
        if self.errors:
            raise self.errors.pop(0)
        await asyncio.sleep(self.takes_s)

    @property
    def payloads(self) -> list[Any]:
        return [payload for _, payload in self.done]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.done) < count:
                await asyncio.sleep(0.005)


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    url = await databases.make()
    yield url
    await databases.drop(url)


async def test_a_job_comes_with_its_commit_and_goes_with_a_rollback(url: str) -> None:
    notes = Notes()
    async with shop(url, kinds={"note": notes}) as here:
        with pytest.raises(ZeroDivisionError):
            await _enqueue_and_fail(here)
        async with unit_of_work(here.services) as unit:
            unit.enqueue("note", "kept", "b")
            await asyncio.sleep(1.5)  # longer than it takes a worker to look by itself
            assert notes.done == []
        await notes.until(1)
        await here.until_rows()
        assert notes.payloads == ["kept"]


async def _enqueue_and_fail(here: Shop) -> None:
    async with unit_of_work(here.services) as unit:
        unit.enqueue("note", "lost", "a")
        raise ZeroDivisionError


async def test_a_commit_wakes_the_workers_of_its_process(url: str) -> None:
    """Long before they would look by themselves."""
    notes = Notes()
    async with shop(url, kinds={"note": notes}, job_poll=30) as here:
        await here.enqueue("note", "first", "a")
        await notes.until(1)
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await here.enqueue("note", "second", "b")
        await notes.until(2)
        assert notes.done[1][0] - began < 0.25


async def test_what_fails_is_tried_again_later_each_time(url: str) -> None:
    notes = Notes(ValueError("no"), ValueError("no"))
    async with shop(url, kinds={"note": notes}, job_poll=0.05) as here:
        await here.enqueue("note")
        await notes.until(3)
        first, second, third = (at for at, _ in notes.done)
        assert 0.2 <= second - first < 0.4 <= third - second < 0.9
        await here.until_rows()


def test_pauses_double_up_to_an_hour_and_end() -> None:
    pauses = [pause_after(n, timedelta(seconds=5)) for n in range(MOST_ATTEMPTS)]
    assert pauses[-1] is None
    seconds = [p.total_seconds() for p in pauses if p is not None]
    assert seconds[:3] == [5, 10, 20]
    assert max(seconds) == 3600
    assert 5 * 3600 < sum(seconds) < 8 * 3600


async def test_a_dead_letter_is_told_once_and_kept(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the words of a library, which may quote what is nobody's business."""
    before = metrics.jobs_failed.labels("note")._value.get()
    notes = Notes(Hopeless("for a reason"))
    with capture_logs() as logs:
        async with shop(url, kinds={"note": notes}) as here:
            await here.enqueue("note", {"secret": "of ada"})
            await here.until_rows(("note", "failed"))
            await asyncio.sleep(1.2)
            await here.queue.measure()
            assert metrics.jobs_dead.labels("note")._value.get() == 1
    errors = [entry for entry in logs if entry["log_level"] == "error"]
    assert len(errors) == 1, logs
    assert errors[0]["error"] == "Hopeless: for a reason"
    assert "of ada" not in str(logs)
    assert [record for record in caplog.records if record.name == "pgqueuer"] == []
    assert len(notes.done) == 1
    assert metrics.jobs_failed.labels("note")._value.get() == before + 1


async def test_a_job_may_wait(url: str) -> None:
    notes = Notes()
    async with shop(url, kinds={"note": notes}) as here:
        began = time.monotonic()
        await here.enqueue("note", delay_s=0.7)
        await notes.until(1)
        assert 0.69 < notes.done[0][0] - began < 1.0


async def test_of_one_key_one_waits(url: str) -> None:
    notes = Notes()
    async with shop(url, kinds={"note": notes}) as here:
        async with unit_of_work(here.services) as unit:
            for payload in (1, 2):
                unit.enqueue("note", payload, "same")
        await notes.until(1)
        await here.until_rows()
        await here.enqueue("note", 3, "same")
        await notes.until(2)
        assert notes.payloads == [1, 3]


async def test_two_workers_do_each_job_once(url: str) -> None:
    notes = Notes(takes_s=0.01)
    async with shop(url, kinds={"note": notes}) as here:
        async with shop(url, kinds={"note": notes}) as there:
            for n in range(300):
                await (here, there)[n % 2].enqueue("note", n, f"k{n}")
            await notes.until(300)
            await here.until_rows()
    assert Counter(notes.payloads) == Counter(range(300))


async def test_what_nobody_woke_them_for_is_found_within_two_seconds(url: str) -> None:
    """As what another process has committed; also right after all connections were lost."""
    notes = Notes()
    async with shop(url, kinds={"note": notes}) as here:
        async with shop(url, kinds={"note": notes}, running=False) as elsewhere:
            await asyncio.sleep(0.5)
            began = time.monotonic()
            await elsewhere.enqueue("note", 1, "a")
            await notes.until(1)
            assert time.monotonic() - began < 2
            await elsewhere.sql.fetch(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            await elsewhere.enqueue("note", 2, "b")
            began = time.monotonic()
            await notes.until(2)
            assert time.monotonic() - began < 2
        await here.until_rows()


async def test_a_stop_finishes_what_is_under_way(url: str) -> None:
    notes = Notes(takes_s=0.6)
    async with shop(url, kinds={"note": notes}) as here:
        await here.enqueue("note", 1, "a")
        await notes.begun.wait()
        await here.queue.stop()
        assert await here.rows() == []


async def test_a_stop_gives_back_what_takes_too_long(url: str) -> None:
    """To whoever looks next, and not only when its heartbeat is old."""
    slow, quick = Notes(takes_s=60), Notes()
    async with shop(url, kinds={"note": slow}, job_stop=0.3, job_heartbeat=30) as here:
        await here.enqueue("note", 1, "a")
        await slow.begun.wait()
        began = time.monotonic()
        await here.queue.stop()
        assert time.monotonic() - began < 2
        assert [row[:2] for row in await here.rows()] == [("note", "queued")]
        async with shop(url, kinds={"note": quick}):
            await quick.until(1)
        await here.until_rows()


async def test_a_cancelled_worker_throws_nothing_away(url: str) -> None:
    """What pgqueuer would do with the jobs of a task that is cancelled."""
    slow, quick = Notes(takes_s=60), Notes()
    async with shop(url, kinds={"note": slow}) as here:
        await here.enqueue("note", 1, "a")
        await slow.begun.wait()
        for task in here.queue._tasks:
            task.cancel()
        await asyncio.sleep(0.5)
        assert [row[0] for row in await here.rows()] == ["note"]
    async with shop(url, kinds={"note": quick}):
        await quick.until(1)


async def test_what_is_to_be_done_again_and_again_is_done_once_at_a_time(url: str) -> None:
    times: list[float] = []

    async def step(work: Work) -> None:
        times.append(time.monotonic())

    async with shop(url, kinds={}, periodic={"step": step}, job_schedule=2):
        async with shop(url, kinds={}, periodic={"step": step}, job_schedule=2):
            async with asyncio.timeout(PATIENCE_S):
                while len(times) < 3:
                    await asyncio.sleep(0.05)
    assert all(later - earlier > 0.9 for earlier, later in itertools.pairwise(times))


def test_how_often_is_said_as_cron_does() -> None:
    assert cron_of(timedelta(minutes=15)) == "*/15 * * * *"
    assert cron_of(timedelta(seconds=2)) == "* * * * * */2"


async def test_the_tables_are_those_of_the_library(url: str) -> None:
    """But for the trigger that we do without: an upgrade of pgqueuer shows here what to migrate."""
    async with shop(url, running=False) as here:
        plan = await queries_on(PoolDriver(here.services.db)).plan_upgrade()
    left = [s for s in plan.statements if "fn_pgqueuer_changed" not in s]
    assert left == []


async def test_a_job_outlives_kill_9_of_its_worker(url: str, servers: Embedded) -> None:
    """A mail is under way when the process is killed; the next one sends it."""
    async with post_office() as post, shop(url, running=False) as here:
        settings = {
            "DATABASE_URL": url,
            "REDIS_URL": servers.redis_url,
            "JWT_SECRET": SECRET,
            "SMTP_URL": f"smtp://127.0.0.1:{post.port}",
            "SMTP_FROM": "FocusHub <focus@hub.example>",
            "TEST_TIMES": '{"job_heartbeat": 1}',
        }
        post.hold = True
        await _a_mail_is_due(here)
        worker = start_process("worker", **settings)
        async with asyncio.timeout(30):
            await post.holding.wait()
        worker.kill()
        worker.wait(10)
        assert [row[:2] for row in await here.rows()] == [("notification_mail", "picked")]
        post.hold = False
        worker = start_process("worker", **settings)
        try:
            letter = await post.letter()
            assert letter["To"] == "ada@example.org"
            await here.until_rows()
            assert len(post.letters) == 1
        finally:
            worker.send_signal(signal.SIGTERM)
            assert stop_process(worker) == 0


async def _a_mail_is_due(here: Shop) -> None:
    user_id = await here.sql.fetchval(
        "insert into users (email, username) values ('ada@example.org', 'ada') returning id"
    )
    notification_id = await here.sql.fetchval(
        "insert into notifications (user_id, kind, key, data)"
        """ values ($1, 'badge_awarded', 'k', '{"name": "Early bird"}') returning id""",
        user_id,
    )
    payload = {"user_id": user_id, "notification_id": notification_id}
    await here.enqueue("notification_mail", payload)


def test_every_kind_has_a_name_of_its_own() -> None:
    assert set(KINDS) == {
        "notification_mail", "notification_push", "weekly_digest", "project_created",
        "account_link", "account_news", "account_erasure", "picture_unused", "webhook",
        "webhook_again",
    }  # fmt: skip


async def test_many_digests_are_not_waited_for(url: str) -> None:
    """What is for one person goes before what is for all."""
    done: list[str] = []

    async def note(work: Work, payload: bytes) -> None:
        done.append(msgspec.json.decode(payload))

    kinds = {"weekly_digest": note, "note": note}
    async with shop(url, kinds=kinds, running=False) as here:
        for n in range(30):
            await here.enqueue("weekly_digest", "digest", f"d{n}")
        await here.enqueue("note", "note", "n")
        here.queue.start()
        await here.until_rows()
    assert done.index("note") < 10


async def test_what_is_told_to_be_cancelled_stays(url: str) -> None:
    """Whatever path of pgqueuer says so; it is taken up again when its heartbeat is old."""
    async with shop(url, kinds={}, running=False) as here:
        await here.enqueue("note")
        queries = queries_on(PoolDriver(here.services.db))
        (job,) = await queries.dequeue(
            1,
            {QueueEntrypoint("note"): EntrypointExecutionParameter(0)},
            QueueManagerId(uuid4()),
            None,
            timedelta(seconds=1),
        )
        await queries.log_jobs([(job, "canceled", None)])
        assert await here.rows() == [("note", "picked", 0)]
        await queries.log_jobs([(job, "successful", None)])
        assert await here.rows() == []
