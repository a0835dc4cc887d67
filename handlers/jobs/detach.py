"""Taking the entries out of deleted projects, a few users at a time.

Deleting a project only marks it, because its entries belong to users whose rows come first in the
order of locks. Readers do not wait for this: to them a deleted project is none already.
"""

from collections import Counter

from handlers.actions.services import Services
from handlers.actions.unit import unit_of_work
from handlers.messages.bulk import MOST_EVENTS, EntryBulk
from handlers.messages.entries import EntryEvent, TimerEvent, Tracker, entry_view
from storage import projects
from storage.database import LONG_PATIENCE_S
from storage.entries import detach, users_to_detach
from storage.tracked import mark_entries
from storage.users import read_user

USERS_AT_ONCE = 20


async def detach_deleted(services: Services) -> int:
    """Detach what some deleted projects still hold; answers how many entries there were."""
    count = 0
    for project_id in await projects.projects_to_detach(services.db):
        while users := await users_to_detach(services.db, project_id, USERS_AT_ONCE):
            count += await _detach_users(services, project_id, users)
        await projects.set_detached(services.db, project_id)
    return count


async def _detach_users(services: Services, project_id: int, users: list[int]) -> int:
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        entries = await detach(unit.connection, project_id, users)
        per_user = Counter(entry.user_id for entry in entries if entry.deleted_at is None)
        await mark_entries(unit.connection, entries)
        for user_id, count in per_user.items():
            mine = [e for e in entries if e.user_id == user_id and e.deleted_at is None]
            channel = f"user:{user_id}"
            running = next((e for e in mine if e.running), None)
            if running is not None:
                account = await read_user(unit.connection, user_id)
                tracker = Tracker(id=user_id, username=account.username if account else "")
                event = TimerEvent(entry=entry_view(running), user=tracker)
                unit.tell(channel, "timer:updated", event)
            closed = [e for e in mine if not e.running]
            if count > MOST_EVENTS:
                bulk = EntryBulk.of_entries("project_deleted", closed)
                unit.tell(channel, "entry:bulk", bulk)
                continue
            for entry in closed:
                unit.tell(channel, "entry:updated", EntryEvent(entry=entry_view(entry)))
    return len(entries)
