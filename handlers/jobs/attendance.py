"""The heartbeat of an instance, and what follows when somebody or a whole instance is gone.

An instance that is not heard of for 15 s is taken for dead, and the stays by it end at its last
heartbeat [C2]. Only who has had Postgres all that time may say so: after an outage of Postgres
everybody's heartbeat is old, and nobody is dead.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from handlers.actions.room_core import channel_of, write_raised
from handlers.actions.services import Services
from handlers.actions.unit import Unit, unit_of_work
from handlers.messages.rooms import RoomLeft
from storage import attendance, rooms
from storage.database import LONG_PATIENCE_S, acquired
from storage.rooms import RoomRow

MANY = 100


class Register(Protocol):
    """Who is here: `handlers.socket.attendance.Attendance`."""

    @property
    def instance(self) -> UUID: ...

    async def close_gone(self) -> None: ...

    def known_until(self) -> float: ...

    def present(self) -> list[tuple[int, int]]: ...


class Heart:
    """Beats for one instance, and knows for how long it has had Postgres without interruption."""

    def __init__(self, services: Services, register: Register) -> None:
        self._services = services
        self._register = register
        self._since: float | None = None

    def steady_for(self, span: timedelta) -> bool:
        """Whether this instance has had Postgres for so long."""
        now = asyncio.get_running_loop().time()
        return self._since is not None and now - self._since >= span.total_seconds()

    async def beat(self) -> None:
        """Write the ends of stays that wait, then the heartbeat: in this order, so that whoever
        reads it knows that the log has everything from before it."""
        try:
            await self._register.close_gone()
            before = await self._beat()
        except BaseException:
            self._since = None
            raise
        # By the database's clock, since this process may have been suspended.
        interrupted = before is None or before.lapse > self._services.terms.instance_dead / 3
        if self._since is None or interrupted:
            self._since = asyncio.get_running_loop().time()

    async def _beat(self) -> attendance.Beaten | None:
        """Beat; who was taken for dead meanwhile takes back what was said of those who are here."""
        instance, given_back = self._register.instance, []
        async with acquired(self._services.db) as connection, connection.transaction():
            behind = asyncio.get_running_loop().time() - self._register.known_until()
            before = await attendance.beat(connection, instance, timedelta(seconds=behind))
            if before is not None and before.lapse > self._services.terms.instance_dead / 3:
                given_back = await attendance.reopen(
                    connection, instance, before.beat_at, self._register.present()
                )
        if given_back:
            await attendance.credit_again(self._services.db, given_back)
        return before

    async def close_dead(self) -> int:
        """End the stays by dead instances; answers how many. Not before 15 s with Postgres."""
        silence = self._services.terms.instance_dead
        if not self.steady_for(silence):
            return 0
        async with acquired(self._services.db, patience_s=LONG_PATIENCE_S) as connection:
            return await attendance.close_dead(connection, self._register.instance, silence)


async def end_memberships(services: Services, limit: int = MANY) -> int:
    """End the memberships of those whose last connection has been gone for 60 s [R7]."""
    grace = services.terms.room_grace
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        room_ids = await attendance.lock_left(unit.connection, grace, limit)
        if not room_ids:
            return 0
        # What was looked at is older than the locks: this looks again, behind them.
        ended = await attendance.remove_left(unit.connection, room_ids, grace)
        for room_id, user_id in ended:
            unit.tell(channel_of(room_id), "room:left", RoomLeft(user_id=user_id))
    return len(ended)


async def succeed_hosts(services: Services, limit: int = MANY) -> int:
    """Let somebody follow each host whose last connection has been gone for 60 s [R5]."""
    grace = services.terms.room_grace
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        room_ids = await attendance.lock_hostless(unit.connection, grace, limit)
        for row in await rooms.read_rooms(unit.connection, room_ids):
            await _succeed(unit, row)
    return len(room_ids)


async def _succeed(unit: Unit, row: RoomRow) -> None:
    host_id = await attendance.successor(unit.connection, row.id, row.host_id)
    if host_id is None:
        return
    await rooms.write_host(unit.connection, row.id, host_id)
    await write_raised(unit, replace(row, host_id=host_id), "host_changed", host_id)
