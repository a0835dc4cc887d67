"""Group commit: whatever waits while a batch is under way goes into the next one.

Alone, a command is flushed at once: there is no artificial delay. Many together share their round
trips and their fsync. One bad command fails alone, a user whom somebody else holds keeps nobody
waiting, and what is not answered within two seconds is answered `unavailable`: not known to have
happened, so the same `command_id` settles it.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Protocol

import asyncpg
import structlog

from handlers.actions.timers import Outcome, TimerCommand
from handlers.actions.waitlist import Waiting, Waitlist
from rooms.errors import DomainError, Internal, Unavailable
from storage.channels import ChannelEvent
from storage.constraints import refusal_of
from storage.database import (
    CONNECTION_LOST,
    PATIENCE_S,
    RUN_AGAIN,
    Connection,
    KeptConnection,
    Pool,
)
from storage.timers import wait_for_user

BIGGEST_BATCH = 256
LANES = 2
# How often a batch is run again as it is, before it is halved to find out whose fault it is.
RUNS = 3
# How long one held user is waited for, before the others are tried again.
HELD_TURN_MS = 100

log = structlog.get_logger(__name__)


class DecideBatch(Protocol):
    """Decides and writes commands in the caller's transaction; see `timers.decide_batch`."""

    async def __call__(
        self, connection: Connection, commands: Sequence[TimerCommand]
    ) -> tuple[list[Outcome], list[ChannelEvent]]: ...


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
        self._decide = decide
        self._announce = announce
        self._patience_s = patience_s
        # While one batch waits for the disk, the next one is decided; the last lane is for waiting.
        self._lanes = [KeptConnection(pool, patience_s) for _ in range(LANES + 1)]
        self._waitlist = Waitlist()
        self._held: list[Waiting] = []
        self._some_held = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False
        self.batches = 0
        self.commands = 0

    def start(self) -> None:
        """Begin to work; ends with `close`."""
        *lanes, last = self._lanes
        self._tasks = [
            *(asyncio.create_task(self._flush_for_ever(lane), name="commits") for lane in lanes),
            asyncio.create_task(self._attend_held_for_ever(last), name="commits of held users"),
            asyncio.create_task(self._withdraw_for_ever(), name="patience of commits"),
        ]

    async def close(self) -> None:
        """Finish what waits, refuse what comes later and what takes too long, and end."""
        self._closing = True
        hangs = False
        try:
            async with asyncio.timeout(self._patience_s):
                await self._waitlist.emptied()
        except TimeoutError:
            hangs = True
        self._waitlist.withdraw(float("inf"), _unknown)
        while pending := [task for task in self._tasks if not task.done()]:
            for task in pending:
                task.cancel()
            if hangs:
                # A cancelled query waits for a word from the server; a broken one does not.
                for lane in self._lanes:
                    lane.drop()
            await asyncio.wait(pending, timeout=0.1)
        for lane in self._lanes:
            await lane.close()

    async def submit(self, command: TimerCommand) -> str:
        """Commit one command; answers its result as JSON text.

        Raises the command's refusal, or Unavailable when it is not known to have happened.
        """
        return await self.enqueue(command)

    def enqueue(self, command: TimerCommand) -> asyncio.Future[str]:
        """The same without a task of its own: what `submit` would answer or raise."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(command, loop.time(), loop.create_future())
        if self._closing:
            waiting.refuse(Unavailable("The server is going down.", retry_after_s=1))
        else:
            self._waitlist.add(waiting)
        return waiting.answer

    async def _flush_for_ever(self, lane: KeptConnection) -> None:
        while True:
            await self._waitlist.news()
            batch = self._waitlist.take(BIGGEST_BATCH)
            held = await self._run_safely(lane, batch)
            if held:
                self._held.extend(held)
                self._some_held.set()

    async def _attend_held_for_ever(self, lane: KeptConnection) -> None:
        """Serve those whose user somebody else holds, so that the others do not wait for them."""
        while True:
            await self._some_held.wait()
            self._some_held.clear()
            while batch := self._held[:BIGGEST_BATCH]:
                del self._held[:BIGGEST_BATCH]
                held = await self._run_safely(lane, batch)
                # Nothing else is to be had, so one of them may be waited for; then the next.
                held = await self._run_safely(lane, held, wait=True)
                self._held.extend(held[1:] + held[:1])

    async def _withdraw_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._patience_s / 20)
            self._waitlist.withdraw(loop.time() - self._patience_s, _unknown)

    async def _run_safely(
        self, lane: KeptConnection, batch: list[Waiting], *, wait: bool = False
    ) -> list[Waiting]:
        """Commit a batch, whatever happens; answers those whose user somebody else holds."""
        held: list[Waiting] = []
        try:
            held = await self._run(lane, batch, wait=wait) if batch else []
        except Exception as error:
            log.exception("a batch failed", error=repr(error))
            for waiting in batch:
                waiting.refuse(Internal())
        finally:
            waits = set(held)
            self._waitlist.settle(waiting for waiting in batch if waiting not in waits)
        return held

    async def _run(
        self, lane: KeptConnection, batch: list[Waiting], *, wait: bool = False
    ) -> list[Waiting]:
        """Commit a batch, however often that takes, or answer why not."""
        runs = 0
        held: list[Waiting] = []
        while batch := [w for w in batch if not w.answer.done()]:
            runs += 1
            try:
                return held + await self._commit(lane, batch, wait=wait)
            except Exception as error:
                if isinstance(error, CONNECTION_LOST):
                    # Perhaps it was committed all the same: the next run finds each command's
                    # earlier answer under its id, behind the lock that the lost one still holds.
                    log.warning("the database is away", error=repr(error))
                    lane.drop()
                    await asyncio.sleep(0.05)
                elif isinstance(error, RUN_AGAIN) and runs < RUNS:
                    await asyncio.sleep(random.uniform(0, 0.005 * runs))
                elif len(batch) == 1:
                    batch[0].refuse(_error_of(error))
                else:
                    # Somebody in it is to blame; halve until that one stands alone.
                    middle = len(batch) // 2
                    held += await self._run(lane, batch[:middle])
                    batch, runs, wait = batch[middle:], 0, False
        return held

    async def _commit(
        self, lane: KeptConnection, batch: list[Waiting], *, wait: bool
    ) -> list[Waiting]:
        """Decide, write and commit in one transaction, and answer; the held are left over."""
        try:
            async with lane.transaction() as connection:
                if wait:
                    await wait_for_user(connection, batch[0].command.user_id, HELD_TURN_MS)
                    # What was withdrawn meanwhile must not happen any more.
                    batch = [waiting for waiting in batch if not waiting.answer.done()]
                commands = [waiting.command for waiting in batch]
                outcomes, events = await self._decide(connection, commands)
        except asyncpg.LockNotAvailableError:
            return batch
        self.batches += 1
        self._tell(events)
        held = []
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if outcome is None:
                held.append(waiting)
            elif isinstance(outcome, DomainError):
                waiting.refuse(outcome)
            elif not waiting.answer.done():
                waiting.answer.set_result(outcome)
        self.commands += len(batch) - len(held)
        return held

    def _tell(self, events: Sequence[ChannelEvent]) -> None:
        try:
            self._announce(events)
        except Exception as error:
            # What is committed is committed; listeners find lost events by their positions.
            log.exception("events were not announced", error=repr(error))


def _unknown() -> Unavailable:
    return Unavailable(retry_after_s=1)


def _error_of(error: Exception) -> DomainError:
    if isinstance(error, DomainError):
        return error
    if isinstance(error, RUN_AGAIN):
        return _unknown()
    known = refusal_of(error) if isinstance(error, asyncpg.PostgresError) else None
    if known is None:
        log.error("a command failed", error=repr(error))
    return known or Internal()
