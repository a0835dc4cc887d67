"""The ends of phases in rooms that somebody here follows, made by a timer the moment they are due.

For speed only: a sweep on every instance finds what no timer made [R4].
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
import structlog

from rooms.errors import DomainError
from storage.channels import ChannelEvent
from storage.database import CONNECTION_LOST

log = structlog.get_logger(__name__)

# The database's clock decides. Where it is a little behind, a second look comes soon.
_AGAIN_S = (0.0, 0.01, 0.05, 0.2)


class _Timer(msgspec.Struct):
    ends_at: str | None


class _Room(msgspec.Struct):
    timer: _Timer


class _Updated(msgspec.Struct):
    room: _Room


_updated = msgspec.json.Decoder(_Updated)


class Deadlines:
    """One timer a room. `settle` makes what is due in a room and answers whether anything was;
    `now` is the database's clock."""

    def __init__(
        self, settle: Callable[[int], Awaitable[bool]], now: Callable[[], datetime]
    ) -> None:
        self._settle = settle
        self._now = now
        self._due: dict[int, tuple[str, asyncio.TimerHandle]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def saw(self, event: ChannelEvent) -> None:
        """An event of a channel that is followed here."""
        if event.type == "room:updated":
            room_id = int(event.channel.removeprefix("room:"))
            self.expect(room_id, _updated.decode(event.data).room.timer.ends_at)

    def expect(self, room_id: int, ends_at: str | None) -> None:
        """The room's phase ends then; None: none ends."""
        known = self._due.get(room_id)
        if known is not None:
            if known[0] == ends_at:
                return
            known[1].cancel()
            del self._due[room_id]
        if ends_at is not None:
            wait = (datetime.fromisoformat(ends_at) - self._now()).total_seconds()
            loop = asyncio.get_running_loop()
            self._due[room_id] = ends_at, loop.call_later(max(0.0, wait), self._fire, room_id)

    async def close(self) -> None:
        for _, handle in self._due.values():
            handle.cancel()
        self._due.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _fire(self, room_id: int) -> None:
        del self._due[room_id]
        task = asyncio.get_running_loop().create_task(self._make(room_id), name="phase end")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make(self, room_id: int) -> None:
        try:
            for pause in _AGAIN_S:
                await asyncio.sleep(pause)
                if await self._settle(room_id):
                    return
        except (*CONNECTION_LOST, DomainError) as error:
            log.warning("a phase end is left to the sweep", room=room_id, error=repr(error))
        except Exception:
            log.exception("a phase end failed", room=room_id)
