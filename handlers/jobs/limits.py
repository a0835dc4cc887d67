"""Ending timers that have been running for 31 days [T8]."""

import asyncio
from uuid import uuid4

from handlers.actions.services import Services
from handlers.actions.timers import TimerCommand
from rooms.entry import MAX_SPAN
from rooms.errors import DomainError
from rooms.timer import StopTimer
from storage.timers import overlong


async def end_overlong(services: Services, limit: int = 100) -> int:
    """Stop some timers that have reached the limit; answers how many it stopped."""
    found = await overlong(services.db, MAX_SPAN, limit)
    return sum(await asyncio.gather(*(_end(services, *who) for who in found)))


async def _end(services: Services, user_id: int, entry_id: int) -> bool:
    command = TimerCommand(user_id, uuid4(), StopTimer(entry_id, by="limit"))
    try:
        await services.timers.submit(command)
    except DomainError:
        return False  # its user was quicker; or else the next look finds it again
    return True
