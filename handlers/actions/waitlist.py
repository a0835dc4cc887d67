"""The commands that wait for their batch, in the order they came; of each user one at a time."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from handlers.actions.timers import TimerCommand
from rooms.errors import DomainError


@dataclass(slots=True, eq=False)
class Waiting:
    """A command, since when it waits (by the loop's clock), and where its answer goes."""

    command: TimerCommand
    since: float
    answer: asyncio.Future[str]

    def refuse(self, error: DomainError) -> None:
        """Answer with an error, unless it has been answered or nobody waits any more."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Waitlist:
    """Open commands. A user's next one comes up only when `settle` is told of the one before."""

    def __init__(self) -> None:
        self._ready: deque[Waiting] = deque()
        # By user with an open command: those that came after it.
        self._behind: dict[int, deque[Waiting]] = {}
        self._by_age: deque[Waiting] = deque()
        self._news: list[asyncio.Future[None]] = []
        self._emptied = asyncio.Event()
        self._emptied.set()

    def add(self, waiting: Waiting) -> None:
        self._by_age.append(waiting)
        behind = self._behind.get(waiting.command.user_id)
        if behind is not None:
            behind.append(waiting)
            return
        self._behind[waiting.command.user_id] = deque()
        self._emptied.clear()
        self._come_up(waiting)

    def take(self, most: int) -> list[Waiting]:
        """The next batch, a user at most once; what was withdrawn meanwhile is left out."""
        batch: list[Waiting] = []
        while self._ready and len(batch) < most:
            waiting = self._ready.popleft()
            if waiting.answer.done():
                self.settle([waiting])
            else:
                batch.append(waiting)
        return batch

    def settle(self, batch: Iterable[Waiting]) -> None:
        """These have had their turn: the next command of each of their users may have its own."""
        for waiting in batch:
            behind = self._behind[waiting.command.user_id]
            if behind:
                self._come_up(behind.popleft())
            else:
                del self._behind[waiting.command.user_id]
        if not self._behind:
            self._emptied.set()

    def withdraw(self, before: float, error: Callable[[], DomainError]) -> None:
        """Refuse what has been waiting since before `before`, and forget what was answered."""
        while self._by_age and (self._by_age[0].answer.done() or self._by_age[0].since < before):
            self._by_age.popleft().refuse(error())

    async def news(self) -> None:
        """Return when there may be something to take; each news wakes one who waits."""
        if not self._ready:
            future = asyncio.get_running_loop().create_future()
            self._news.append(future)
            await future

    async def emptied(self) -> None:
        """Return when no command is open."""
        await self._emptied.wait()

    def _come_up(self, waiting: Waiting) -> None:
        self._ready.append(waiting)
        while self._news:
            future = self._news.pop()
            if not future.done():
                future.set_result(None)
                return
