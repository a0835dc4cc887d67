"""Going down in order: say so, take nobody new, let what is under way end, send people elsewhere.

0 s      asked: /readyz says `draining`, answers end their connections
…        the pause, for balancers to notice; a stop that nobody watches has none
then     no new connections; clients are sent away in turn (`farewell.py`); jobs end
≤ 20 s   requests that still are under way are cut, and told to come again
≤ 25 s   gone
"""

import asyncio
import contextlib
import signal
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from handlers.socket.farewell import send_all_away
from rooms.errors import Unavailable
from server.instance import Instance
from server.watched import Watched
from server.workers import PATH, Passing

log = structlog.get_logger(__name__)

# From the signal on.
CUT_AFTER_S = 20.0
GONE_AFTER_S = 25.0
# Polls and upgrades end with their sessions; those passed on to other workers are not waited for.
_POLLS_WITHIN_S = 2.5
# What a client has been told before its connection ends reaches it, if it reads.
_READ_WITHIN_S = 2.0
_ANSWERED_WITHIN_S = 1.0


@dataclass(slots=True)
class Notice:
    """Whether and how this process has been told to go, by signals.

    SIGTERM: go, after a pause if somebody watches. SIGINT: a person waits, go without one.
    SIGHUP to a worker: another has taken its place already, and the machine is not going down.
    Any of them again: hurry.
    """

    as_worker: bool = False
    given: asyncio.Event = field(default_factory=asyncio.Event)
    hurried: asyncio.Event = field(default_factory=asyncio.Event)
    pausing: bool = False
    replaced: bool = False
    at: float = 0.0

    def listen(self) -> None:
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(signum, self.take, signum)

    def take(self, signum: signal.Signals) -> None:
        if self.given.is_set():
            self.hurried.set()
            return
        self.at = asyncio.get_running_loop().time()
        self.pausing = signum == signal.SIGTERM
        self.replaced = signum == signal.SIGHUP and self.as_worker
        self.given.set()


class UnderWay:
    """The requests that are being answered, so that they can be waited for, and cut."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[object], bool] = {}
        self._cut: set[asyncio.Task[object]] = set()

    def add_to(self, app: web.Application) -> None:
        """Look at the requests of this application, after the middlewares that it has."""

        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            task = asyncio.current_task()
            assert task is not None
            self._tasks[task] = request.path == PATH
            try:
                return await handler(request)
            except asyncio.CancelledError:
                if task not in self._cut or request.writer.output_size > 0:
                    raise  # what has begun is broken off, since an end in order would look whole
                task.uncancel()
                raise Unavailable("The server is going down.", retry_after_s=1) from None
            finally:
                del self._tasks[task]
                self._cut.discard(task)

        app.middlewares.append(note)

    async def ended(self, until: float, *, polls: bool) -> None:
        """Return when no request is under way, or at that instant by the loop's clock."""
        while self._of(polls=polls) and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)

    async def cut(self) -> None:
        """End those that are left, each with an answer if none has begun."""
        for task in list(self._tasks):
            self._cut.add(task)
            task.cancel()
        now = asyncio.get_running_loop().time()
        await self.ended(now + _ANSWERED_WITHIN_S, polls=True)

    def _of(self, *, polls: bool) -> list[asyncio.Task[object]]:
        return [task for task, is_poll in self._tasks.items() if polls or not is_poll]


@dataclass(slots=True)
class Leaving:
    """What of a process has to go: its instance, the doors where connections come in, requests."""

    instance: Instance
    doors: Iterable[web.BaseSite]
    under_way: UnderWay
    passing: Passing | None
    watched: Watched

    async def go(self, notice: Notice, pause_s: float) -> None:
        """Drain, within the time that the drain has."""
        instance = self.instance
        instance.draining, instance.replaced = True, notice.replaced
        clients = len(instance.gateway.sessions)
        pause_s = pause_s if notice.pausing and self.watched.lately() else 0.0
        log.info("draining", clients=clients, pause_s=pause_s, replaced=notice.replaced)
        loop = asyncio.get_running_loop()
        late = loop.call_at(notice.at + CUT_AFTER_S, notice.hurried.set)
        await _wait(notice.hurried, pause_s)
        # What has connected already is let in.
        await asyncio.sleep(0)
        for door in self.doors:
            await door.stop()
        jobs = asyncio.create_task(instance.jobs.stop(), name="jobs end")
        await self._part(notice)
        await self._finish(notice)
        await instance.services.timers.close()
        await jobs
        late.cancel()
        log.info("drained", took_s=round(loop.time() - notice.at, 1))

    async def _part(self, notice: Notice) -> None:
        """Send the clients away, those that this worker only passes on to others included."""
        instance = self.instance
        instance.sockets.eio.draining = True
        instance.attendance.end()
        piped = self.passing.end_pipes(notice.hurried) if self.passing is not None else _nothing()
        await asyncio.gather(send_all_away(instance.gateway, notice.hurried), piped)
        await instance.sockets.stop()
        loop = asyncio.get_running_loop()
        until = loop.time() + _READ_WITHIN_S
        while instance.sockets.eio.parting and loop.time() < until and not notice.hurried.is_set():
            await asyncio.sleep(0.02)

    async def _finish(self, notice: Notice) -> None:
        """Wait for requests, and cut those that take too long."""
        until = notice.at + CUT_AFTER_S
        polls_until = min(until, asyncio.get_running_loop().time() + _POLLS_WITHIN_S)
        ways = [
            asyncio.create_task(notice.hurried.wait()),
            asyncio.create_task(self._ended(until, polls_until)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for task in ways:
            task.cancel()
        await self.under_way.cut()

    async def _ended(self, until: float, polls_until: float) -> None:
        await self.under_way.ended(until, polls=False)
        await self.under_way.ended(polls_until, polls=True)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def _nothing() -> None:
    pass
