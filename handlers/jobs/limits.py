"""Ending timers that have been running for 31 days, and telling their users [T8]."""

from collections.abc import Sequence
from uuid import uuid4

import msgspec

from handlers.actions.notifications import notify
from handlers.actions.services import Services
from handlers.actions.timers import TimerCommand, decide_batch
from handlers.actions.unit import Unit, unit_of_work
from handlers.messages.common import View
from handlers.messages.entries import Stopped
from rooms.entry import MAX_SPAN
from rooms.timer import StopTimer
from storage.database import LONG_PATIENCE_S
from storage.timers import overlong


class TimerEnded(View, frozen=True, kw_only=True):
    """A notification of kind timer_ended."""

    entry_id: int
    project_id: int | None
    description: str
    started_at: str
    ended_at: str | None


async def end_overlong(services: Services, limit: int = 100) -> int:
    """Stop some timers that have reached the limit; answers how many it stopped."""
    found = await overlong(services.db, MAX_SPAN, limit)
    if not found:
        return 0
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        commands = [
            TimerCommand(user_id, uuid4(), StopTimer(entry_id, by="limit"))
            for user_id, entry_id in found
        ]
        answers = await decide_in(unit, commands)
        return sum([await _tell(unit, *answered) for answered in answers])


async def decide_in(unit: Unit, commands: Sequence[TimerCommand]) -> list[tuple[TimerCommand, str]]:
    """Decide timer commands (one a user) within a unit of work; those accepted, with the answers.

    The others will be found by the next look, if their users are not quicker.
    """
    outcomes, events = await decide_batch(unit.connection, commands)
    unit.numbered += events
    pairs = zip(commands, outcomes, strict=True)
    return [(command, outcome) for command, outcome in pairs if isinstance(outcome, str)]


async def _tell(unit: Unit, command: TimerCommand, answer: str) -> bool:
    """Tell somebody in the transaction that ended their timer, unless they were quicker."""
    stopped = msgspec.json.decode(answer, type=Stopped)
    if stopped.already_stopped:
        return False
    entry = stopped.entry
    news = TimerEnded(
        entry_id=entry.id,
        project_id=entry.project_id,
        description=entry.description,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
    )
    await notify(unit, command.user_id, "timer_ended", f"timer_ended:{entry.id}", news)
    return True
