"""Finding timers that seem to be forgotten, and asking their users [T7].

Nothing is stopped: the entry is put in doubt from some instant on, its user is asked once, and
until they answer boards count it up to there.
"""

from uuid import uuid4

import msgspec

from handlers.actions.notifications import notify
from handlers.actions.services import Services
from handlers.actions.timers import TimerCommand
from handlers.actions.unit import Unit, unit_of_work
from handlers.jobs.limits import decide_in
from handlers.messages.common import View
from handlers.messages.entries import Updated
from rooms.timer import Answer, DoubtTimer
from storage.database import LONG_PATIENCE_S
from storage.timers import forgotten, lock_users

MANY = 100
ANSWERS: list[Answer] = ["keep", "stop", "split", "discard"]


class TimerForgotten(View, frozen=True, kw_only=True):
    """A notification of kind timer_forgotten; `actions` are what its user may answer."""

    entry_id: int
    project_id: int | None
    description: str
    started_at: str
    doubtful_from: str | None
    actions: list[Answer]


async def doubt_forgotten(services: Services, *, miss: bool = True, limit: int = MANY) -> int:
    """Put some forgotten timers in doubt; answers how many.

    Without `miss` nobody is missed whose connections are gone: they may have no way to come.
    """
    terms = services.terms
    times = terms.forgotten_after, terms.unseen_after if miss else None
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        found = await forgotten(unit.connection, None, *times, limit)
        if not found:
            return 0
        locked, _ = await lock_users(unit.connection, [one.user_id for one in found])
        # What was looked at is older than the locks: this looks again, behind them.
        found = await forgotten(unit.connection, sorted(locked), *times, limit)
        commands = [
            TimerCommand(one.user_id, uuid4(), DoubtTimer(one.entry_id, one.from_at))
            for one in found
        ]
        answers = await decide_in(unit, commands)
        for answered in answers:
            await _ask(unit, *answered)
    return len(answers)


async def _ask(unit: Unit, command: TimerCommand, answer: str) -> None:
    """Ask somebody in the transaction that put their timer in doubt; once for each doubt."""
    entry = msgspec.json.decode(answer, type=Updated).entry
    news = TimerForgotten(
        entry_id=entry.id,
        project_id=entry.project_id,
        description=entry.description,
        started_at=entry.started_at,
        doubtful_from=entry.doubtful_from,
        actions=ANSWERS,
    )
    key = f"timer_forgotten:{entry.id}:{entry.doubtful_from}"
    await notify(unit, command.user_id, "timer_forgotten", key, news)
