"""Reading one's time entries, and the commands that reach them by REST."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID, uuid4

import msgspec

from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.spans import instants_of, taken_bound
from handlers.actions.timers import TimerCommand
from handlers.messages.common import instant_text
from handlers.messages.entries import (
    Current,
    EntryFilter,
    EntryView,
    Updated,
    entry_view,
    entry_view_or_none,
)
from rooms import timer
from rooms.entry import Entry
from rooms.errors import NotFound, Unauthenticated
from rooms.rules.periods import DayRule
from rooms.timer import RESTORE_WITHIN
from storage import entries
from storage.database import Connection, acquired
from storage.entries import Filter
from storage.users import read_user

T = TypeVar("T")


async def send_command(
    services: Services,
    user: Principal,
    command_id: UUID | None,
    command: timer.Command,
    answer_type: type[T],
) -> T:
    """Send a timer command through the group commit; answers its result, typed."""
    sent = TimerCommand(user.user_id, command_id or uuid4(), command)
    return msgspec.json.decode(await services.timers.submit(sent), type=answer_type)


async def edit_entry(
    services: Services, user: Principal, command_id: UUID | None, command: timer.Command
) -> EntryView:
    """Edit or restore an entry; answers it as it is now."""
    return (await send_command(services, user, command_id, command, Updated)).entry


async def read_current(services: Services, user: Principal) -> Current:
    """The running entry, and the server's clock."""
    async with acquired(services.db) as connection:
        entry = await entries.read_running(connection, user.user_id)
    now = instant_text(services.clock.now())
    return Current(entry=entry_view_or_none(entry), server_time=now)


async def read_entry(services: Services, user: Principal, entry_id: int) -> EntryView:
    """One's own entry. Raises NotFound."""
    async with acquired(services.db) as connection:
        entry = await entries.read_entry(connection, user.user_id, entry_id)
    if entry is None:
        raise NotFound("There is no such entry.")
    return entry_view(entry)


async def list_entries(
    services: Services,
    user: Principal,
    query: EntryFilter,
    before: tuple[datetime, int] | None,
) -> tuple[Sequence[EntryView], tuple[datetime, int] | None]:
    """One page of one's entries, newest first, and the position of the next page, if any."""

    async def read(connection: Connection) -> list[Entry]:
        which = await _filter_of(services, connection, user, query)
        return await entries.list_entries(connection, user.user_id, which, before, query.limit + 1)

    found = await services.history.read(user.user_id, read)
    page = found[: query.limit]
    more = (page[-1].started_at, page[-1].id) if len(found) > query.limit else None
    return [entry_view(entry) for entry in page], more


async def _filter_of(
    services: Services, connection: Connection, user: Principal, query: EntryFilter
) -> Filter:
    from_at = to_at = None
    if query.from_ is not None or query.to is not None:
        account = await read_user(connection, user.user_id)
        if account is None:
            raise Unauthenticated("This account is gone.")
        days = DayRule(account.timezone, account.day_starts_at)
        if query.from_ is not None:
            from_at = instants_of(taken_bound("from", query.from_), days)[0]
        if query.to is not None:
            to_at = instants_of(taken_bound("to", query.to), days)[1]
    deleted_after = services.clock.now() - RESTORE_WITHIN if query.deleted else None
    return Filter(
        from_at, to_at, query.project, query.tag, query.q or None, query.source, deleted_after
    )


async def recent_tags(services: Services, user: Principal) -> list[str]:
    """The tags one has used, the latest first."""

    async def read(connection: Connection) -> list[str]:
        return await entries.recent_tags(connection, user.user_id)

    return await services.history.read(user.user_id, read)
