"""The periodic step that lets go of what is older than the operator wants to keep.

A few thousand rows at a time, each in a transaction of its own, with a pause between them, so that
nobody who tracks time waits for it.
"""

import asyncio
from collections.abc import Mapping

from handlers.actions.retention import Retention, before
from handlers.actions.services import Services
from handlers.jobs.work import Work
from storage.api_tokens import forget_api_tokens
from storage.entries import remove_deleted
from storage.logins import forget_logins
from storage.retention import (
    Forget,
    forget_admin_log,
    forget_bans,
    forget_invites,
    forget_notifications,
    forget_presence,
    forget_room_messages,
    forget_rounds,
    forget_timeline,
    forget_used_tokens,
)

ROWS_AT_ONCE = 2000
_PAUSE_S = 0.05

# By the field of Retention that says how long.
_STEPS: Mapping[str, tuple[Forget, ...]] = {
    "deleted_entries": (remove_deleted,),
    "timeline": (forget_timeline,),
    "notifications": (forget_notifications,),
    "presence": (forget_presence,),
    "room_history": (forget_rounds,),
    "room_messages": (forget_room_messages,),
    "logins": (forget_logins, forget_api_tokens),
    "used_tokens": (forget_used_tokens,),
    "invites": (forget_invites,),
    "admin_log": (forget_admin_log,),
}
assert _STEPS.keys() == set(Retention.__slots__)


async def let_go(work: Work) -> None:
    """Remove whatever is older than it may be."""
    await retain(work.services, work.services.retention)


async def retain(services: Services, kept: Retention, limit: int = ROWS_AT_ONCE) -> None:
    """Remove whatever is older than this says, `limit` rows at a time."""
    now = services.clock.now()
    for name, steps in _STEPS.items():
        oldest = before(now, getattr(kept, name))
        for step in steps if oldest is not None else ():
            assert oldest is not None
            while await step(services.db, oldest, limit) >= limit:
                await asyncio.sleep(_PAUSE_S)
    while await forget_bans(services.db, limit) >= limit:
        await asyncio.sleep(_PAUSE_S)
