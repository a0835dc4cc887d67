"""Ending timers that have been running for 31 days [T8]."""

from datetime import UTC, datetime
from uuid import uuid4

from handlers.actions.services import Services
from handlers.actions.timers import TimerCommand
from rooms.entry import MAX_SPAN
from rooms.errors import Conflict, NotFound
from rooms.timer import StopTimer
from storage.timers import overlong


async def end_overlong(services: Services, limit: int = 100) -> int:
    """Stop the timers that have reached the limit; answers how many there were."""
    found = await overlong(services.db, datetime.now(UTC) - MAX_SPAN, limit)
    for user_id, entry_id in found:
        command = TimerCommand(user_id, uuid4(), StopTimer(entry_id, by="limit"))
        try:
            await services.timers.submit(command)
        except (Conflict, NotFound):
            continue  # its user was quicker
    return len(found)
