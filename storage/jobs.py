"""Jobs: what is to be done after a commit, written by the transaction of the fact itself.

The tables are pgqueuer's, made by a migration of ours. `put` is how jobs come into them, and the
only thing in the way of a command; `storage/job_queue.py` has what takes them out again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from rooms.rules.notices import DIGEST
from storage.database import LONG_PATIENCE_S, Connection, Pool, acquired
from storage.job_queue import TransactionDriver, queries_on
from storage.queries import load

SQL = load("jobs")
# Kinds of which many come at once, and which others do not wait for.
PATIENT = frozenset({DIGEST})
State = Literal["waiting", "running", "dead"]
_STATES: dict[str, State] = {"queued": "waiting", "picked": "running", "failed": "dead"}


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job of a kind; of those that have the same key, one waits or runs at a time."""

    kind: str
    payload: bytes
    key: str
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class JobCount:
    kind: str
    state: State
    count: int


async def put(connection: Connection, jobs: Sequence[NewJob]) -> None:
    """Write jobs in the caller's transaction; one whose key is there already is left out."""
    if not jobs:
        return
    # By key, so that two transactions with the same keys wait for each other in one order.
    ordered = sorted(jobs, key=lambda job: job.key)
    await queries_on(TransactionDriver(connection)).enqueue(
        [job.kind for job in ordered],
        [job.payload for job in ordered],
        [-1 if job.kind in PATIENT else 0 for job in ordered],
        execute_after=[job.delay for job in ordered],
        dedupe_key=[job.key for job in ordered],
        on_conflict="skip",
    )


async def count_jobs(pool: Pool) -> list[JobCount]:
    """How many jobs there are, by kind and state."""
    async with acquired(pool) as connection:
        rows = await connection.fetch(SQL["counts"])
    return [
        JobCount(row["kind"], _STATES[row["status"]], row["count"])
        for row in rows
        if row["status"] in _STATES
    ]


async def is_done(pool: Pool, key: str) -> bool:
    """Whether the effect of this key has been had."""
    async with acquired(pool) as connection:
        done: bool = await connection.fetchval(SQL["done"], key)
    return done


async def note_done(pool: Pool, key: str) -> None:
    """Remember that the effect of this key has been had."""
    async with acquired(pool) as connection:
        await connection.execute(SQL["note_done"], key)


async def forget_jobs(pool: Pool, now: datetime) -> None:
    """Let go of what is old: the log after a week, effects and dead letters after 30 days."""
    async with acquired(pool, patience_s=LONG_PATIENCE_S) as connection:
        await connection.execute(SQL["forget_log"], now - timedelta(days=7))
        await connection.execute(SQL["forget_effects"], now - timedelta(days=30))
        await connection.execute(SQL["forget_failed"], now - timedelta(days=30))
