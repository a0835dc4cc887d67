"""Group commit: whatever waits while a batch is under way goes into the next one.

Alone, a command is flushed at once: there is no artificial delay. Many together share their round
trips and their fsync. One bad command fails alone, and what is not answered within two seconds is
answered `unavailable`: not known to have happened, so the same `command_id` settles it.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import asyncpg
import structlog

from handlers.actions.timers import Outcome, TimerCommand
from rooms.errors import DomainError, Internal, Unavailable
from storage.channels import ChannelEvent
from storage.constraints import refusal_of
from storage.database import CONNECTION_LOST, RUN_AGAIN, Connection, Pool

PATIENCE_S = 2.0
BIGGEST_BATCH = 256

log = structlog.get_logger(__name__)


class DecideBatch(Protocol):
    """Decides and writes commands in the caller's transaction; see `timers.decide_batch`."""

    async def __call__(
        self, connection: Connection, commands: Sequence[TimerCommand]
    ) -> tuple[list[Outcome], list[ChannelEvent]]: ...


@dataclass(slots=True, eq=False)
class _Waiting:
    command: TimerCommand
    since: float
    answer: asyncio.Future[str]
    runs: int = field(default=0)


class Committer:
    """Takes commands one by one and commits them many at a time, in the order of each user.

    `announce` gets the events of a batch after its commit, before the commands are answered.
    """

    def __init__(
        self,
        pool: Pool,
        decide: DecideBatch,
        announce: Callable[[Sequence[ChannelEvent]], None],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._pool = pool
        self._decide = decide
        self._announce = announce
        self._patience_s = patience_s
        self._queue: deque[_Waiting] = deque()
        self._sent: list[_Waiting] = []
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False
        self.batches = 0
        self.commands = 0

    def start(self) -> None:
        """Begin to work; ends with `close`."""
        self._tasks = [
            asyncio.create_task(self._flush_for_ever(), name="group commit"),
            asyncio.create_task(self._withdraw_for_ever(), name="group commit patience"),
        ]

    async def close(self) -> None:
        """Finish what waits, refuse what comes later, and end."""
        self._closing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                while self._queue or self._sent:
                    await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def submit(self, command: TimerCommand) -> str:
        """Commit one command; answers its result as JSON text.

        Raises the command's refusal, or Unavailable when it is not known to have happened.
        """
        if self._closing:
            raise Unavailable("The server is going down.", retry_after_s=1)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(command, loop.time(), loop.create_future())
        self._queue.append(waiting)
        self._work.set()
        return await waiting.answer

    async def _flush_for_ever(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while batch := self._take():
                self._sent = batch
                try:
                    await self._run(batch)
                except Exception as error:
                    log.exception("a batch failed", error=repr(error))
                    _refuse(batch, Internal)
                finally:
                    self._sent = []

    def _take(self) -> list[_Waiting]:
        """The next batch: a user at most once, because their later commands build on the first."""
        batch: list[_Waiting] = []
        users: set[int] = set()
        later: list[_Waiting] = []
        while self._queue and len(batch) < BIGGEST_BATCH:
            waiting = self._queue.popleft()
            if waiting.answer.done():
                continue
            if waiting.command.user_id in users:
                later.append(waiting)
                continue
            users.add(waiting.command.user_id)
            batch.append(waiting)
        self._queue.extendleft(reversed(later))
        return batch

    async def _run(self, batch: list[_Waiting]) -> None:
        """Commit a batch, however often that takes, or answer why not."""
        loop = asyncio.get_running_loop()
        while batch := [w for w in batch if not w.answer.done()]:
            try:
                await self._commit(batch)
                return
            except RUN_AGAIN:
                continue
            except CONNECTION_LOST as error:
                # Perhaps it was committed all the same: the next run finds each command's earlier
                # answer under its id, behind the lock that the lost transaction still holds.
                log.warning("the database is away", error=repr(error))
                if all(loop.time() - w.since > self._patience_s for w in batch):
                    _refuse(batch, _unknown)
                    return
                await asyncio.sleep(0.05)
            except Exception as error:
                if len(batch) == 1:
                    batch[0].answer.set_exception(_error_of(error))
                    return
                # Somebody in it is to blame; halve until that one stands alone.
                middle = len(batch) // 2
                await self._run(batch[:middle])
                batch = batch[middle:]

    async def _commit(self, batch: list[_Waiting]) -> None:
        async with self._pool.acquire(timeout=self._patience_s) as connection:
            async with connection.transaction():
                outcomes, events = await self._decide(connection, [w.command for w in batch])
        self.batches += 1
        self.commands += len(batch)
        self._announce(events)
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if waiting.answer.done():
                continue
            if isinstance(outcome, DomainError):
                waiting.answer.set_exception(outcome)
            else:
                waiting.answer.set_result(outcome)

    async def _withdraw_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._patience_s / 20)
            late = loop.time() - self._patience_s
            while self._queue and self._queue[0].since < late:
                _refuse([self._queue.popleft()], _unknown)
            _refuse([w for w in self._sent if w.since < late], _unknown)


def _unknown() -> Unavailable:
    return Unavailable(retry_after_s=1)


def _refuse(batch: Sequence[_Waiting], error: Callable[[], DomainError]) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(error())


def _error_of(error: Exception) -> DomainError:
    if isinstance(error, DomainError):
        return error
    known = refusal_of(error) if isinstance(error, asyncpg.PostgresError) else None
    if known is None:
        log.error("a command failed", error=repr(error))
    return known or Internal()
